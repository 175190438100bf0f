// The admissible list: every allowed command, sorted by code units ("drawer 10" before "drawer 2"); exactly those for
// which `perform` gives an effect. Pieces that stay the same (ways to go, what a receptacle offers) are made once.

import { putCommand } from "./grammar/commands.ts";
import type { House, Receptacle, Thing } from "./house.ts";
import { isAccessible, mayExamine } from "./rules.ts";
import { type Facts, NOTHING } from "./state.ts";
import { FLAG } from "./vocabulary.ts";

export function admissibleCommands(house: House, facts: Facts): readonly string[] {
  facts.memo.admissible ??= listCommands(house, facts);
  return facts.memo.admissible;
}

// Blocks stand in the code-unit order of their verbs, so that only a block of several entries needs sorting.
function listCommands(house: House, facts: Facts): readonly string[] {
  const here = house.receptaclesAt[facts.at]!;
  const held = facts.hold === NOTHING ? undefined : house.things[facts.hold]!;
  const commands: string[] = [];
  if (held) addBlock(commands, treatments("clean", held, here));
  addBlock(commands, doors("close", facts, here, true));
  if (held) addBlock(commands, treatments("cool", held, here));
  addBlock(commands, examinations(house, facts, here, held));
  for (const command of goToCommands(house, facts.at)) commands.push(command);
  if (held) addBlock(commands, treatments("heat", held, here));
  if (house.dialect === "v2") commands.push("help");
  commands.push("inventory", "look");
  if (held && house.dialect === "v2") addBlock(commands, puts(house, facts, here, held));
  addBlock(commands, doors("open", facts, here, false));
  if (held && house.dialect === "v0") addBlock(commands, puts(house, facts, here, held));
  if (held?.isKnife) addBlock(commands, slices(house, facts, here, held));
  if (!held) addBlock(commands, offers(house, facts, here, "takes"));
  addBlock(commands, offers(house, facts, here, "uses"));
  return commands;
}

function addBlock(commands: string[], block: readonly string[]): void {
  if (block.length === 1) commands.push(block[0]!);
  else if (block.length > 1) for (const command of block.toSorted()) commands.push(command);
}

function goToCommands(house: House, place: number): readonly string[] {
  let commands = house.goToMemo[place];
  if (commands === undefined) {
    // Q1: the original offers no second receptacle at the place where one stands.
    const shared = house.quirks === "fixed" && house.receptaclesAt[place]!.length > 1;
    commands = house.receptacles
      .filter((receptacle) => receptacle.loc !== place || shared)
      .map((receptacle) => `go to ${receptacle.name}`)
      .sort();
    house.goToMemo[place] = commands;
  }
  return commands;
}

function treatments(verb: "clean" | "heat" | "cool", held: Thing, here: readonly Receptacle[]): readonly string[] {
  const flag = verb === "clean" ? FLAG.C : verb === "heat" ? FLAG.H : FLAG.F;
  if (!(held.flags & flag)) return [];
  const device = verb === "clean" ? "cleans" : verb === "heat" ? "heats" : "cools";
  return here.filter((receptacle) => receptacle[device]).map(({ name }) => `${verb} ${held.name} with ${name}`);
}

function doors(verb: "open" | "close", facts: Facts, here: readonly Receptacle[], open: boolean): readonly string[] {
  const commands: string[] = [];
  for (const { id, name, openable } of here) {
    if (openable && facts.open[id] === open) commands.push(`${verb} ${name}`);
  }
  return commands;
}

function examinations(
  house: House,
  facts: Facts,
  here: readonly Receptacle[],
  held: Thing | undefined,
): readonly string[] {
  const commands = here.map(({ name }) => `examine ${name}`);
  if (held) commands.push(`examine ${held.name}`);
  if (house.quirks === "faithful") return commands;
  const ids = new Set(here.flatMap((receptacle) => facts.contents[receptacle.id]!.ids));
  for (const id of ids) {
    if (id !== facts.hold && mayExamine(house, facts, id)) commands.push(`examine ${house.things[id]!.name}`);
  }
  return commands;
}

function puts(house: House, facts: Facts, here: readonly Receptacle[], held: Thing): readonly string[] {
  return here
    .filter((receptacle) => receptacle.takes.has(held.type) && isAccessible(facts, receptacle))
    .map(({ name }) => putCommand(house.dialect, held.name, name));
}

function slices(house: House, facts: Facts, here: readonly Receptacle[], knife: Thing): readonly string[] {
  const ids =
    house.quirks === "faithful"
      ? facts.objectsAt[facts.at]!
      : new Set(here.filter((r) => isAccessible(facts, r)).flatMap((r) => facts.contents[r.id]!.ids));
  const commands: string[] = [];
  for (const id of ids) {
    const { name, flags } = house.things[id]!;
    if (flags & FLAG.S) commands.push(`slice ${name} with ${knife.name}`);
  }
  return commands;
}

// What the receptacles here offer to an empty hand ("takes") or to any ("uses").
function offers(house: House, facts: Facts, here: readonly Receptacle[], kind: "takes" | "uses"): readonly string[] {
  if (here.length === 1) return offersOf(house, facts, here[0]!, kind);
  const commands = new Set<string>();
  for (const receptacle of here) for (const command of offersOf(house, facts, receptacle, kind)) commands.add(command);
  return [...commands];
}

function offersOf(house: House, facts: Facts, receptacle: Receptacle, kind: "takes" | "uses"): readonly string[] {
  const { ids, memo } = facts.contents[receptacle.id]!;
  // Q3: in the original a lamp behind a closed door can be used.
  const reachable = isAccessible(facts, receptacle) || (kind === "uses" && house.quirks === "faithful");
  if (!reachable || ids.length === 0) return [];
  memo[kind] ??= ids
    .filter((id) => house.things[id]!.flags & (kind === "takes" ? FLAG.P : FLAG.T))
    .map((id) => {
      const { name } = house.things[id]!;
      return kind === "takes" ? `take ${name} from ${receptacle.name}` : `use ${name}`;
    })
    .sort();
  return memo[kind];
}
