// An episode executed again from its start: how suspended sessions come back, past states are forked and trajectories
// are read. Every step is checked by its full hash; the first difference is the world's fault and stops the replay.

import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { Executed } from "./execute-step.ts";
import { type HistoryNode, nodesUpTo } from "./session-history.ts";
import { Slices } from "./slices.ts";
import type { StepRecord } from "./step-record.ts";
import { parseActions } from "./submitted-action.ts";
import type { EpisodeStart } from "./world-runner.ts";

function check(start: EpisodeStart, node: HistoryNode, record: StepRecord): void {
  if (record.fullHash === node.fullHash) return;
  const { name } = start.world.description;
  throw fail("REPLAY_DIVERGED", `${name} came out differently when it was executed again`, {
    ids: { seq: String(node.seq), field: "full_state_hash", expected: node.fullHash, actual: record.fullHash },
  });
}

/** What a world threw in a replay, in the words of the protocol. */
export function replayFault(thrown: unknown, environment: string, seq: number): AnchorgymError {
  const { reason, sentence, ids } = AnchorgymError.from(thrown, "ENV_FAULT");
  return fail(reason === "ENV_TIMEOUT" ? reason : "ENV_FAULT", `${environment} failed in a replay: ${sentence}`, {
    ids: { ...ids, seq: String(seq) },
    cause: thrown,
  });
}

async function replayNode(
  start: EpisodeStart,
  before: { readonly node: HistoryNode; readonly executed: Executed } | undefined,
  node: HistoryNode,
): Promise<Executed> {
  const { runner } = start;
  const work = { actions: parseActions(node.actionsJson || "[]"), wholeLists: false, isReplay: true };
  const stepped =
    before === undefined
      ? runner.reset(start)
      : runner.step({ start, history: before.node, executed: before.executed }, work);
  const executed = stepped instanceof Promise ? await stepped : stepped;
  if (node.reseed === undefined) return executed;
  const history = { ...node, fullHash: executed.record.fullHash, reseed: undefined };
  const reseeded = await runner.reseed({ start, history, executed }, node.reseed);
  runner.drop(executed.state);
  return reseeded;
}

/**
 * Each step from the start to `last`, executed and verified, in order. Yields to I/O between slices.
 * @param visit told of each; "stop" ends the replay there. Intermediate states are freed, so only records may be kept.
 * @returns what was executed last
 * @throws {DeterminismError} REPLAY_DIVERGED naming the first seq whose full hash differs
 * @throws {EnvError} ENV_FAULT when the world throws, ENV_TIMEOUT when it had to be stopped
 */
export async function replayEpisode(
  start: EpisodeStart,
  last: HistoryNode,
  visit?: (node: HistoryNode, record: StepRecord) => "stop" | undefined,
): Promise<Executed> {
  const slices = new Slices();
  let current: { readonly node: HistoryNode; readonly executed: Executed } | undefined;
  for (const node of nodesUpTo(last)) {
    const pause = slices.pause();
    if (pause !== undefined) await pause;
    const before = current;
    try {
      current = { node, executed: await replayNode(start, before, node) };
    } catch (thrown) {
      throw replayFault(thrown, start.world.description.name, node.seq);
    }
    if (before !== undefined) start.runner.drop(before.executed.state);
    check(start, node, current.executed.record);
    if (visit?.(node, current.executed.record) === "stop") break;
  }
  if (current === undefined) throw fail("INTERNAL_FAULT", "an episode without a start");
  return current.executed;
}

/** What comes back of an episode that was executed again. */
export interface Rebuilt extends Executed {
  /** Of the last steps, the newest last. */
  readonly records: readonly { readonly node: HistoryNode; readonly record: StepRecord }[];
}

/** The state at `last` and the records of the last `window` steps. @throws as `replayEpisode` */
export async function rebuildEpisode(start: EpisodeStart, last: HistoryNode, window: number): Promise<Rebuilt> {
  const records: { node: HistoryNode; record: StepRecord }[] = [];
  const end = await replayEpisode(start, last, (node, record) => {
    if (node.seq > 0) records.push({ node, record });
    if (records.length > window) records.shift();
    return undefined;
  });
  return { ...end, records };
}

/** As if it were the first outcome that a client sees: no list is left out. */
export function withFullLists(record: StepRecord): StepRecord {
  return {
    ...record,
    agents: record.agents.map((agent) =>
      agent.actionSpace === undefined ? agent : { ...agent, actionSpace: { ...agent.actionSpace, unchanged: false } },
    ),
  };
}
