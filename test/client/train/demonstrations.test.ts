import { tmpdir } from "node:os";
import { describe, expect, it } from "vitest";
import {
  formatDemonstrations,
  parseDemonstrations,
  writeDemonstrations,
} from "../../../client/train/demonstrations.ts";

const HEADER = {
  kind: "anchorgym-demonstrations",
  schema: 1,
  environment: "household",
  version: "1.0.0",
  policy: "oracle",
  noise: 0,
  seed: 1,
  vocabulary: ["mug 1"],
} as const;
const EPISODE = {
  taskId: "t",
  split: "train",
  seed: 5,
  score: 1,
  initial: { observation: "a", admissible: ["b"] },
  steps: [{ label: null, action: "b", validity: "VALID", observation: "c", admissible: [] }],
};
const line = (value: unknown) => `${JSON.stringify(value)}\n`;

describe("a demonstrations file", () => {
  it("comes back as it was written", () => {
    const written = { header: HEADER, episodes: [EPISODE, EPISODE] };
    expect(parseDemonstrations(formatDemonstrations(written), "memory")).toEqual(written);
  });

  it("is refused a folder for a name", async () => {
    const error = { reason: "CONFIG_INVALID", message: expect.stringContaining("name a file in a folder") };
    await expect(writeDemonstrations(tmpdir(), { header: HEADER, episodes: [EPISODE] })).rejects.toMatchObject(error);
  });

  it.each([
    ["an empty file", "", "demos.jsonl is empty; the first line must be the header"],
    ["another kind of file", line({ kind: "other" }), "demos.jsonl:1: kind:"],
    ["a later schema", line({ ...HEADER, schema: 2 }), "demos.jsonl:1: schema:"],
    [
      "a line cut off",
      `${line(HEADER)}${line(EPISODE)}{"taskId":"t","spl`,
      "demos.jsonl:3 is not JSON; the file may be cut off",
    ],
    [
      "a step without its label",
      line(HEADER) + line({ ...EPISODE, steps: [{ ...EPISODE.steps[0], label: undefined }] }),
      "demos.jsonl:2: steps.0.label:",
    ],
    ["a field that nobody reads", line(HEADER) + line({ ...EPISODE, extra: 1 }), "demos.jsonl:2:"],
  ])("refuses %s, naming the line", (_, text, message) => {
    expect(() => parseDemonstrations(text, "demos.jsonl")).toThrow(message);
  });
});
