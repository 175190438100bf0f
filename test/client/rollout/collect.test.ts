import { describe, expect, it } from "vitest";
import type { Sampler } from "../../../client/engine/engine.ts";
import type { HistoryMemory } from "../../../client/prompt/history-window.ts";
import { historyWindow } from "../../../client/prompt/history-window.ts";
import { PromptTooLongError } from "../../../client/prompt/prompt-form.ts";
import { WordTokenizer, wordTokenizerJson } from "../../../client/prompt/word-tokenizer.ts";
import { deriveSeed } from "../../../client/random.ts";
import { type CollectRequest, collectGroups, type RolloutResult } from "../../../client/rollout/collect.ts";
import { CorridorService, type CorridorTrouble, corridorTask } from "../../doubles/corridor-service.ts";
import { HashSampler } from "../../doubles/hash-sampler.ts";

const tokenizer = new WordTokenizer(
  wordTokenizerJson({
    words: ["left", "right", "wait", "You", "are", "at", "cell", ".", "0", "1", "2", "3", "4", "5", "jump"],
    specialTokens: [],
  }),
);
const promptForm = historyWindow(tokenizer, { maxTokens: 200 });

function request(
  service: CorridorService,
  changes: Partial<CollectRequest<HistoryMemory>> = {},
): CollectRequest<HistoryMemory> {
  return {
    service,
    sampler: new HashSampler(),
    promptForm,
    tokenizer,
    groups: [0, 1, 2, 3, 4].map((index) => ({ groupKey: `g${index}`, task: corridorTask(index), seed: index })),
    groupSize: 4,
    decoding: { constrained: true, temperature: 1, greedy: false, maxTokens: 8 },
    sampleSeed: 11,
    maxBatchRows: 8,
    retryDelayMs: 0,
    ...changes,
  };
}

async function collect(
  trouble: CorridorTrouble,
  changes: Partial<CollectRequest<HistoryMemory>> = {},
): Promise<RolloutResult> {
  const service = new CorridorService(trouble);
  const result = await collectGroups(request(service, changes));
  expect(service.openGroups.size).toBe(0);
  return result;
}

describe("collectGroups", () => {
  it("gives the same trajectories whatever the timing, the batch size and the room for sessions", async () => {
    const calm = await collect({});
    expect(calm.counters.episodes).toBe(20);
    for (const [delaySeed, maxBatchRows, maxOpenSessions] of [
      [1, 8, 1024],
      [2, 1, 1024],
      [3, 64, 4],
    ] as const) {
      const disturbed = await collect({ delaySeed }, { maxBatchRows, maxOpenSessions });
      expect(disturbed.groups).toEqual(calm.groups);
    }
  });

  it("gives other trajectories for another sampling seed, and differing ones within a group", async () => {
    const [a, b] = [await collect({}), await collect({}, { sampleSeed: 12 })];
    expect(b.groups).not.toEqual(a.groups);
    const actions = a.groups.flatMap(({ trajectories_G }) =>
      trajectories_G.map(({ steps_S }) => steps_S.map(({ action }) => action).join(",")),
    );
    expect(new Set(actions).size).toBeGreaterThan(10);
  });

  it("orders groups, replicas and steps, and chains the anchors", async () => {
    const { groups } = await collect({ delaySeed: 4 });
    expect(groups.map(({ groupKey }) => groupKey)).toEqual(["g0", "g1", "g2", "g3", "g4"]);
    for (const { trajectories_G } of groups) {
      expect(trajectories_G.map(({ replicaIndex }) => replicaIndex)).toEqual([0, 1, 2, 3]);
      expect(new Set(trajectories_G.map(({ steps_S }) => steps_S[0]?.anchors.full)).size).toBe(1);
      for (const { steps_S, stopReason, score, episodeReturn } of trajectories_G) {
        expect(steps_S.map(({ seq }) => seq)).toEqual(steps_S.map((_, at) => at + 1));
        for (let at = 1; at < steps_S.length; at++) expect(steps_S[at]?.anchors).toEqual(steps_S[at - 1]?.nextAnchors);
        expect(episodeReturn).toBe(score);
        expect(stopReason).toBe(score === 1 ? "GOAL_REACHED" : "MAX_TURNS");
      }
    }
  });

  it("names the draws of each step by group, replica and step", async () => {
    const sampler = new HashSampler();
    const { groups } = await collect({}, { sampler });
    const named = groups.flatMap(({ groupKey, trajectories_G }) =>
      trajectories_G.flatMap(({ replicaIndex, steps_S }) =>
        steps_S.map(({ seq }) => deriveSeed(11, `${groupKey}/${replicaIndex}/${seq}`)),
      ),
    );
    expect(sampler.seeds.toSorted((a, b) => a - b)).toEqual(named.toSorted((a, b) => a - b));
  });

  it("asks the sampler for no finished episode and never for more rows than allowed", async () => {
    const sampler = new HashSampler();
    const { counters } = await collect({ delaySeed: 5 }, { sampler, maxBatchRows: 6 });
    expect(Math.max(...sampler.batchRows)).toBeLessThanOrEqual(6);
    expect(sampler.batchRows.reduce((sum, rows) => sum + rows, 0)).toBe(counters.steps);
    expect(counters.samplerCalls).toBe(sampler.batchRows.length);
  });

  it("lets a free text that is done go on while others of its batch are drawn, within the allowed rows", async () => {
    const freeText = tokenizer.encode("right");
    const decoding = { constrained: false, temperature: 1, greedy: false, maxTokens: 8, answerForm: "plain" } as const;
    const calm = await collect({}, { sampler: Object.assign(new HashSampler(), { freeText }), decoding });
    const inner = Object.assign(new HashSampler(), { freeText });
    let [asked, answered, open, peak] = [0, 0, 0, 0];
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    const sampler: Sampler = {
      policyVersion: 0,
      logprobs: () => inner.logprobs(),
      close: () => inner.close(),
      sample: async (requests) => {
        open += requests.length;
        peak = Math.max(peak, open);
        // The first text of all ends when most episodes have, which it could not keep from going on.
        if (asked++ === 0) await held;
        const completions = await inner.sample(requests);
        open -= requests.length;
        answered += 1;
        if (answered === calm.counters.steps / 2) release();
        return completions;
      },
    };
    const { groups } = await collect({ delaySeed: 3 }, { sampler, decoding, maxBatchRows: 6 });
    expect(groups).toEqual(calm.groups);
    expect(peak).toBe(6);
  });

  it("keeps at most the allowed number of episodes open", async () => {
    const service = new CorridorService({ delaySeed: 6 });
    await collectGroups(request(service, { maxOpenSessions: 8 }));
    expect(service.peakSessions).toBe(8);
  });

  it("replays the groups of a dead server elsewhere, to the same trajectories as undisturbed", async () => {
    const calm = await collect({});
    for (const serverDiesAfterSteps of [0, 7, 40]) {
      const rescued = await collect({ delaySeed: 8, serverDiesAfterSteps, serverCount: 2 });
      expect(rescued.groups).toEqual(calm.groups);
      expect(rescued.counters.retriedGroups).toBeGreaterThan(0);
      expect(rescued.counters.failures).toEqual({});
    }
  });

  it("ignores late answers to a try that was given up", async () => {
    const calm = await collect({});
    for (const delaySeed of [21, 22, 23, 24]) {
      const fault = { groupKey: "g1", replicaIndex: 2, seq: 1, reason: "DEADLINE_EXCEEDED", times: 1 } as const;
      const rescued = await collect({ delaySeed, fault });
      expect(rescued.groups).toEqual(calm.groups);
      expect(rescued.counters).toMatchObject({ retriedGroups: 1, failures: {} });
    }
  });

  it("rejects with the reason when no server is left, instead of waiting", async () => {
    const service = new CorridorService({ delaySeed: 9, serverDiesAfterSteps: 12, serverCount: 1 });
    await expect(collectGroups(request(service))).rejects.toMatchObject({ reason: "SERVER_UNREACHABLE" });
    expect(service.openGroups.size).toBe(0);
  });

  it("counts a fault of the world as one failed episode and leaves its neighbours as they are", async () => {
    const calm = await collect({});
    const fault = { groupKey: "g2", replicaIndex: 1, seq: 1, reason: "ENV_FAULT" } as const;
    const { groups, counters } = await collect({ delaySeed: 10, fault });
    expect(counters.failures).toEqual({ ENV_FAULT: 1 });
    expect(groups[2]?.failures).toMatchObject([{ groupKey: "g2", replicaIndex: 1, reason: "ENV_FAULT" }]);
    expect(groups[2]?.trajectories_G).toEqual(
      calm.groups[2]?.trajectories_G.filter(({ replicaIndex }) => replicaIndex !== 1),
    );
    expect(groups.filter((_, at) => at !== 2)).toEqual(calm.groups.filter((_, at) => at !== 2));
  });

  it("gives up a group after its retries, with one failure per replica", async () => {
    const fault = { groupKey: "g1", replicaIndex: 0, seq: 1, reason: "DEADLINE_EXCEEDED" } as const;
    const { groups, counters } = await collect({ delaySeed: 11, fault }, { maxGroupRetries: 2 });
    expect(counters.retriedGroups).toBe(2);
    expect(counters.failures).toEqual({ DEADLINE_EXCEEDED: 4 });
    expect(groups[1]?.trajectories_G).toEqual([]);
    expect(counters.episodes).toBe(16);
  });

  it("records a group that the service refuses as wrong, without a retry", async () => {
    const refusedGroup = { groupKey: "g3", reason: "GROUP_NOT_IDENTICAL" } as const;
    const { counters } = await collect({ delaySeed: 12, refusedGroup });
    expect(counters.failures).toEqual({ GROUP_NOT_IDENTICAL: 4 });
    expect(counters.retriedGroups).toBe(0);
  });

  it.each(["MESSAGE_INVALID", "TASK_NOT_FOUND", "BUILD_CHANGED"] as const)(
    "stops when a group is refused with %s: the request is wrong for all",
    async (reason) => {
      const service = new CorridorService({ delaySeed: 12, refusedGroup: { groupKey: "g3", reason } });
      await expect(collectGroups(request(service))).rejects.toMatchObject({ reason });
      expect(service.openGroups.size).toBe(0);
    },
  );

  it.each(["SESSION_NOT_FOUND", "SESSION_CLOSED"] as const)(
    "plays a group again whose server has lost a session (%s)",
    async (reason) => {
      const calm = await collect({});
      const rescued = await collect({
        delaySeed: 16,
        fault: { groupKey: "g1", replicaIndex: 2, seq: 1, reason, times: 1 },
      });
      expect(rescued.groups).toEqual(calm.groups);
      expect(rescued.counters).toMatchObject({ retriedGroups: 1, failures: {} });
    },
  );

  it("counts an episode that the infrastructure ended as broken, never as a trajectory", async () => {
    const { counters } = await collect({ endsWith: { seq: 1, reason: "LEASE_EXPIRED" } });
    expect(counters).toMatchObject({ episodes: 0, failures: { LEASE_EXPIRED: 20 } });
  });

  it("closes its groups and rejects when the sampler breaks", async () => {
    const service = new CorridorService({ delaySeed: 13 });
    const sampler = new HashSampler();
    sampler.failsAtCall = 3;
    await expect(collectGroups(request(service, { sampler }))).rejects.toThrow("the engine broke");
    expect(service.openGroups.size).toBe(0);
  });

  it("stops at the signal even while the sampler never answers", async () => {
    const service = new CorridorService({ delaySeed: 14 });
    const sampler = new HashSampler();
    sampler.hangsAtCall = 2;
    const stop = new AbortController();
    const running = collectGroups(request(service, { sampler, signal: stop.signal }));
    setTimeout(() => stop.abort(new Error("enough")), 20);
    await expect(running).rejects.toThrow("enough");
    expect(service.openGroups.size).toBe(0);
  });

  it("starts nothing when the signal has already fired", async () => {
    const service = new CorridorService();
    await expect(collectGroups(request(service, { signal: AbortSignal.abort(new Error("no")) }))).rejects.toThrow("no");
    expect(service.stepCount).toBe(0);
  });

  it("sends what does not parse to the world, which counts the step as invalid", async () => {
    const sampler = new HashSampler();
    sampler.freeText = tokenizer.encode("jump");
    const decoding = { constrained: false, temperature: 1, greedy: false, maxTokens: 8 } as const;
    const tagged = await collect({}, { sampler, decoding });
    expect(tagged.counters).toMatchObject({ steps: 240, invalidActions: 240, unparsedActions: 240 });
    const plain = await collect({}, { sampler, decoding: { ...decoding, answerForm: "plain" } });
    expect(plain.counters).toMatchObject({ steps: 240, invalidActions: 240, unparsedActions: 0 });
  });

  it("breaks an episode whose first prompt cannot fit, and says so", async () => {
    const { counters } = await collect({}, { promptForm: historyWindow(tokenizer, { maxTokens: 5 }) });
    expect(counters).toMatchObject({ episodes: 0, failures: { PROMPT_TOO_LONG: 20 } });
  });

  it("ends an episode whose prompt outgrows its bound, truncated and unsolved, and keeps its steps", async () => {
    const whole = historyWindow(tokenizer, { maxTokens: 200 });
    const promptForm: typeof whole = {
      ...whole,
      render: (memory) => {
        const prompt = whole.render(memory);
        grown.add(prompt.tokens_T.length);
        if (grown.size > 1 && prompt.tokens_T.length > Math.min(...grown)) throw new PromptTooLongError("too long");
        return prompt;
      },
    };
    const grown = new Set<number>();
    const { groups, counters } = await collect({}, { promptForm });
    const limited = groups.flatMap(({ trajectories_G }) =>
      trajectories_G.filter(({ stopReason }) => stopReason === "CONTEXT_LIMIT"),
    );
    expect(counters).toMatchObject({ episodes: 20, failures: {} });
    expect(limited.length).toBeGreaterThan(0);
    for (const { score, steps_S } of limited) {
      expect(score).toBe(0);
      expect(steps_S.at(-1)).toMatchObject({ terminated: false, truncated: true });
    }
  });

  it("reports progress up to the end", async () => {
    const seen: number[] = [];
    await collect({ delaySeed: 15 }, { onProgress: ({ steps }) => seen.push(steps) });
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    expect(seen.length).toBeGreaterThan(5);
  });
});
