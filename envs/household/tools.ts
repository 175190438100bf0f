// One tool per command, for agents that call tools: a call is the text of its command, so that both ways lead to the same
// states. Names of receptacles and objects stay texts: an unknown one is a command that is not admissible, not another schema
// per state, and the list of tools never changes within an episode.

import { text } from "../core/form.ts";
import { makeTool, type ReadableTool, type ReadCall } from "../core/tools.ts";
import { putCommand } from "./grammar/commands.ts";
import type { Dialect } from "./house.ts";

const named = (description: string) => text({ maxLength: 100 }, description);
const receptacle = named("a receptacle by name, such as fridge 1");
const object = named("an object by name, such as mug 2");

const PUT = { object, receptacle };
const COMMON: readonly ReadableTool[] = [
  makeTool("go_to", "Walk to a receptacle.", { receptacle }),
  makeTool("open", "Open the door of a receptacle here.", { receptacle }),
  makeTool("close", "Close the door of a receptacle here.", { receptacle }),
  makeTool("take", "Take an object out of a receptacle here into the empty hand.", { object, receptacle }),
  makeTool("clean", "Clean the object in the hand with a sink basin here.", { object, receptacle }),
  makeTool("heat", "Heat the object in the hand with a microwave here.", { object, receptacle }),
  makeTool("cool", "Cool the object in the hand with a fridge here.", { object, receptacle }),
  makeTool("use", "Turn on a lamp here.", { object }),
  makeTool("slice", "Slice an object here with the knife in the hand.", {
    object,
    knife: named("the knife by name, such as butterknife 1"),
  }),
  makeTool("examine", "Look closely at a receptacle here, or at the object in the hand.", {
    target: named("a receptacle or an object by name"),
  }),
  makeTool("look", "Look around.", {}),
  makeTool("inventory", "Say what the hand holds.", {}),
];

/** In the order of the rules' table; the tool that puts an object down has the name of its command. */
export const HOUSEHOLD_TOOLS: Readonly<Record<Dialect, readonly ReadableTool[]>> = {
  v2: [
    ...COMMON,
    makeTool("move", "Put the object in the hand into or onto a receptacle here.", PUT),
    makeTool("help", "List the commands.", {}),
  ],
  v0: [...COMMON, makeTool("put", "Put the object in the hand into or onto a receptacle here.", PUT)],
};

/** The text of the command that a call stands for. */
export function commandOfCall(dialect: Dialect, { name, arguments: given }: ReadCall): string {
  const word = (argument: string): string => String(given[argument]);
  switch (name) {
    case "go_to":
      return `go to ${word("receptacle")}`;
    case "open":
    case "close":
      return `${name} ${word("receptacle")}`;
    case "take":
      return `take ${word("object")} from ${word("receptacle")}`;
    case "move":
    case "put":
      return putCommand(dialect, word("object"), word("receptacle"));
    case "clean":
    case "heat":
    case "cool":
      return `${name} ${word("object")} with ${word("receptacle")}`;
    case "use":
      return `use ${word("object")}`;
    case "slice":
      return `slice ${word("object")} with ${word("knife")}`;
    case "examine":
      return `examine ${word("target")}`;
    default:
      return name;
  }
}
