// What an agent may say or call next, as a step records it: digest included, and whether it is as one seq earlier.

import { stateHash } from "../../envs/core/state-hash.ts";
import type { Json, StateHash, Tool } from "../../envs/core/types.ts";

export interface ActionSpaceRecord {
  readonly admissible: readonly string[];
  readonly tools: readonly Tool[];
  readonly digest: StateHash;
  /** As one seq earlier. */
  readonly unchanged: boolean;
}

const sameList = (a: readonly string[], b: readonly string[]): boolean =>
  a === b || (a.length === b.length && a.every((entry, index) => entry === b[index]));

/** Worlds offer the same tools as the same list, so that this is one comparison for nearly every step. */
const sameTools = (a: readonly Tool[], b: readonly Tool[]): boolean =>
  a === b || (a.length === b.length && a.every((tool, index) => wireTool(tool) === wireTool(b[index] as Tool)));

const wireTool = ({ name, description, inputSchemaJson }: Tool): string =>
  JSON.stringify([name, description, inputSchemaJson]);

/** The fields of the wire message that are set. */
function toolBody({ name, description, inputSchemaJson }: Tool): Json {
  return {
    name,
    ...(description === "" ? {} : { description }),
    ...(inputSchemaJson === "" ? {} : { input_schema_json: inputSchemaJson }),
  };
}

/**
 * Spaces by their entries: replicas in one situation may say the same, so that each space is kept, hashed and encoded
 * once. The oldest leaves when there are too many.
 */
const knownSpaces = new Map<string, ActionSpaceRecord>();
const MAX_KNOWN_SPACES = 4_096;

/** @param before of the same agent, one seq earlier */
export function recordActionSpace(
  admissible: readonly string[],
  tools: readonly Tool[],
  before: ActionSpaceRecord | undefined,
): ActionSpaceRecord {
  const isSame = (space: ActionSpaceRecord): boolean =>
    sameList(space.admissible, admissible) && sameTools(space.tools, tools);
  if (before !== undefined && isSame(before)) return before.unchanged ? before : { ...before, unchanged: true };
  const key = admissible.join("\n");
  const known = knownSpaces.get(key);
  if (known !== undefined && isSame(known)) return known;
  // The body lists the set fields of the wire message by name; `complete` is set where the list is.
  const body = {
    ...(admissible.length === 0 ? {} : { admissible, complete: true }),
    ...(tools.length === 0 ? {} : { tools: tools.map(toolBody) }),
  };
  const space = { admissible, tools, digest: stateHash("action-space", "action-space/1", body), unchanged: false };
  const oldest = knownSpaces.size < MAX_KNOWN_SPACES ? undefined : knownSpaces.keys().next().value;
  if (oldest !== undefined) knownSpaces.delete(oldest);
  knownSpaces.set(key, space);
  return space;
}
