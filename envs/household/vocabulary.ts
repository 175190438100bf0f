// The nouns of the household: receptacle and object types, what each object can undergo, and what fits where.
// One global containment table explains every game of the original; there is no capacity limit.
// Source: ALFWorld (alfworld/alfworld, MIT), checked against decoded games in test/envs/household/vocabulary.test.ts.

/** What an object can undergo, one bit each; the letters are those of world files. */
export const FLAG = {
  P: 1, // pickupable
  C: 2, // cleanable
  H: 4, // heatable
  F: 8, // coolable ("fridge")
  T: 16, // toggleable
  S: 32, // sliceable
  R: 64, // holds other objects: text of `examine` only
} as const;

/** Every place that can hold objects. */
export const RECEPTACLE_TYPES = words(
  "ArmChair BathtubBasin Bed Cabinet Cart CoffeeMachine CoffeeTable CounterTop Desk DiningTable Drawer Dresser Fridge " +
    "GarbageCan HandTowelHolder LaundryHamper Microwave Ottoman Safe Shelf SideTable SinkBasin Sofa StoveBurner TVStand " +
    "Toaster Toilet ToiletPaperHanger TowelHolder",
);

export const CLEANER = "SinkBasin";
export const HEATER = "Microwave";
export const COOLER = "Fridge";
export const KNIVES: ReadonlySet<string> = new Set(["ButterKnife", "Knife"]);
export const LAMPS = words("DeskLamp FloorLamp");

const TYPES_BY_FLAGS: readonly (readonly [flags: string, types: string])[] = [
  ["PCHFS", "Apple Egg Potato Tomato"],
  ["PHFS", "Bread"],
  ["PCFS", "Lettuce"],
  ["PCHFR", "Cup Mug Plate"],
  ["PCFR", "Bowl Pan Pot"],
  ["PC", "ButterKnife Cloth DishSponge Fork Kettle Knife Ladle SoapBar Spatula Spoon"],
  ["PF", "WineBottle"],
  ["PR", "Box"],
  ["T", "DeskLamp FloorLamp"],
  [
    "P",
    "AlarmClock BaseballBat BasketBall Book Boots CD Candle CellPhone CreditCard Glassbottle HandTowel KeyChain Laptop " +
      "Newspaper PaperTowelRoll Pen Pencil PepperShaker Pillow Plunger RemoteControl SaltShaker ScrubBrush SoapBottle " +
      "SprayBottle Statue TeddyBear TennisRacket TissueBox ToiletPaper Towel Vase Watch WateringCan",
  ],
  [
    "",
    "Bathtub Blinds Chair Curtains Footstool HousePlant LaundryHamperLid LightSwitch Mirror Painting Poster ShowerDoor " +
      "ShowerGlass Sink StoveKnob Television Window",
  ],
];

/** Object type -> flag letters in the order PCHFTSR. */
export const OBJECT_FLAGS: ReadonlyMap<string, string> = new Map(
  TYPES_BY_FLAGS.flatMap(([flags, types]) => words(types).map((type) => [type, flags] as const)),
);

/** Receptacle type -> the object types that may be put there; a type that is absent takes nothing. */
export const CAN_CONTAIN: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  Object.entries({
    ArmChair: "Book Box CellPhone Cloth CreditCard KeyChain Laptop Newspaper Pillow RemoteControl",
    BathtubBasin: "Cloth DishSponge HandTowel SoapBar",
    Bed: "BaseballBat BasketBall Book CellPhone Laptop Pillow TennisRacket",
    Cabinet:
      "Book Bowl Box CD Candle Cloth Cup DishSponge Glassbottle HandTowel Kettle Ladle Mug Newspaper Pan " +
      "PepperShaker Plate Plunger Pot SaltShaker SoapBar SoapBottle SprayBottle TissueBox ToiletPaper Vase " +
      "WateringCan WineBottle",
    Cart: "Candle Cloth DishSponge HandTowel Plunger SoapBar SoapBottle SprayBottle TissueBox ToiletPaper",
    CoffeeMachine: "Mug",
    CoffeeTable:
      "Book Bowl Box Candle CellPhone CreditCard KeyChain Laptop Newspaper Pen Pencil Plate RemoteControl " +
      "Statue TissueBox Vase Watch WateringCan",
    CounterTop:
      "AlarmClock Apple Book Bowl Bread ButterKnife CD Candle CellPhone Cloth CreditCard Cup DishSponge Egg " +
      "Fork Glassbottle HandTowel Kettle KeyChain Knife Ladle Laptop Lettuce Mug Pan Pen Pencil PepperShaker " +
      "Plate Pot Potato RemoteControl SaltShaker SoapBar SoapBottle Spatula Spoon SprayBottle Statue TissueBox " +
      "ToiletPaper Tomato Vase WineBottle",
    Desk:
      "AlarmClock BasketBall Book Bowl Box CD CellPhone Cloth CreditCard KeyChain Laptop Mug Pen Pencil " +
      "RemoteControl Statue TennisRacket TissueBox Vase Watch WateringCan",
    DiningTable:
      "AlarmClock Apple BaseballBat Book Bowl Box Bread ButterKnife CD Candle CellPhone CreditCard Cup " +
      "DishSponge Egg Fork Glassbottle Kettle KeyChain Knife Ladle Laptop Lettuce Mug Newspaper Pan Pen Pencil " +
      "PepperShaker Plate Pot Potato RemoteControl SaltShaker SoapBottle Spatula Spoon SprayBottle Statue " +
      "TissueBox Tomato Vase Watch WateringCan WineBottle",
    Drawer:
      "Book ButterKnife CD Candle CellPhone Cloth CreditCard DishSponge Fork HandTowel KeyChain Knife Ladle " +
      "Newspaper Pen Pencil PepperShaker RemoteControl SaltShaker SoapBar SoapBottle Spatula Spoon SprayBottle " +
      "TissueBox ToiletPaper Watch WateringCan",
    Dresser:
      "AlarmClock BasketBall Book Bowl Box CD Candle CellPhone Cloth CreditCard KeyChain Laptop Mug Newspaper " +
      "Pen Pencil RemoteControl SprayBottle Statue TennisRacket TissueBox ToiletPaper Vase Watch WateringCan",
    Fridge: "Apple Bowl Bread Cup Egg Glassbottle Lettuce Mug Pan Plate Pot Potato Tomato WineBottle",
    GarbageCan:
      "Apple Bread CD Cloth DishSponge Egg HandTowel Lettuce Newspaper Pen Pencil Potato SoapBar SoapBottle " +
      "SprayBottle TissueBox ToiletPaper Tomato WineBottle",
    HandTowelHolder: "HandTowel",
    LaundryHamper: "Cloth",
    Microwave: "Apple Bowl Bread Cup Egg Glassbottle Mug Plate Potato Tomato",
    Ottoman: "Book Box CellPhone CreditCard KeyChain Laptop Newspaper Pillow RemoteControl",
    Safe: "CD CellPhone CreditCard KeyChain Statue Vase Watch",
    Shelf:
      "AlarmClock Book Bowl Box CD Candle CellPhone Cloth CreditCard Cup DishSponge Glassbottle HandTowel " +
      "Kettle KeyChain Mug Newspaper Pen Pencil PepperShaker Plate Pot RemoteControl SaltShaker SoapBar " +
      "SoapBottle SprayBottle Statue TissueBox ToiletPaper Vase Watch WateringCan WineBottle",
    SideTable:
      "AlarmClock Apple BaseballBat BasketBall Book Bowl Box Bread ButterKnife CD Candle CellPhone Cloth " +
      "CreditCard Cup DishSponge Egg Fork HandTowel Kettle KeyChain Knife Laptop Lettuce Mug Newspaper Pan Pen " +
      "Pencil PepperShaker Plate Pot Potato RemoteControl SaltShaker SoapBar SoapBottle Spatula Spoon " +
      "SprayBottle Statue TennisRacket TissueBox ToiletPaper Tomato Vase Watch WateringCan WineBottle",
    SinkBasin:
      "Apple Bowl ButterKnife Cloth Cup DishSponge Egg Fork Glassbottle HandTowel Kettle Knife Ladle Lettuce " +
      "Mug Pan Plate Pot Potato SoapBar Spatula Spoon Tomato",
    Sofa: "Book Box CellPhone CreditCard KeyChain Laptop Newspaper Pillow RemoteControl",
    StoveBurner: "Kettle Pan Pot",
    TVStand: "TissueBox",
    Toilet: "Candle Cloth DishSponge HandTowel SoapBar SoapBottle SprayBottle TissueBox ToiletPaper",
    ToiletPaperHanger: "ToiletPaper",
    TowelHolder: "Towel",
  }).map(([type, types]) => [type, new Set(words(types))]),
);

/** The bits of a string of flag letters. @throws {Error} naming an unknown letter. */
export function flagBits(letters: string): number {
  let bits = 0;
  for (const letter of letters) {
    const bit = (FLAG as Readonly<Record<string, number>>)[letter];
    if (bit === undefined)
      throw new Error(`unknown object flag ${JSON.stringify(letter)}, expected letters of PCHFTSR`);
    bits |= bit;
  }
  return bits;
}

/** The class of a type as the agent reads it: `CoffeeMachine` is `coffeemachine`. */
export function className(type: string): string {
  return type.toLowerCase();
}

function words(text: string): readonly string[] {
  return text.split(" ");
}
