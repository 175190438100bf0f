// DET: the same task, seed and actions give the same episode, told again from a fresh group, from a log, after a restart.

import type { ActionLog } from "../../proto/gen/anchorgym/v1/ActionLog.ts";
import type { ReplayTrajectoryResponse } from "../../proto/gen/anchorgym/v1/ReplayTrajectoryResponse.ts";
import { Episode, identity, runningEpisode } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { fetchLog, replayLog } from "../trajectory.ts";

const STEPS = 8;

function requireBitExact(subject: Subject): void {
  const { determinism } = subject.environment;
  if (determinism !== "DETERMINISM_BIT_EXACT") throw new NotApplicable(`the environment promises ${determinism} only`);
}

/** Plays, then plays the same actions in a second group; `between` may do something in the meantime. */
async function twice(subject: Subject, between: () => Promise<void>): Promise<void> {
  requireBitExact(subject);
  for (const task of await subject.tasks(3)) {
    const [first] = Episode.of(subject, await subject.group({ task, seed: 5 }));
    const actions = await first!.play(STEPS);
    await between();
    const [second] = Episode.of(subject, await subject.group({ task, seed: 5 }));
    for (const taken of actions) await second!.step(taken);
    first!.outcomes.forEach((outcome, seq) => {
      demandEqual(
        identity(second!.outcomes[seq]!),
        identity(outcome),
        `outcome ${seq} of task ${task.taskId} told again`,
      );
    });
  }
}

async function survivesRestart(subject: Subject): Promise<void> {
  const { restart } = subject;
  if (restart === undefined) throw new NotApplicable("no --restart command was given");
  let restarted = false;
  await twice(subject, async () => {
    if (!restarted) await restart();
    restarted = true;
  });
}

async function logReplays(subject: Subject): Promise<void> {
  requireBitExact(subject);
  const episode = await runningEpisode(subject, STEPS);
  const steps = episode.latest.seq;
  const log = await fetchLog(subject, episode.sessionId);
  demand(log.entries.length === steps + 1, `a session of ${steps} steps has a log of ${log.entries.length} entries`);
  log.entries.forEach(({ outcome, seq }, at) => {
    demand(seq === at, `log entry ${at} has seq ${seq}`);
    demand(outcome != null, `log entry ${at} has no outcome`);
    demandEqual(identity(outcome), identity(episode.outcomes[at]!), `outcome ${at} in the log`);
  });
  const answer = await replayLog(subject, log);
  demand(answer.firstDivergence == null, () => `a true log diverges: ${JSON.stringify(answer.firstDivergence)}`);
  demand(answer.replayedSteps === steps, `${answer.replayedSteps} of ${steps} steps were replayed`);
  demand(answer.buildMatches, "build_matches is false for a log of this very build");
}

/** The answer to a log in which `change` altered something. */
async function replayAltered(subject: Subject, change: (log: ActionLog) => void): Promise<ReplayTrajectoryResponse> {
  const episode = await runningEpisode(subject, 4, 2);
  const log = await fetchLog(subject, episode.sessionId);
  change(log);
  return replayLog(subject, log);
}

async function alterationsAreFound(subject: Subject): Promise<void> {
  requireBitExact(subject);
  const at = 2;
  const changes: Record<string, (log: ActionLog) => void> = {
    "a full hash": (log) => log.entries[at]!.outcome!.fullStateHash.fill(0),
    "a semantic hash": (log) => log.entries[at]!.outcome!.semanticStateHash.fill(0),
    "a reward": (log) => {
      log.entries[at]!.outcome!.agents[0]!.reward += 1;
    },
  };
  for (const [what, change] of Object.entries(changes)) {
    const { firstDivergence } = await replayAltered(subject, change);
    demand(firstDivergence != null, `${what} was altered at seq ${at}, and no divergence was reported`);
    demand(firstDivergence.seq === at, `${what} was altered at seq ${at}, reported at seq ${firstDivergence.seq}`);
    demand(
      firstDivergence.field !== "" && firstDivergence.expected !== firstDivergence.actual,
      `nothing is named: ${what}`,
    );
  }
}

export const determinismRules = [
  rule("DET-1", "core", "The same task, seed and actions give the same outcomes and hashes.", (subject) =>
    twice(subject, async () => undefined),
  ),
  rule(
    "DET-2",
    "full",
    "The same task, seed and actions give the same outcomes and hashes after a restart.",
    survivesRestart,
  ),
  rule("DET-3", "full", "A session's log holds its outcomes and replays without divergence.", logReplays),
  rule("DET-4", "full", "An altered hash or reward in a log is reported at its seq.", alterationsAreFound),
];
