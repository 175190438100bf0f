// The only place where an identity hash is made (`protocol.md` section 7):
// H(kind, schema, body) = SHA-256(scheme "\n" kind "\n" schema "\n" JCS(body)). Vectors: proto/vectors/hashes.json.

import { hash } from "node:crypto";
import { canonicalJson } from "./canonical-json.ts";
import type { CanonicalState, Json, Observation, StateHash } from "./types.ts";

export const HASH_SCHEME = "anchorgym-jcs-sha256-v1";

export type HashKind =
  | "full"
  | "semantic"
  | "observation"
  | "task"
  | "split"
  | "sample"
  | "actions"
  | "action-space"
  | "request";

/** The hash of any canonical body. Kinds other than full and semantic use their own name plus "/1" as schema. */
export function stateHash(kind: HashKind, schema: string, body: Json): StateHash {
  return hash("sha256", `${HASH_SCHEME}\n${kind}\n${schema}\n${canonicalJson(body)}`, "hex") as StateHash;
}

/** Identity of everything that can change a future observation or reward: fork, commit, replay, resume. */
export function fullStateHash(stateSchema: string, task: StateHash, state: CanonicalState): StateHash {
  return stateHash("full", stateSchema, { rng: state.rng, state: state.full, task, turn: state.turn });
}

/** Identity of the situation alone, without history, clock and random stream: the anchor that GiGPO groups by. */
export function semanticStateHash(stateSchema: string, task: StateHash, state: CanonicalState): StateHash {
  return stateHash("semantic", stateSchema, { state: state.semantic, task });
}

/** Identity of what an agent sees: the anchor where one is given, else the blocks. */
export function observationHash(observation: Observation): StateHash {
  const { anchor, blocks } = observation;
  return stateHash("observation", "observation/1", anchor === undefined ? (blocks as Json) : [{ text: anchor }]);
}

/** Identity of a task's data, answer included. */
export function taskDigest(data: Json): StateHash {
  return stateHash("task", "task/1", data);
}
