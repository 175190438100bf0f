// What lies around in a room and where: the chance that a class is there, how many (1/2/3), and the receptacle types that
// hold it. Our own rounded summary of how the original's rooms look; the fit is tested, the original's data is not here.

import type { Room } from "../world-data.ts";
import { type Weighted, weights } from "./weights.ts";

/** How often and where one class of object appears in a room. */
export interface ObjectPrior {
  readonly type: string;
  readonly presence: number;
  /** Weights of one, two and three instances. */
  readonly counts: readonly Weighted<number>[];
  /** Receptacle types; empty: it lies outside of every receptacle. */
  readonly places: readonly Weighted<string>[];
}

const TABLES: Readonly<Record<Room, Readonly<Record<string, string>>>> = {
  Kitchen: {
    Apple: "1 5/3/2 CounterTop:5 Fridge:5 DiningTable:3 Microwave:3 GarbageCan:2 SinkBasin:2",
    Book: "0.12 7/3/0 CounterTop:11 Cabinet:4 DiningTable:3 Shelf:1",
    Bowl: "1 3/3/3 Cabinet:7 Fridge:5 CounterTop:3 DiningTable:3 Microwave:1 SinkBasin:1",
    Bread: "1 6/3/1 CounterTop:12 DiningTable:5 Fridge:3",
    ButterKnife: "0.98 4/4/2 CounterTop:11 DiningTable:6 Drawer:2 SinkBasin:1",
    CellPhone: "0.13 5/4/1 Drawer:12 CounterTop:7 DiningTable:1",
    CreditCard: "0.1 3/2/4 CounterTop:9 Drawer:9 Shelf:1",
    Cup: "1 4/3/3 Cabinet:4 CounterTop:4 Fridge:4 DiningTable:3 SinkBasin:2 Microwave:1 Shelf:1",
    DishSponge: "1 4/3/3 CounterTop:5 Cabinet:5 Drawer:3 DiningTable:3 SinkBasin:2 GarbageCan:1",
    Egg: "1 4/2/3 Fridge:5 CounterTop:5 SinkBasin:3 Microwave:3 GarbageCan:2 DiningTable:2",
    Fork: "1 3/4/3 CounterTop:10 DiningTable:5 Drawer:3 SinkBasin:2",
    Glassbottle: "0.32 3/4/3 CounterTop:6 Cabinet:5 DiningTable:4 SinkBasin:3 Shelf:1 GarbageCan:1 Fridge:1",
    Kettle: "0.52 4/4/2 CounterTop:8 StoveBurner:7 Cabinet:4 DiningTable:1",
    Knife: "1 4/3/3 CounterTop:11 DiningTable:5 Drawer:3 SinkBasin:1",
    Ladle: "0.37 3/4/2 CounterTop:10 Drawer:5 Cabinet:3 DiningTable:2",
    Lettuce: "1 5/3/2 CounterTop:8 DiningTable:7 Fridge:5 SinkBasin:1",
    Mug: "1 4/3/3 CounterTop:5 CoffeeMachine:3 Cabinet:3 Fridge:3 DiningTable:2 SinkBasin:2 Microwave:1 Shelf:1",
    Pan: "1 7/3/0 StoveBurner:11 CounterTop:7 DiningTable:1 Cabinet:1 Fridge:1",
    PaperTowelRoll: "0.39 10/0/0 CounterTop:10 DiningTable:4 GarbageCan:3 Shelf:2 SideTable:1",
    Pen: "0.12 3/4/4 DiningTable:10 CounterTop:8 Drawer:2",
    Pencil: "0.12 5/3/3 Drawer:10 CounterTop:6 DiningTable:4",
    PepperShaker: "1 3/3/3 Cabinet:7 CounterTop:6 Drawer:3 DiningTable:3 Shelf:1 SideTable:1",
    Plate: "1 3/4/3 Cabinet:8 CounterTop:5 DiningTable:3 Fridge:2 SinkBasin:1 Shelf:1 Microwave:1",
    Pot: "1 5/4/1 StoveBurner:15 CounterTop:3 Fridge:1 DiningTable:1",
    Potato: "1 4/3/3 CounterTop:7 Fridge:5 DiningTable:2 Microwave:2 SinkBasin:2 GarbageCan:2",
    SaltShaker: "1 3/3/3 Cabinet:6 CounterTop:5 DiningTable:4 Drawer:4 Shelf:1 SideTable:1",
    SoapBottle: "1 3/4/3 CounterTop:6 Cabinet:6 DiningTable:4 GarbageCan:3 Shelf:1",
    Spatula: "1 3/4/3 CounterTop:10 DiningTable:5 Drawer:4 SinkBasin:1",
    Spoon: "1 3/3/4 CounterTop:7 Drawer:5 DiningTable:5 SinkBasin:3",
    SprayBottle: "0.1 2/4/3 Cabinet:6 DiningTable:6 CounterTop:4 GarbageCan:3 Toaster:1",
    Statue: "0.18 4/5/2 CounterTop:11 Shelf:7 DiningTable:2",
    Tomato: "1 4/3/2 CounterTop:7 Fridge:6 DiningTable:4 GarbageCan:2 SinkBasin:1",
    Vase: "0.18 0/5/5 Cabinet:7 Shelf:7 CounterTop:5 DiningTable:1",
    WineBottle: "0.47 3/3/3 CounterTop:7 Cabinet:5 DiningTable:4 GarbageCan:3 Shelf:1 Fridge:1",
  },
  LivingRoom: {
    Book: "0.33 4/5/1 Dresser:6 SideTable:5 CoffeeTable:5 ArmChair:1 Drawer:1 DiningTable:1 Sofa:1",
    Boots: "0.23 10/0/0",
    Bowl: "0.1 7/0/3 DiningTable:16 TVStand:4",
    Box: "1 6/2/2 Sofa:6 CoffeeTable:4 DiningTable:4 Dresser:3 SideTable:1 Desk:1 ArmChair:1",
    Candle: "0.13 0/0/10 SideTable:7 CoffeeTable:5 DiningTable:3 Dresser:3 Drawer:2",
    CellPhone: "0.23 4/3/3 Drawer:5 ArmChair:5 Dresser:3 CoffeeTable:3 DiningTable:2 TVStand:2 Sofa:2",
    CreditCard:
      "1 3/3/4 Sofa:4 CoffeeTable:4 ArmChair:3 SideTable:3 Drawer:1 Dresser:1 DiningTable:1 Shelf:1 " + "TVStand:1",
    KeyChain: "1 4/2/4 Sofa:5 CoffeeTable:3 SideTable:3 Drawer:2 ArmChair:2 DiningTable:2 Dresser:2 TVStand:2",
    Laptop: "1 6/2/2 Sofa:6 DiningTable:5 CoffeeTable:4 ArmChair:3 SideTable:2 TVStand:2",
    Newspaper: "0.57 3/6/1 Sofa:5 SideTable:3 Shelf:3 DiningTable:3 ArmChair:3 CoffeeTable:3 Dresser:1",
    Pen: "0.13 8/0/2 SideTable:17 Dresser:3",
    Pencil: "0.13 2/0/8 SideTable:11 CoffeeTable:9",
    Pillow: "1 9/1/0 Sofa:17 ArmChair:2 Ottoman:1",
    Plate: "0.23 3/4/3 DiningTable:11 Shelf:3 CoffeeTable:3 SideTable:1 TVStand:1",
    RemoteControl:
      "1 2/3/4 CoffeeTable:4 Sofa:3 Dresser:3 ArmChair:2 TVStand:2 SideTable:1 DiningTable:1 Shelf:1 " + "Drawer:1",
    Statue: "0.97 2/4/3 SideTable:6 CoffeeTable:5 DiningTable:4 Shelf:3 TVStand:1 Dresser:1",
    TissueBox: "0.4 2/4/2 DiningTable:6 SideTable:6 CoffeeTable:4 Dresser:2 GarbageCan:1 TVStand:1",
    Vase: "0.6 1/4/3 Shelf:9 TVStand:4 SideTable:2 DiningTable:2 CoffeeTable:2 Dresser:2",
    Watch: "0.53 3/5/2 CoffeeTable:5 DiningTable:4 SideTable:3 Drawer:2 Shelf:2 TVStand:2 Dresser:2",
    WateringCan: "0.4 9/1/0 CoffeeTable:20",
  },
  Bedroom: {
    AlarmClock: "1 4/3/3 Desk:6 SideTable:6 Dresser:4 Shelf:2 DiningTable:2",
    BaseballBat: "0.4 10/0/0",
    BasketBall: "0.22 10/0/0",
    Book: "1 4/4/2 Bed:10 Desk:4 Drawer:2 DiningTable:1 Cabinet:1 Dresser:1",
    Boots: "0.15 10/0/0",
    Bowl: "0.55 5/4/1 Desk:12 Shelf:3 SideTable:2 Dresser:2 DiningTable:1",
    Box: "0.53 10/0/0 Shelf:13 Desk:7",
    CD: "1 3/2/4 Drawer:6 Desk:3 SideTable:3 Dresser:3 GarbageCan:2 DiningTable:1 ArmChair:1 Shelf:1",
    CellPhone: "1 4/3/3 Bed:7 Drawer:4 Dresser:3 Desk:2 SideTable:2 ArmChair:1 Shelf:1 Safe:1",
    Cloth: "0.08 3/7/0",
    CreditCard: "1 4/3/2 Drawer:8 Desk:3 SideTable:2 Dresser:2 Shelf:2 ArmChair:1 DiningTable:1",
    KeyChain: "1 4/3/3 Desk:4 Drawer:4 Dresser:3 Shelf:2 DiningTable:2 ArmChair:2 Safe:1 SideTable:1",
    Laptop: "1 5/3/2 Bed:15 Desk:3 ArmChair:1 DiningTable:1 Dresser:1",
    Mug: "0.65 3/4/3 Desk:8 SideTable:4 DiningTable:3 Cabinet:2 Shelf:2 Dresser:1 CounterTop:1",
    Pen: "1 4/2/3 Desk:5 Dresser:5 Drawer:3 SideTable:3 Shelf:2 DiningTable:2 GarbageCan:1",
    Pencil: "1 4/4/2 Desk:4 SideTable:3 Dresser:3 Drawer:3 Shelf:3 GarbageCan:2 DiningTable:1",
    Pillow: "1 4/6/0 Bed:20",
    RemoteControl: "0.1 2/2/5 ArmChair:3 CounterTop:3 DiningTable:3 Desk:3 Drawer:3 SideTable:3",
    Statue: "0.1 8/2/0 Shelf:12 SideTable:4 Dresser:4",
    TeddyBear: "0.33 10/0/0 Bed:20",
    TennisRacket: "0.28 10/0/0",
    TissueBox: "0.12 2/4/4 Desk:9 SideTable:5 DiningTable:4 Drawer:2",
    Vase: "0.07 0/7/0 Shelf:12 Desk:2 Dresser:2 SideTable:2",
    Watch: "0.03 10/0/0 Dresser:20",
  },
  Bathroom: {
    Candle: "1 3/4/3 Toilet:6 CounterTop:6 Cabinet:3 Drawer:2 Shelf:1",
    Cloth: "1 3/4/2 Cabinet:5 BathtubBasin:4 Drawer:4 CounterTop:3 Shelf:2 Toilet:1 Cart:1 SinkBasin:1",
    DishSponge: "0.18 4/1/3 BathtubBasin:7 Toilet:4 Cart:3 GarbageCan:1 SinkBasin:1 Cabinet:1 Shelf:1 CounterTop:1",
    HandTowel: "1 7/3/0 HandTowelHolder:18 CounterTop:2",
    PaperTowelRoll: "0.15 10/0/0 GarbageCan:7 Toilet:7 CounterTop:3 Shelf:3",
    Plunger: "1 10/0/0",
    ScrubBrush: "1 10/0/0",
    SoapBar:
      "1 4/3/4 CounterTop:6 Toilet:4 Cabinet:2 Drawer:2 SinkBasin:1 Shelf:1 BathtubBasin:1 GarbageCan:1 " + "Cart:1",
    SoapBottle: "1 2/5/3 CounterTop:8 Toilet:6 Cabinet:4 GarbageCan:2 Shelf:1",
    SprayBottle: "1 3/4/3 CounterTop:6 Toilet:5 Cabinet:5 GarbageCan:2 Cart:1 Dresser:1",
    TissueBox: "0.1 0/5/5 Shelf:8 CounterTop:4 Cabinet:2 Cart:2 Toilet:2 Drawer:2",
    ToiletPaper: "1 0/7/3 Cabinet:4 Toilet:4 CounterTop:4 ToiletPaperHanger:3 GarbageCan:2 Drawer:2 Shelf:1 Cart:1",
    Towel: "1 9/1/0 TowelHolder:20 CounterTop:1",
  },
};

/** The classes of each room, in the order of the table. */
export const OBJECT_PRIORS: ReadonlyMap<Room, readonly ObjectPrior[]> = new Map(
  Object.entries(TABLES).map(([room, table]) => [
    room as Room,
    Object.entries(table).map(([type, row]) => parsePrior(type, row)),
  ]),
);

function parsePrior(type: string, row: string): ObjectPrior {
  const [presence, counts, ...places] = row.split(" ");
  return {
    type,
    presence: Number(presence),
    counts: counts!.split("/").map((weight, index) => ({ item: index + 1, weight: Number(weight) })),
    places: weights(places.join(" ")),
  };
}
