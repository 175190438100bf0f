import { expect, test } from "vitest";
import type { SampleRequest } from "../../../../client/engine/engine.ts";
import {
  fixedCompletions,
  randomChoices,
  ScriptedSampler,
} from "../../../../client/engine/scripted/scripted-sampler.ts";

const request: SampleRequest = {
  prompt_T: Int32Array.of(1),
  maxTokens: 4,
  stopTokens: [9],
  temperature: 1,
  greedy: false,
  seed: 3,
  choices_C: [Int32Array.of(5, 6, 9), Int32Array.of(5, 7, 9), Int32Array.of(5, 8, 9), Int32Array.of(4, 9)],
};

test("a chosen completion marks forks as drawn, with what was allowed there, and the rest as forced", async () => {
  const [completion] = await new ScriptedSampler(() => 1).sample([request]);
  expect(completion).toEqual({
    tokens_T: Int32Array.of(5, 7, 9),
    drawn_T: Uint8Array.of(1, 1, 0),
    logprobs_T: Float32Array.of(-Math.log(2), -Math.log(3), 0),
    allowed_T: [Int32Array.of(4, 5), Int32Array.of(6, 7, 8), null],
    stopReason: "choice",
    policyVersion: 0,
  });
});

test("random choices depend on the request's seed alone", async () => {
  const many = Array.from({ length: 40 }, (_, seed) => ({ ...request, seed }));
  const once = await randomChoices().sample(many);
  expect(await randomChoices().sample(many.slice(7, 9))).toEqual(once.slice(7, 9));
  expect(new Set(once.map((completion) => completion.tokens_T.join())).size).toBe(4);
});

test("fixed completions come one after the other, within the bound, and run out by name", async () => {
  const sampler = fixedCompletions([Int32Array.of(3, 9), Int32Array.of(1, 2, 3, 4, 5, 6)]);
  const { choices_C, ...free } = request;
  const [first, second] = await sampler.sample([free, free]);
  expect(first?.stopReason).toBe("stop-token");
  expect([second?.stopReason, second?.tokens_T.length]).toEqual(["max-tokens", 4]);
  await expect(sampler.sample([free])).rejects.toThrow(/holds 2 completions only/);
  expect(sampler.requests).toHaveLength(3);
  expect(choices_C).toBeDefined();
  await sampler.close();
  await expect(sampler.sample([free])).rejects.toThrow(/closed/);
});
