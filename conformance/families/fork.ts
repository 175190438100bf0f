// FRK: children of a session, at its present and at each of its past states.

import type { Forked } from "../../proto/gen/anchorgym/v1/Forked.ts";
import type { ForkResponse } from "../../proto/gen/anchorgym/v1/ForkResponse.ts";
import type { ForkResult } from "../../proto/gen/anchorgym/v1/ForkResult.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import { Episode, equalEpisodes, essence, runningEpisode } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule, Violation } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";
import { describeStatus } from "../wire.ts";

const SERVICE = "EnvironmentService";

function requireForks(subject: Subject): void {
  if (subject.environment.forkMode === "FORK_MODE_UNSUPPORTED") throw new NotApplicable("the environment has no forks");
}

function forkRequest(subject: Subject, episode: Episode, more: object = {}, wholeMore: object = {}): object {
  const item = { sessionId: episode.sessionId, epoch: episode.epoch, count: 1, ...more };
  return { requestId: subject.uuid(), leaseId: subject.uuid(), items: [item], ...wholeMore };
}

async function tryFork(subject: Subject, request: object): Promise<ForkResult> {
  const { results } = await subject.wire.call<ForkResponse>(SERVICE, "Fork", request);
  if (results[0] === undefined) throw new Violation("Fork answers no result for its only item");
  return results[0];
}

function forkedOf(subject: Subject, { forked, status }: ForkResult): Forked {
  if (forked != null) return forked;
  throw new Violation(`a fork got ${status == null ? "nothing" : describeStatus(subject.wire.seen(status, "fork"))}`);
}

async function childrenEqualTheSource(subject: Subject): Promise<void> {
  requireForks(subject);
  const episode = await runningEpisode(subject, 4);
  for (const [atSeq, past] of episode.outcomes.entries()) {
    const request = forkRequest(subject, episode, { atSeq, count: 2, expectedFullStateHash: past.fullStateHash });
    const { outcome, sessions } = forkedOf(subject, await tryFork(subject, request));
    demand(outcome != null && sessions.length === 2, `a fork of 2 children has ${sessions.length}`);
    demandEqual(essence(outcome), essence(past), `the outcome at seq ${atSeq} that children start from`);
    for (const child of sessions) {
      const who = `a child at seq ${atSeq}`;
      demandEqual(child.fullStateHash.toString("hex"), past.fullStateHash.toString("hex"), `full hash of ${who}`);
      demand(child.nextSeq === atSeq + 1 && child.branchedAtSeq === atSeq, `${who}: next_seq ${child.nextSeq}`);
      demandEqual(child.parentSessionId, episode.sessionId, `parent of ${who}`);
    }
  }
}

async function childrenShareTheFuture(subject: Subject): Promise<void> {
  requireForks(subject);
  const episode = await runningEpisode(subject, 2);
  const atSeq = episode.latest.seq;
  const taken = [episode.drawActions()];
  const source = [await episode.step(taken[0])];
  const { outcome, sessions } = forkedOf(subject, await tryFork(subject, forkRequest(subject, episode, { atSeq })));
  const child = new Episode(subject, sessions[0]!, outcome as Outcome);
  for (const [at, actions] of taken.entries()) {
    demandEqual(
      essence(await child.step(actions)),
      essence(source[at] as Outcome),
      "a child's step with the parent's actions",
    );
  }
}

async function familiesAreApart(subject: Subject): Promise<void> {
  requireForks(subject);
  const [parent, twin] = await equalEpisodes(subject, 2, 2);
  const { outcome, sessions } = forkedOf(
    subject,
    await tryFork(subject, forkRequest(subject, parent as Episode, { count: 2 })),
  );
  const [moved, still] = sessions.map((session) => new Episode(subject, session, outcome as Outcome));
  await moved!.play(3);
  const actions = (twin as Episode).drawActions();
  const expected = essence(await (twin as Episode).step(actions));
  demandEqual(
    essence(await (parent as Episode).step(actions)),
    expected,
    "the parent's step after its child has moved",
  );
  demandEqual(essence(await still!.step(actions)), expected, "a child's step after its parent and sibling have moved");
}

async function derivedChildrenLookEqual(subject: Subject): Promise<void> {
  requireForks(subject);
  const episode = await runningEpisode(subject, 2);
  const result = await tryFork(
    subject,
    forkRequest(subject, episode, { count: 2, replicaSeeds: "REPLICA_SEEDS_DERIVED" }),
  );
  if (result.status != null) {
    const status = subject.wire.seen(result.status, "fork");
    demandReason(status, "FORK_UNSUPPORTED");
    throw new NotApplicable("the environment cannot be reseeded");
  }
  const { outcome, sessions } = forkedOf(subject, result);
  demand(outcome?.fullStateHash.length === 0, "the outcome of DERIVED children names a full hash");
  for (const child of sessions) {
    const semantic = episode.latest.semanticStateHash.toString("hex");
    demandEqual(child.semanticStateHash.toString("hex"), semantic, "semantic hash of a DERIVED child");
  }
}

async function forksAreRequests(subject: Subject): Promise<void> {
  requireForks(subject);
  const episode = await runningEpisode(subject, 1);
  const request = forkRequest(subject, episode, { count: 2 });
  const ids = async (): Promise<string> =>
    forkedOf(subject, await tryFork(subject, request))
      .sessions.map(({ sessionId }) => sessionId)
      .join(" ");
  demandEqual(await ids(), await ids(), "session ids of a fork that was sent twice");
  const other = { ...request, items: [{ sessionId: episode.sessionId, epoch: episode.epoch, count: 3 }] };
  demandReason(await subject.wire.refusal(SERVICE, "Fork", other), "REQUEST_CONFLICT");
}

async function wrongForksAreRefused(subject: Subject): Promise<void> {
  requireForks(subject);
  const episode = await runningEpisode(subject, 2);
  const refusals: readonly (readonly [object, string])[] = [
    [{ count: subject.limits.maxFanOut + 1 }, "FAN_OUT_EXCEEDED"],
    [{ atSeq: 50 }, "SEQ_GAP"],
    [{ epoch: episode.epoch + 5 }, "STALE_EPOCH"],
    [{ sessionId: "no-such-session" }, "SESSION_NOT_FOUND"],
    [{ atSeq: 0, expectedFullStateHash: Buffer.alloc(32, 1) }, "STATE_MISMATCH"],
  ];
  for (const [more, reason] of refusals) {
    demandReason(subject.refused(await tryFork(subject, forkRequest(subject, episode, more)), "fork"), reason);
  }
}

export const forkRules = [
  rule("FRK-1", "full", "Children equal their source at every past seq.", childrenEqualTheSource),
  rule("FRK-2", "full", "The parent's actions give a SHARED child the parent's outcomes.", childrenShareTheFuture),
  rule("FRK-3", "full", "Parent and children never affect each other.", familiesAreApart),
  rule(
    "FRK-4",
    "full",
    "DERIVED children keep the semantic state, and their fork names no full hash.",
    derivedChildrenLookEqual,
  ),
  rule(
    "FRK-5",
    "full",
    "A fork's request_id gives the same children again, and conflicts with other content.",
    forksAreRequests,
  ),
  rule(
    "FRK-6",
    "full",
    "Forks too wide, ahead, of another epoch, session or state are refused as such.",
    wrongForksAreRefused,
  ),
];
