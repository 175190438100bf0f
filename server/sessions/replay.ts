// An episode executed again from its start: how suspended sessions come back, past states are forked and trajectories
// are read. Every step is checked by its full hash; the first difference is the world's fault and stops the replay.

import type { Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import { type Executed, executeStep, reseed } from "./execute-step.ts";
import type { HistoryNode } from "./session-history.ts";
import { nodesUpTo } from "./session-history.ts";
import { recordState, type StepRecord } from "./step-record.ts";
import { parseActions } from "./submitted-action.ts";

/** Where an episode begins: all that `World.reset` needs, and the names that a log gives it. */
export interface EpisodeStart {
  readonly world: World;
  readonly task: Task;
  /** What this replica was reset with; below 2^53. */
  readonly seed: number;
  /** As `World.parseOptions` returned them. */
  readonly options: unknown;
  readonly optionsJson: string;
  /** The task by value, as it was sent; "" for a task of the catalogue. */
  readonly inlineTaskJson: string;
  /** Hex. */
  readonly buildDigest: string;
  /** Of the call that created the session. */
  readonly requestId: string;
}

/** The state at seq 0. @throws whatever the world throws */
export function resetEpisode({ world, task, seed, options }: EpisodeStart): Executed {
  const state = world.reset(task, seed, options);
  return { state, record: recordState(world, task, state, 0, undefined, undefined) };
}

function check(start: EpisodeStart, node: HistoryNode, record: StepRecord): void {
  if (record.fullHash === node.fullHash) return;
  const { name } = start.world.description;
  throw fail("REPLAY_DIVERGED", `${name} came out differently when it was executed again`, {
    ids: { seq: String(node.seq), field: "full_state_hash", expected: node.fullHash, actual: record.fullHash },
  });
}

/**
 * Each step from the start to `last`, executed and verified, in order.
 * @throws {DeterminismError} REPLAY_DIVERGED naming the first seq whose full hash differs
 * @throws {EnvError} ENV_FAULT when the world throws
 */
export function* replayEpisode(
  start: EpisodeStart,
  last: HistoryNode,
): Generator<{ readonly node: HistoryNode; readonly executed: Executed }, void> {
  const { world, task } = start;
  let current: Executed | undefined;
  for (const node of nodesUpTo(last)) {
    try {
      current =
        current === undefined
          ? resetEpisode(start)
          : executeStep(world, task, current.state, node.seq, parseActions(node.actionsJson), current.record);
      if (node.reseed !== undefined) current = reseed(world, task, current, node.reseed);
    } catch (thrown) {
      const cause = AnchorgymError.from(thrown, "ENV_FAULT");
      throw fail("ENV_FAULT", `${world.description.name} failed in a replay: ${cause.sentence}`, {
        ids: { seq: String(node.seq) },
        cause: thrown,
      });
    }
    check(start, node, current.record);
    yield { node, executed: current };
  }
}

/** The state at `last` and the records of the last `window` steps, the newest last. @throws as `replayEpisode` */
export function rebuildEpisode(
  start: EpisodeStart,
  last: HistoryNode,
  window: number,
): Executed & { readonly records: readonly { readonly node: HistoryNode; readonly record: StepRecord }[] } {
  const records: { node: HistoryNode; record: StepRecord }[] = [];
  let end: Executed | undefined;
  for (const { node, executed } of replayEpisode(start, last)) {
    end = executed;
    if (node.seq > 0) records.push({ node, record: executed.record });
    if (records.length > window) records.shift();
  }
  if (end === undefined) throw fail("INTERNAL_FAULT", "an episode without a start");
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
