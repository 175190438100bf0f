// The hashes against the published vectors, and that the typed helpers hash the bodies that the protocol names.

import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import {
  fullStateHash,
  type HashKind,
  observationHash,
  semanticStateHash,
  stateHash,
  taskDigest,
} from "../../../envs/core/state-hash.ts";
import type { Json, StateHash } from "../../../envs/core/types.ts";

interface HashCase {
  readonly name: string;
  readonly kind: HashKind;
  readonly schema: string;
  readonly body: Json;
  readonly hash: string;
}
const { cases } = JSON.parse(readFileSync(new URL("../../../proto/vectors/hashes.json", import.meta.url), "utf8")) as {
  readonly cases: readonly HashCase[];
};

test.each(cases)("$name", ({ kind, schema, body, hash }) => {
  expect(stateHash(kind, schema, body)).toBe(hash);
});

test("the vectors begin with those of protocol.md, whose results stand here a second time", () => {
  expect(cases.slice(0, 3).map(({ hash }) => hash)).toEqual([
    "47d32d9c0e981db28f22ff6bde14e43832e75f2ccfe3ab1dd9daa57726be6dff",
    "11f5c30e5bce7d6feded346d842aaed3a96d784f8a9c03c714bd98f5d4a79ea3",
    "b1801091ce16dc0c098f9f834740b4336d5976f01d1fbd6ed9e2a8697cd78fd1",
  ]);
});

test("the vectors cover every kind", () => {
  const kinds: readonly HashKind[] = [
    "full",
    "semantic",
    "observation",
    "task",
    "split",
    "sample",
    "actions",
    "action-space",
    "request",
  ];
  expect(new Set(cases.map(({ kind }) => kind))).toEqual(new Set(kinds));
});

describe("the helpers", () => {
  const zeros = "0".repeat(64) as StateHash;
  const state = { agent: [1, 2], boxes: [[2, 2]] };
  const canonical = { full: state, semantic: state, rng: null, turn: 3 };

  test("hash the bodies of the vectors", () => {
    expect(fullStateHash("grid/1", zeros, canonical)).toBe(cases[2]!.hash);
    expect(semanticStateHash("grid/1", zeros, canonical)).toBe(cases[1]!.hash);
    expect(observationHash({ blocks: (cases[0]!.body as { text: string }[]).slice() })).toBe(cases[0]!.hash);
    const task = cases.find(({ kind }) => kind === "task")!;
    expect(taskDigest(task.body)).toBe(task.hash);
  });

  test("turn, stream and task change the full hash; turn and stream leave the semantic hash alone", () => {
    const later = { ...canonical, turn: 4 };
    const drawn = { ...canonical, rng: { counter: 1 } };
    const full = [canonical, later, drawn].map((each) => fullStateHash("grid/1", zeros, each));
    expect(new Set([...full, fullStateHash("grid/1", "1".repeat(64) as StateHash, canonical)]).size).toBe(4);
    const semantic = [canonical, later, drawn].map((each) => semanticStateHash("grid/1", zeros, each));
    expect(new Set(semantic).size).toBe(1);
  });

  test("an anchor replaces the blocks", () => {
    const anchored = observationHash({ blocks: [{ text: "step 3: a room" }], anchor: "a room" });
    expect(anchored).toBe(observationHash({ blocks: [{ text: "a room" }] }));
  });
});
