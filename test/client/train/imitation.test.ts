// Imitation scores the expert's choice exactly where, and among what, a constrained rollout would draw; and it learns it.

import { describe, expect, it } from "vitest";
import { encodeChoices } from "../../../client/prompt/choices.ts";
import { type PromptForm, PromptTooLongError } from "../../../client/prompt/prompt-form.ts";
import { WordTokenizer, wordTokenizerJson } from "../../../client/prompt/word-tokenizer.ts";
import type { DemonstrationEpisode } from "../../../client/train/demonstrations.ts";
import { imitate } from "../../../client/train/imitation.ts";
import { asOutcome, type ImitationFormat, imitationRows } from "../../../client/train/imitation-rows.ts";
import { TableEngine } from "../../doubles/table-engine.ts";

const words = ["go", "to", "take", "mug 1", "shelf 1", "shelf 2", "wait", "room", "hall"];
const tokenizer = new WordTokenizer(wordTokenizerJson({ words, specialTokens: [] }));
const form: PromptForm<string> = {
  name: "last word",
  begin: ({ observation }) => observation,
  advance: (_, __, { observation }) => observation,
  render: (observation) => ({ tokens_T: tokenizer.encode(observation), cutTokenCount: 0 }),
};
const FORMAT: ImitationFormat = {
  form: form as PromptForm,
  tokenizer,
  eosTokenId: tokenizer.specialTokenId("eos"),
  constrained: true,
  answerForm: "tags",
  temperature: 1,
  hiddenActions: ["wait"],
};

const ROOM = ["go to shelf 1", "go to shelf 2", "take mug 1", "wait"];
const episode = (label: string | null, admissible: readonly string[] = ROOM): DemonstrationEpisode => ({
  taskId: "t",
  split: "train",
  seed: 1,
  score: 1,
  initial: { observation: "room", admissible },
  steps: [{ label, action: "wait", validity: "VALID", observation: "hall", admissible: [] }],
});
const texts = (ids: ArrayLike<number>) => Array.from(ids, (id) => tokenizer.decode([id]));

describe("rows of demonstrations", () => {
  it("score the branching tokens of the label among the tokens that sampling would allow", () => {
    const { rows } = imitationRows([episode("go to shelf 2")], FORMAT);
    expect(texts(rows[0]!.tokens_T)).toEqual(["room", "go", "to", "shelf 2"]);
    expect([...rows[0]!.targets_N]).toEqual([1, 3]);
    expect(rows[0]!.allowed_N!.map((allowed) => texts(allowed!))).toEqual([
      ["go", "take"],
      ["shelf 1", "shelf 2"],
    ]);
  });

  it("are what a constrained rollout of the same choice would be asked and masked with", async () => {
    const { rows } = imitationRows([episode("take mug 1")], FORMAT);
    const choices = encodeChoices(tokenizer, ROOM.slice(0, 3), FORMAT.eosTokenId);
    const request = { prompt_T: tokenizer.encode("room"), maxTokens: 9, stopTokens: [], temperature: 1, greedy: false };
    const engine = new TableEngine();
    for (let seed = 0; seed < 50; seed++) {
      const [completion] = await engine.sample([{ ...request, seed, choices_C: choices.tokens_C }]);
      if (texts(completion!.tokens_T)[0] !== "take") continue;
      const drawn = [...completion!.drawn_T.keys()].filter((t) => completion!.drawn_T[t] === 1);
      expect([...rows[0]!.targets_N]).toEqual(drawn.map((t) => 1 + t));
      expect(rows[0]!.allowed_N).toEqual(drawn.map((t) => completion!.allowed_T[t]));
      return;
    }
    throw new Error("the choice was never drawn");
  });

  it("leave out, and count, steps without a plan, labels that cannot be said, and decisions with one choice", () => {
    const left = imitationRows(
      [
        episode(null),
        episode("wait"),
        episode("fly"),
        episode("wait", ["wait"]),
        episode("take mug 1", ["take mug 1"]),
      ],
      FORMAT,
    );
    expect(left).toMatchObject({ unlabelledCount: 1, impossibleLabelCount: 3, forcedCount: 1 });
    expect(left.rows).toHaveLength(0);
  });

  it("leave out, and count, decisions whose prompt does not fit, and count those that were cut to fit", () => {
    const narrow: PromptForm<string> = {
      ...form,
      render: (observation) => {
        if (observation === "room") throw new PromptTooLongError("the room takes 1 token, more than the bound of 0");
        return { tokens_T: tokenizer.encode(observation), cutTokenCount: 2 };
      },
    };
    const { initial, ...rest } = episode("take mug 1");
    const hall = { ...rest, initial: { ...initial, observation: "hall" } };
    const found = imitationRows([episode("take mug 1"), hall], { ...FORMAT, form: narrow as PromptForm });
    expect(found).toMatchObject({ longPromptCount: 1, cutPromptCount: 1, forcedCount: 0 });
    expect(found.rows).toHaveLength(1);
  });

  it("of free text score the whole answer and its end", () => {
    const { rows } = imitationRows([episode("go to shelf 2")], { ...FORMAT, constrained: false, answerForm: "plain" });
    expect(texts(rows[0]!.tokens_T)).toEqual(["room", "go", "to", "shelf 2", "<eos>"]);
    expect([...rows[0]!.targets_N]).toEqual([1, 2, 3, 4]);
    expect(rows[0]!.allowed_N).toEqual([null, null, null, null]);
  });
});

describe("imitation", () => {
  const config = {
    demonstrations: { policy: "oracle", episodes: 1, noise: 0, split: "train" },
    learningRate: 0.001,
    schedule: "constant",
    batchRows: 4,
    warmupSteps: 5,
    steps: 100,
    maxGradNorm: 1,
    weightDecay: 0,
  } as const;
  const { rows } = imitationRows([episode("go to shelf 2"), episode("go to shelf 2"), episode("take mug 1")], FORMAT);

  it("lowers the cross-entropy of a decision towards that of the demonstrations", async () => {
    const losses: number[] = [];
    await imitate(
      rows,
      config,
      1,
      new TableEngine(),
      ({ lossNat }) => losses.push(lossNat),
      new AbortController().signal,
    );
    // Two of three say "go": the best guess has ln 3 - (2 / 3) ln 2 nats.
    const entropy = Math.log(3) - (2 / 3) * Math.log(2);
    expect(losses[0]).toBeCloseTo((2 * 2 * Math.log(2) + Math.log(2)) / 3, 6);
    expect(losses.at(-1)).toBeLessThan(entropy + 0.15);
    expect(losses.at(-1)).toBeGreaterThan(entropy - 1e-6);
  });

  it("warms the learning rate up and stops when it is asked to", async () => {
    const stop = new AbortController();
    const rates: number[] = [];
    const onUpdate = ({ learningRate, update }: { learningRate: number; update: number }) => {
      rates.push(learningRate);
      if (update === 7) stop.abort();
    };
    expect(await imitate(rows, config, 1, new TableEngine(), onUpdate, stop.signal)).toBe(false);
    expect(rates.map((rate) => Math.round(rate * 1e6))).toEqual([200, 400, 600, 800, 1000, 1000, 1000]);
  });

  it("reads an outcome without hashes or rewards", () => {
    expect(asOutcome({ observation: "x", admissible: ["y"] }, 3)).toMatchObject({
      seq: 3,
      reward: 0,
      endReason: undefined,
    });
  });
});
