// Which tasks a room poses: families, goal receptacles (or lamps) and target objects with their weights. Our own rounded
// summary of the published training tasks; pairs that the containment table forbids never come up.

import type { Room, TaskFamily } from "../world-data.ts";

/** One family in one room; weights are relative within a table. */
export interface TaskTable {
  readonly weight: number;
  /** Goal receptacle types; lamp types for `look_at_obj_in_light`. */
  readonly places: string;
  readonly objects: string;
}

/** Room -> family -> table. The weights of all rooms add up to about 1000: shares of the training split. */
export const TASK_TABLES: Readonly<Record<Room, Readonly<Partial<Record<TaskFamily, TaskTable>>>>> = {
  Kitchen: {
    pick_and_place_simple: {
      weight: 22,
      places:
        "Microwave:19 DiningTable:15 Drawer:13 CounterTop:11 Cabinet:10 Shelf:10 Fridge:9 SideTable:8 " +
        "StoveBurner:4 GarbageCan:1",
      objects:
        "PepperShaker:15 Glassbottle:11 Kettle:11 Tomato:10 ButterKnife:8 Pan:6 WineBottle:6 Egg:5 Bowl:4 " +
        "Bread:4 DishSponge:4 Potato:4 SaltShaker:4 Fork:3 Lettuce:3 Knife:1 SoapBottle:1",
    },
    pick_clean_then_place_in_recep: {
      weight: 141,
      places:
        "DiningTable:20 CounterTop:14 Drawer:11 Microwave:10 Fridge:8 SideTable:8 StoveBurner:7 Cabinet:7 " +
        "CoffeeMachine:6 Shelf:6 GarbageCan:2",
      objects:
        "Kettle:9 Ladle:8 Knife:7 Mug:6 Lettuce:6 Spatula:6 Pan:6 Bowl:5 Spoon:5 ButterKnife:5 Tomato:5 " +
        "Potato:5 Apple:5 Fork:5 Egg:5 Plate:4 Cup:4 Pot:3 DishSponge:1",
    },
    // Chained families are drawn only where the knobs name them: their weights say nothing of the original.
    pick_clean_heat_then_place_in_recep: {
      weight: 100,
      places: "DiningTable:15 CounterTop:15 Cabinet:15 Fridge:10 CoffeeMachine:10 SideTable:10 Shelf:5 GarbageCan:5",
      objects: "Mug:15 Cup:15 Plate:10 Egg:10 Potato:10 Tomato:10 Apple:10",
    },
    pick_clean_cool_then_place_in_recep: {
      weight: 100,
      places: "DiningTable:15 CounterTop:15 Cabinet:15 Microwave:10 SideTable:10 Shelf:5 StoveBurner:5 GarbageCan:5",
      objects: "Mug:10 Cup:10 Plate:10 Bowl:10 Pan:10 Pot:10 Lettuce:10 Egg:5 Potato:5 Tomato:5 Apple:5",
    },
    pick_two_clean_then_place_in_recep: {
      weight: 100,
      places: "DiningTable:15 CounterTop:15 Cabinet:10 Drawer:10 SideTable:10 Shelf:5",
      objects: "Mug:10 Cup:10 Plate:10 Bowl:10 Spoon:10 Fork:10 Knife:5 ButterKnife:5 Egg:5 Potato:5 Tomato:5 Apple:5",
    },
    pick_two_heat_then_place_in_recep: {
      weight: 100,
      places: "DiningTable:15 CounterTop:15 Cabinet:10 Fridge:15 SideTable:10 GarbageCan:5",
      objects: "Mug:10 Cup:10 Plate:10 Egg:15 Potato:15 Tomato:15 Apple:15",
    },
    pick_two_cool_then_place_in_recep: {
      weight: 100,
      places: "DiningTable:15 CounterTop:15 Cabinet:10 Microwave:10 SideTable:10 GarbageCan:5",
      objects: "Mug:10 Cup:10 Plate:10 Bowl:10 Lettuce:10 Egg:10 Potato:10 Tomato:10 Apple:10",
    },
    pick_heat_then_place_in_recep: {
      weight: 129,
      places: "Fridge:23 Cabinet:15 CounterTop:14 CoffeeMachine:12 GarbageCan:12 SideTable:10 DiningTable:9 Shelf:4",
      objects: "Mug:22 Cup:15 Egg:15 Potato:13 Tomato:12 Apple:11 Plate:8 Bread:3",
    },
    pick_cool_then_place_in_recep: {
      weight: 150,
      places:
        "Microwave:18 DiningTable:17 CounterTop:17 Cabinet:12 CoffeeMachine:9 GarbageCan:9 Shelf:8 " +
        "StoveBurner:7 SideTable:2",
      objects:
        "Mug:14 Pot:11 Bowl:9 Pan:9 Apple:8 Potato:8 Bread:8 Cup:8 Lettuce:7 Tomato:6 Egg:5 Plate:5 " + "WineBottle:3",
    },
    pick_two_obj_and_place: {
      weight: 35,
      places:
        "Drawer:21 Cabinet:19 Fridge:15 Shelf:10 DiningTable:9 Microwave:9 CounterTop:9 SideTable:6 " + "GarbageCan:2",
      objects:
        "SaltShaker:20 PepperShaker:18 Cup:11 Lettuce:9 Spatula:5 WineBottle:5 Kettle:5 Spoon:4 Egg:3 Ladle:3 " +
        "Potato:3 Bread:2 Pot:2 Tomato:2 Glassbottle:2 Knife:2 Pan:2 Apple:1",
    },
  },
  LivingRoom: {
    pick_and_place_simple: {
      weight: 59,
      places:
        "ArmChair:27 Sofa:25 CoffeeTable:20 Ottoman:10 SideTable:6 Dresser:5 Drawer:2 GarbageCan:1 Safe:1 " +
        "DiningTable:1 Shelf:1",
      objects:
        "RemoteControl:14 KeyChain:12 Statue:9 Book:9 Box:9 CreditCard:9 Newspaper:8 Pillow:7 Laptop:7 " +
        "Watch:5 Vase:5 TissueBox:3 Plate:1 Bowl:1",
    },
    look_at_obj_in_light: {
      weight: 14,
      places: "DeskLamp:100",
      objects: "Newspaper:27 Box:18 Pillow:16 Statue:10 TissueBox:8 Laptop:6 Plate:6 Watch:6 Vase:4",
    },
    pick_two_obj_and_place: {
      weight: 61,
      places:
        "ArmChair:29 CoffeeTable:23 Sofa:22 Ottoman:5 Dresser:5 Drawer:3 DiningTable:3 GarbageCan:3 " +
        "SideTable:3 Shelf:2 Desk:1",
      objects:
        "RemoteControl:20 CreditCard:17 Newspaper:17 KeyChain:7 Vase:6 TissueBox:6 CellPhone:5 Statue:5 " +
        "Watch:4 Plate:2 Pillow:2 Book:1 Bowl:1 Box:1 Laptop:1 Pen:1 Pencil:1 WateringCan:1",
    },
  },
  Bedroom: {
    pick_and_place_simple: {
      weight: 67,
      places:
        "Desk:24 Shelf:17 SideTable:14 Dresser:14 Bed:8 Safe:6 ArmChair:6 DiningTable:5 Drawer:3 Cabinet:1 " +
        "GarbageCan:1",
      objects:
        "CellPhone:22 CD:13 Book:12 KeyChain:11 Pencil:10 AlarmClock:9 Pen:8 CreditCard:6 Laptop:3 " +
        "RemoteControl:1 Statue:1 TissueBox:1 Mug:1 Pillow:1 Watch:1",
    },
    look_at_obj_in_light: {
      weight: 72,
      places: "DeskLamp:100",
      objects:
        "AlarmClock:16 Pillow:15 CD:13 Book:12 Pencil:9 Pen:7 Bowl:7 Laptop:7 CellPhone:4 Statue:2 " +
        "TissueBox:2 CreditCard:2 KeyChain:2 Mug:2 Watch:1",
    },
    pick_two_obj_and_place: {
      weight: 68,
      places:
        "Desk:22 Drawer:16 Dresser:14 Bed:13 SideTable:11 Shelf:10 DiningTable:5 GarbageCan:3 Safe:2 " +
        "ArmChair:2 Cabinet:1",
      objects:
        "CellPhone:18 Book:14 CD:11 Pencil:10 Pen:10 AlarmClock:9 KeyChain:8 CreditCard:7 Laptop:3 Bowl:2 " +
        "TissueBox:2 Mug:2 Watch:2 Pillow:1",
    },
  },
  Bathroom: {
    pick_and_place_simple: {
      weight: 74,
      places: "Toilet:34 GarbageCan:18 ToiletPaperHanger:16 CounterTop:10 Cabinet:8 Drawer:6 Cart:5 SideTable:2",
      objects:
        "ToiletPaper:22 SprayBottle:19 SoapBottle:19 Candle:19 HandTowel:11 Cloth:4 TissueBox:3 DishSponge:2 " +
        "SoapBar:2",
    },
    pick_clean_then_place_in_recep: {
      weight: 42,
      places: "Toilet:21 CounterTop:19 Drawer:18 Cabinet:14 GarbageCan:13 Cart:7 Shelf:6 Dresser:1",
      objects: "SoapBar:56 Cloth:32 DishSponge:12",
    },
    pick_two_obj_and_place: {
      weight: 66,
      places: "Toilet:25 Cabinet:18 Drawer:17 GarbageCan:15 CounterTop:11 Cart:7 Shelf:5 Dresser:1 SideTable:1",
      objects:
        "SprayBottle:25 SoapBottle:19 ToiletPaper:18 Candle:15 HandTowel:7 SoapBar:7 TissueBox:3 DishSponge:3 " +
        "Cloth:3",
    },
  },
};

/** Weights of one, two, three and four instances of the target's class. */
export const TARGET_COPIES: Readonly<Record<TaskFamily, readonly number[]>> = {
  pick_and_place_simple: [4, 2, 3, 1],
  look_at_obj_in_light: [1, 1, 1, 1],
  pick_clean_then_place_in_recep: [2, 4, 2, 2],
  pick_heat_then_place_in_recep: [1, 1, 1, 1],
  pick_cool_then_place_in_recep: [5, 2, 2, 1],
  pick_two_obj_and_place: [0, 4, 2, 4],
  pick_clean_heat_then_place_in_recep: [1, 1, 1, 1],
  pick_clean_cool_then_place_in_recep: [1, 1, 1, 1],
  pick_two_clean_then_place_in_recep: [0, 4, 2, 4],
  pick_two_heat_then_place_in_recep: [0, 4, 2, 4],
  pick_two_cool_then_place_in_recep: [0, 4, 2, 4],
};
