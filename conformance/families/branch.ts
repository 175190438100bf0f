// BRA: candidates from one state, and the one that goes on.

import type { Branches } from "../../proto/gen/anchorgym/v1/Branches.ts";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { CommitBranchResponse } from "../../proto/gen/anchorgym/v1/CommitBranchResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepResult } from "../../proto/gen/anchorgym/v1/StepResult.ts";
import { type Episode, equalEpisodes, essence, runningEpisode } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule, Violation } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";
import { describeStatus } from "../wire.ts";

const SERVICE = "EnvironmentService";
const WORDS = ["first thought", "second thought"];

function requireBranches(subject: Subject): void {
  if (subject.environment.forkMode === "FORK_MODE_UNSUPPORTED")
    throw new NotApplicable("the environment has no branches");
  if (subject.limits.maxFanOut < 3)
    throw new NotApplicable(`at most ${subject.limits.maxFanOut} candidates are allowed`);
}

/** Three candidates: what is listed first, and words of our own. */
function candidates(episode: Episode): { actions: { agentId: string; text: string }[] }[] {
  const listed = episode.latest.actingAgents.map((agentId) => episode.admissible(agentId)[0] ?? "look");
  return [listed[0] as string, ...WORDS].map((text) => ({
    actions: episode.latest.actingAgents.map((agentId) => ({ agentId, text })),
  }));
}

async function branch(subject: Subject, episode: Episode, more: object = {}) {
  const item = {
    sessionId: episode.sessionId,
    epoch: episode.epoch,
    seq: episode.nextSeq,
    candidates: candidates(episode),
    ...more,
  };
  const { results } = await subject.wire.call<BranchStepResponse>(SERVICE, "BranchStep", { items: [item] });
  const [result] = results;
  if (result === undefined) throw new Violation("BranchStep answers no result for its only item");
  return result;
}

function outcomesOf(
  subject: Subject,
  result: { readonly branches?: Branches | null; readonly status?: StepResult["status"] },
) {
  if (result.branches == null) {
    const why = result.status == null ? "nothing" : describeStatus(subject.wire.seen(result.status, "branch"));
    throw new Violation(`a branch got no candidates but ${why}`);
  }
  return result.branches.candidates.map(({ outcome }): Outcome => {
    if (outcome == null) throw new Violation("a candidate got no outcome");
    return outcome;
  });
}

async function commit(
  subject: Subject,
  episode: Episode,
  branchIndex: number,
  fullStateHash: Buffer,
): Promise<StepResult> {
  const item = { sessionId: episode.sessionId, epoch: episode.epoch, seq: episode.nextSeq, branchIndex, fullStateHash };
  const { results } = await subject.wire.call<CommitBranchResponse>(SERVICE, "CommitBranch", { items: [item] });
  return results[0] as StepResult;
}

async function candidatesEqualSteps(subject: Subject): Promise<void> {
  requireBranches(subject);
  const [branched, ...others] = await equalEpisodes(subject, 4, 2);
  const wishes = candidates(branched as Episode);
  const outcomes = outcomesOf(subject, await branch(subject, branched as Episode));
  demand(outcomes.length === wishes.length, `${wishes.length} candidates got ${outcomes.length} results`);
  for (const [at, { actions }] of wishes.entries()) {
    const stepped = await (others[at] as Episode).step(actions);
    demandEqual(essence(outcomes[at] as Outcome), essence(stepped), `the outcome of candidate ${at}`);
  }
}

async function branchingMovesNothing(subject: Subject): Promise<void> {
  requireBranches(subject);
  const [branched, twin] = await equalEpisodes(subject, 2, 2);
  outcomesOf(subject, await branch(subject, branched as Episode));
  const actions = (branched as Episode).drawActions();
  const stepped = await (branched as Episode).step(actions);
  demand(!stepped.replayed, "a plain step after a branch is marked replayed");
  demandEqual(essence(stepped), essence(await (twin as Episode).step(actions)), "a plain step after a branch");
}

async function commitIsItsOutcome(subject: Subject): Promise<void> {
  requireBranches(subject);
  const [branched, twin] = await equalEpisodes(subject, 2, 2);
  const episode = branched as Episode;
  const wishes = candidates(episode);
  const chosen = outcomesOf(subject, await branch(subject, episode))[1] as Outcome;
  const { outcome } = await commit(subject, episode, 1, chosen.fullStateHash);
  demand(outcome != null, "a commit of a kept branch got no outcome");
  demandEqual(essence(outcome), essence(chosen), "the committed outcome");
  const again = (await commit(subject, episode, 1, chosen.fullStateHash)).outcome;
  demand(again?.replayed === true, "the same commit again is not marked replayed");
  episode.take(outcome);
  await (twin as Episode).step((wishes[1] as (typeof wishes)[number]).actions);
  if (episode.isOver) return;
  const actions = (twin as Episode).drawActions();
  const next = await episode.step(actions);
  demandEqual(essence(next), essence(await (twin as Episode).step(actions)), "the step after a commit");
}

async function candidatesAreKept(subject: Subject): Promise<void> {
  requireBranches(subject);
  const episode = await runningEpisode(subject, 1);
  const first = outcomesOf(subject, await branch(subject, episode)).map(essence);
  const again = outcomesOf(subject, await branch(subject, episode)).map(essence);
  demandEqual(again.join("\n"), first.join("\n"), "the results of the same candidates, asked for again");
  const other = await branch(subject, episode, { candidates: candidates(episode).slice(1) });
  demandReason(subject.refused(other, "branch"), "STEP_CONFLICT");
}

async function wrongCommitsAreRefused(subject: Subject): Promise<void> {
  requireBranches(subject);
  const episode = await runningEpisode(subject, 1);
  const hash = episode.latest.fullStateHash;
  demandReason(subject.refused(await commit(subject, episode, 0, hash), "commit"), "BRANCH_NOT_FOUND");
  const [chosen] = outcomesOf(subject, await branch(subject, episode));
  const right = (chosen as Outcome).fullStateHash;
  demandReason(subject.refused(await commit(subject, episode, 50, right), "commit"), "BRANCH_NOT_FOUND");
  demandReason(subject.refused(await commit(subject, episode, 0, Buffer.alloc(32, 1)), "commit"), "STATE_MISMATCH");
  const { outcome } = await commit(subject, episode, 0, right);
  demand(outcome?.replayed === false, "a refused commit had an effect");
}

async function wrongBranchesAreRefused(subject: Subject): Promise<void> {
  requireBranches(subject);
  const episode = await runningEpisode(subject, 1, 1);
  const many = Array.from({ length: subject.limits.maxFanOut + 1 }, (_, at) => ({
    actions: [...episode.say(`thought ${at}`)],
  }));
  demandReason(subject.refused(await branch(subject, episode, { candidates: many }), "branch"), "FAN_OUT_EXCEEDED");
  const stranger = [{ actions: [{ agentId: "stranger", text: "look" }] }];
  demandReason(subject.refused(await branch(subject, episode, { candidates: stranger }), "branch"), "AGENTS_MISMATCH");
  const ahead = { seq: episode.nextSeq + 1 };
  demandReason(subject.refused(await branch(subject, episode, ahead), "branch"), "SEQ_GAP");
  demandReason(subject.refused(await branch(subject, episode, { seq: episode.latest.seq }), "branch"), "SEQ_EXPIRED");
}

export const branchRules = [
  rule("BRA-1", "full", "Each candidate's outcome is that of a step with its actions.", candidatesEqualSteps),
  rule("BRA-2", "full", "Branching leaves the session where it was.", branchingMovesNothing),
  rule(
    "BRA-3",
    "full",
    "A commit gives the outcome of its candidate, once, and the session goes on from there.",
    commitIsItsOutcome,
  ),
  rule(
    "BRA-4",
    "full",
    "The same candidates again give the same results; other candidates answer STEP_CONFLICT.",
    candidatesAreKept,
  ),
  rule(
    "BRA-5",
    "full",
    "A commit of no branch, of a wrong index or hash is refused and consumes nothing.",
    wrongCommitsAreRefused,
  ),
  rule(
    "BRA-6",
    "full",
    "Too many candidates, wrong agents, gaps and consumed steps are refused.",
    wrongBranchesAreRefused,
  ),
];
