// RES: sessions change hands. The epoch fences the former holder; state and window come back whole.

import type { AgentActionInit } from "../../proto/gen/anchorgym/v1/AgentAction.ts";
import type { Resumed } from "../../proto/gen/anchorgym/v1/Resumed.ts";
import type { ResumeResult } from "../../proto/gen/anchorgym/v1/ResumeResult.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { Episode, equalEpisodes, essence, runningEpisode } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule, Violation } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";
import { describeStatus } from "../wire.ts";

const LATE_MS = 5_000;

function requireResume(subject: Subject): void {
  if (subject.environment.determinism === "DETERMINISM_NONE") throw new NotApplicable("determinism is NONE");
}

/** @param more which sessions, and anything else of the request */
export async function resume(subject: Subject, more: object): Promise<readonly ResumeResult[]> {
  const request = { requestId: subject.uuid(), leaseId: subject.uuid(), ...more };
  return (await subject.wire.call<ResumeSessionsResponse>("EnvironmentService", "ResumeSessions", request)).results;
}

export function resumedOf(subject: Subject, result: ResumeResult | undefined): Resumed {
  if (result?.resumed != null) return result.resumed;
  const why = result?.status == null ? "nothing" : describeStatus(subject.wire.seen(result.status, "resume"));
  throw new Violation(`a session that was to be resumed got ${why}`);
}

/** The same episode under the epoch that a resume gave it. */
function continued(episode: Episode, { session }: Resumed): Episode {
  const next = new Episode(
    episode.subject,
    { sessionId: episode.sessionId, epoch: session?.epoch ?? 0 },
    episode.outcomes[0]!,
  );
  for (const outcome of episode.outcomes.slice(1)) next.take(outcome);
  return next;
}

async function resumeFences(subject: Subject): Promise<void> {
  requireResume(subject);
  const [episode, twin] = await equalEpisodes(subject, 2, 2);
  const former = episode as Episode;
  const resumed = resumedOf(subject, (await resume(subject, { sessionIds: [former.sessionId] }))[0]);
  const epoch = resumed.session?.epoch ?? 0;
  demand(epoch > former.epoch, `a resume gave epoch ${epoch} after ${former.epoch}`);
  demandReason(subject.refused(await subject.stepOne(former.item())), "STALE_EPOCH");
  const actions = (twin as Episode).drawActions();
  const stepped = await continued(former, resumed).step(actions);
  demand(!stepped.replayed, "a step of a fenced holder had an effect");
  demandEqual(essence(stepped), essence(await (twin as Episode).step(actions)), "the first step after a resume");
}

async function resumeRestores(subject: Subject): Promise<void> {
  requireResume(subject);
  const episode = await runningEpisode(subject, 2);
  const actions = episode.drawActions();
  const last = await episode.step(actions);
  const resumed = resumedOf(subject, (await resume(subject, { sessionIds: [episode.sessionId] }))[0]);
  demand(resumed.last != null && resumed.session != null, "a resumed session lacks its last outcome or itself");
  demandEqual(essence(resumed.last), essence(last), "the last outcome of a resumed session");
  demandEqual(resumed.session.fullStateHash.toString("hex"), last.fullStateHash.toString("hex"), "its full hash");
  demand(resumed.session.nextSeq === last.seq + 1, `its next_seq is ${resumed.session.nextSeq}, not ${last.seq + 1}`);
  const item = { sessionId: episode.sessionId, epoch: resumed.session.epoch, seq: last.seq, actions: [...actions] };
  const told = (await subject.stepOne(item)).outcome;
  demand(told?.replayed === true, "the last step, sent again after a resume, is not replayed");
}

async function suspendedSessionsReturn(subject: Subject): Promise<void> {
  requireResume(subject);
  const ttlMs = Number(subject.limits.minLeaseTtl?.seconds ?? 1) * 1_000 || 1_000;
  if (ttlMs > 3_000) throw new NotApplicable(`the shortest lease lasts ${ttlMs} ms`);
  const task = await subject.task();
  const leaseId = subject.uuid();
  const leaseTtl = { seconds: ttlMs / 1_000, nanos: 0 };
  const [group] = await subject.groups([{ task, replicas: 2 }], { leaseId, leaseTtl });
  const [alone] = Episode.of(subject, await subject.group({ task }));
  const episodes = Episode.of(subject, group!);
  const taken: (readonly AgentActionInit[])[] = [alone!.drawActions()];
  for (const episode of episodes) for (const actions of taken) await episode.step(actions);
  for (const actions of taken) await alone!.step(actions);
  if (alone!.isOver) throw new NotApplicable("the drawn episode ended in one step");
  await new Promise((resolve) => setTimeout(resolve, ttlMs + LATE_MS));
  const status = subject.refused(await subject.stepOne(episodes[0]!.item()));
  if (status.reason === "SESSION_CLOSED") throw new NotApplicable("the server closes what it could suspend");
  demandReason(status, "SESSION_SUSPENDED");
  const results = await resume(subject, { fromLeaseId: leaseId });
  demand(results.length === 2, `a lease with 2 suspended sessions gave ${results.length}`);
  const actions = alone!.drawActions();
  const expected = essence(await alone!.step(actions));
  for (const episode of episodes) {
    const resumed = resumedOf(
      subject,
      results.find(({ sessionId }) => sessionId === episode.sessionId),
    );
    demandEqual(
      essence(await continued(episode, resumed).step(actions)),
      expected,
      "the first step after a suspension",
    );
  }
}

async function strangersAreRefused(subject: Subject): Promise<void> {
  requireResume(subject);
  const episode = await runningEpisode(subject, 1);
  const closed = await runningEpisode(subject, 1);
  await subject.close([], [closed.sessionId]);
  const sessionIds = ["no-such-session", closed.sessionId, episode.sessionId];
  const [unknown, gone, found] = await resume(subject, { sessionIds });
  demandReason(subject.refused(unknown, "resume"), "SESSION_NOT_FOUND");
  demandReason(subject.refused(gone, "resume"), "SESSION_CLOSED");
  resumedOf(subject, found);
}

export const resumeRules = [
  rule("RES-1", "full", "A resume raises the epoch and fences the former holder.", resumeFences),
  rule("RES-2", "full", "A resume restores state, next_seq and the stored outcomes.", resumeRestores),
  rule("RES-3", "full", "Sessions of an expired lease come back whole from their log.", suspendedSessionsReturn),
  rule("RES-4", "full", "Unknown and closed sessions are refused, and harm no other item.", strangersAreRefused),
];
