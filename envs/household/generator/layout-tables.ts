// How many receptacles of which type a room has, and what stands there for good. Our own summary of the original's floor
// plans: for each type the share that opens and equally likely counts.

import type { Room } from "../world-data.ts";

/** Type -> "share that opens: counts". */
export const RECEPTACLE_COUNTS: Readonly<Record<Room, Readonly<Record<string, string>>>> = {
  Kitchen: {
    Cabinet: "0.8: 4 9 10 11 13 14 16 19 22 27",
    CoffeeMachine: "0: 1",
    CounterTop: "0: 1 1 2 2 2 2 3 3 3 4",
    DiningTable: "0: 0 0 0 0 1 1 1 1 2 2",
    Drawer: "0.82: 1 3 3 3 4 5 6 7 10 17",
    Fridge: "1: 1",
    GarbageCan: "0: 1",
    Microwave: "1: 1",
    Safe: "1: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1",
    Shelf: "0: 0 0 0 0 0 3",
    SideTable: "0: 0 0 0 0 0 0 0 0 1",
    SinkBasin: "0: 1",
    StoveBurner: "0: 4",
    Toaster: "0: 1",
  },
  LivingRoom: {
    ArmChair: "0: 1 1 1 1 1 1 1 2 2 2",
    Cabinet: "0.9: 0 0 0 0 0 0 0 0 0 4",
    CoffeeTable: "0: 0 0 1 1 1 1 1 1 2 2",
    Desk: "0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1",
    DiningTable: "0: 0 0 0 0 0 1 1 1 1 2",
    Drawer: "0.95: 0 1 2 4 4 5 6 7 8 15",
    Dresser: "0: 0 0 0 0 0 0 1 1 1 1",
    GarbageCan: "0: 1",
    Ottoman: "0: 0 0 0 0 1",
    Safe: "1: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1",
    Shelf: "0: 0 0 0 0 0 0 0 2 5 8",
    SideTable: "0: 0 0 1 1 1 1 2 3 3 4",
    Sofa: "0: 1 1 1 2",
    TVStand: "0: 0 1",
  },
  Bedroom: {
    ArmChair: "0: 0 0 0 0 0 0 0 1 1 2",
    Bed: "0: 1 1 1 1 1 1 1 1 1 2",
    Cabinet: "1: 0 0 0 0 0 0 0 0 1 3",
    CounterTop: "0: 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 1",
    Desk: "0: 0 0 0 1 1 1 1 1 1 2",
    DiningTable: "0: 0 0 0 0 0 0 0 0 1",
    Drawer: "0.8: 2 2 2 3 5 5 7 9 12 17",
    Dresser: "0: 0 0 0 0 1 1 1 1 1 1",
    GarbageCan: "0: 1",
    LaundryHamper: "0: 0 0 0 1",
    Safe: "0.8: 0 0 0 0 0 0 1",
    Shelf: "0: 0 0 0 1 1 2 2 5 6 9",
    SideTable: "0: 0 0 0 1 1 1 1 1 2 2",
  },
  Bathroom: {
    BathtubBasin: "0: 0 0 0 1 1 1 1 1 1 1",
    Cabinet: "1: 0 0 0 1 2 2 3 4 4 4",
    Cart: "0: 0 0 0 0 0 0 0 0 0 0 0 1",
    CounterTop: "0: 0 1 1 1 1 1 1 1 1 2",
    Drawer: "0.85: 0 0 0 1 1 2 3 4 4 6",
    Dresser: "0: 0 0 0 0 0 0 0 0 0 0 0 1",
    GarbageCan: "0: 1",
    HandTowelHolder: "0: 1 1 1 1 1 2 2 2 2 2",
    Shelf: "0: 0 0 0 0 0 0 0 0 1 4",
    SideTable: "0: 0 0 0 0 0 0 0 0 0 0 0 1",
    SinkBasin: "0: 1 2",
    Toilet: "0: 1",
    ToiletPaperHanger: "0: 1",
    TowelHolder: "0: 1 1 2",
  },
};

/** Scenery in no receptacle: class and equally likely counts, each instance at a place of its own. */
export const SCENERY: Readonly<Record<Room, Readonly<Record<string, string>>>> = {
  Kitchen: { StoveKnob: "4", Chair: "0 1 2 3", Window: "1 1 2", LightSwitch: "1", Sink: "1" },
  LivingRoom: {
    Window: "1 2 3 4",
    Chair: "0 2 4",
    Painting: "1 2 3",
    FloorLamp: "1 1 2",
    LightSwitch: "1",
    HousePlant: "0 1",
    Curtains: "0 0 1",
    Television: "0 0 1",
  },
  Bedroom: {
    Blinds: "0 2 2 3",
    Window: "1 2 2",
    Chair: "1 1 2",
    LightSwitch: "1",
    Mirror: "1",
    Painting: "0 1",
    Poster: "0 0 1",
  },
  Bathroom: {
    Sink: "1 2",
    LightSwitch: "1",
    Mirror: "1",
    ShowerDoor: "0 1 1",
    Window: "0 1",
    ShowerGlass: "0 1",
    Bathtub: "0 1",
  },
};

/** Fixed objects that a receptacle lists: room -> "class presence receptacle types". */
export const FIXTURES: Readonly<Record<Room, readonly string[]>> = {
  Kitchen: ["HousePlant 0.33 CounterTop DiningTable", "Sink 0.1 CounterTop"],
  LivingRoom: [
    "DeskLamp 0.25 SideTable CoffeeTable",
    "HousePlant 0.5 SideTable CoffeeTable DiningTable",
    "Television 0.6 TVStand Dresser",
  ],
  Bedroom: ["DeskLamp 0.69 Desk SideTable Dresser", "HousePlant 0.2 Shelf Desk Dresser", "Mirror 0.08 Dresser"],
  Bathroom: ["Mirror 0.12 CounterTop", "Sink 0.12 SinkBasin", "HousePlant 0.04 SideTable"],
};

/** Pairs that share a place: room -> "type type chance"; for equal types the chance holds for each neighbouring pair. */
export const SHARED_PAIRS: Readonly<Record<Room, readonly string[]>> = {
  Kitchen: [
    "Cabinet Cabinet 0.16",
    "StoveBurner StoveBurner 0.6",
    "Drawer Drawer 0.14",
    "CounterTop Toaster 0.3",
    "CounterTop CoffeeMachine 0.22",
    "Cabinet Drawer 0.06",
    "Cabinet GarbageCan 0.04",
  ],
  LivingRoom: [
    "Drawer Drawer 0.2",
    "Dresser Drawer 0.1",
    "SideTable Drawer 0.06",
    "Shelf Shelf 0.08",
    "TVStand Shelf 0.1",
  ],
  Bedroom: ["Drawer Drawer 0.22", "Dresser Drawer 0.16", "SideTable Drawer 0.08", "Desk Drawer 0.04"],
  Bathroom: ["Drawer Drawer 0.3", "Cabinet Cabinet 0.3", "Cabinet Drawer 0.08", "GarbageCan ToiletPaperHanger 0.05"],
};
