// Reads one recorded game (a line of the project's worlds.jsonl.gz, already parsed) into the shape that the world plays.
// Pure: it opens no file. It refuses what it cannot play, naming the field.

import { FAMILIES, type HouseholdData, type ObjectData, type ReceptacleData, ROOMS } from "./world-data.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface RecordedGame {
  readonly id: string;
  readonly data: HouseholdData;
  /** Published solution in v2 commands; undefined where none was published. */
  readonly walkthrough: readonly string[] | undefined;
  /** Fewest commands to the goal with faithful quirks. */
  readonly optimalSteps: number;
}

/** @throws {Error} naming the field that is missing or has the wrong form. */
export function recordedGame(value: unknown): RecordedGame {
  const game = fieldsOf(value, "game");
  const target = fieldsOf(game["target"], "target");
  const walkthrough = game["walkthrough"];
  return {
    id: text(game, "id"),
    walkthrough: walkthrough === null ? undefined : texts(game, "walkthrough"),
    optimalSteps: integer(game, "optimalSteps"),
    data: {
      family: oneOf(game, "family", FAMILIES),
      room: oneOf(game, "room", ROOMS),
      floorPlan: Number(text(game, "floorPlan").replace("FloorPlan", "")),
      target: {
        object: text(target, "object"),
        receptacle: optionalText(target, "receptacle"),
        lamp: optionalText(target, "lamp"),
      },
      goal: text(game, "goal"),
      humanGoals: texts(game, "humanGoals"),
      startLoc: integer(game, "startLoc"),
      receptacles: list(game, "receptacles").map(receptacle),
      objects: list(game, "objects").map(object),
    },
  };
}

function receptacle(value: unknown): ReceptacleData {
  const fields = fieldsOf(value, "receptacle");
  return {
    name: text(fields, "name"),
    type: text(fields, "type"),
    openable: fields["openable"] === true,
    loc: integer(fields, "loc"),
    contents: texts(fields, "contents"),
  };
}

function object(value: unknown): ObjectData {
  const fields = fieldsOf(value, "object");
  return {
    name: text(fields, "name"),
    type: text(fields, "type"),
    flags: text(fields, "flags"),
    loc: fields["loc"] === null ? undefined : integer(fields, "loc"),
    cool: fields["cool"] === true,
    inside: fields["inside"] === undefined ? [] : texts(fields, "inside"),
  };
}

function fieldsOf(value: unknown, name: string): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${name} must be an object`);
  return value as Fields;
}

function text(fields: Fields, name: string): string {
  const value = fields[name];
  if (typeof value !== "string") throw new Error(`${name} must be a text, not ${JSON.stringify(value)}`);
  return value;
}

function optionalText(fields: Fields, name: string): string | undefined {
  return fields[name] === null || fields[name] === undefined ? undefined : text(fields, name);
}

function integer(fields: Fields, name: string): number {
  const value = fields[name];
  if (!Number.isInteger(value)) throw new Error(`${name} must be an integer, not ${JSON.stringify(value)}`);
  return value as number;
}

function list(fields: Fields, name: string): readonly unknown[] {
  const value = fields[name];
  if (!Array.isArray(value)) throw new Error(`${name} must be a list`);
  return value;
}

function texts(fields: Fields, name: string): readonly string[] {
  const values = list(fields, name);
  const wrong = values.find((value) => typeof value !== "string");
  if (wrong !== undefined) throw new Error(`${name} must be a list of texts, found ${JSON.stringify(wrong)}`);
  return values as readonly string[];
}

function oneOf<T extends string>(fields: Fields, name: string, choices: readonly T[]): T {
  const value = text(fields, name);
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new Error(`${name} must be one of ${choices.join(", ")}, not "${value}"`);
  return found;
}
