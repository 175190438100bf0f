// The command language: text <-> Command. Matching is exact after trimming (case and inner spaces count); anything else
// is no command. A parsed command is well-formed, not yet allowed: rules.ts decides that.

import type { Dialect, House, Receptacle, Thing } from "../house.ts";

export type Command =
  | { readonly verb: "go" | "open" | "close"; readonly receptacle: Receptacle }
  | {
      readonly verb: "take" | "put" | "clean" | "heat" | "cool";
      readonly thing: Thing;
      readonly receptacle: Receptacle;
    }
  | { readonly verb: "use"; readonly thing: Thing }
  | { readonly verb: "slice"; readonly thing: Thing; readonly knife: Thing }
  | { readonly verb: "examineReceptacle"; readonly receptacle: Receptacle }
  | { readonly verb: "examineThing"; readonly thing: Thing }
  | { readonly verb: "look" | "inventory" | "help" };

type Pair = "take" | "put" | "clean" | "heat" | "cool";

/** The command of a text, or undefined when the dialect has none such or a name is unknown. */
export function parseCommand(house: House, text: string): Command | undefined {
  const space = text.indexOf(" ");
  if (space < 0) {
    if (text === "look" || text === "inventory") return { verb: text };
    return text === "help" && house.dialect === "v2" ? { verb: "help" } : undefined;
  }
  const rest = text.slice(space + 1);
  switch (text.slice(0, space)) {
    case "go":
      return rest.startsWith("to ") ? atReceptacle(house, "go", rest.slice(3)) : undefined;
    case "open":
      return atReceptacle(house, "open", rest);
    case "close":
      return atReceptacle(house, "close", rest);
    case "take":
      return pair(house, "take", rest, " from ");
    case "move":
      return house.dialect === "v2" ? pair(house, "put", rest, " to ") : undefined;
    case "put":
      return house.dialect === "v0" ? pair(house, "put", rest, " in/on ") : undefined;
    case "clean":
      return pair(house, "clean", rest, " with ");
    case "heat":
      return pair(house, "heat", rest, " with ");
    case "cool":
      return pair(house, "cool", rest, " with ");
    case "use": {
      const thing = house.thingByName.get(rest);
      return thing && { verb: "use", thing };
    }
    case "slice": {
      const at = rest.indexOf(" with ");
      const thing = house.thingByName.get(rest.slice(0, at));
      const knife = at < 0 ? undefined : house.thingByName.get(rest.slice(at + 6));
      return thing && knife && { verb: "slice", thing, knife };
    }
    case "examine": {
      const receptacle = house.receptacleByName.get(rest);
      if (receptacle !== undefined) return { verb: "examineReceptacle", receptacle };
      const thing = house.thingByName.get(rest);
      return thing && { verb: "examineThing", thing };
    }
    default:
      return undefined;
  }
}

function atReceptacle(house: House, verb: "go" | "open" | "close", name: string): Command | undefined {
  const receptacle = house.receptacleByName.get(name);
  return receptacle && { verb, receptacle };
}

function pair(house: House, verb: Pair, rest: string, separator: string): Command | undefined {
  const at = rest.indexOf(separator);
  if (at < 0) return undefined;
  const thing = house.thingByName.get(rest.slice(0, at));
  const receptacle = house.receptacleByName.get(rest.slice(at + separator.length));
  return thing && receptacle && { verb, thing, receptacle };
}

/** The text of "put O into R": the one command that the dialects word differently. */
export function putCommand(dialect: Dialect, thing: string, receptacle: string): string {
  return dialect === "v2" ? `move ${thing} to ${receptacle}` : `put ${thing} in/on ${receptacle}`;
}
