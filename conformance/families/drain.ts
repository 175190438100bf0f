// DRN: what a server that is asked to stop still owes. Needs --restart, with a command that asks politely.

import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import { Episode, essence } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import type { Subject } from "../subject.ts";
import { fetchLog } from "../trajectory.ts";
import { resume, resumedOf } from "./resume.ts";

async function nothingAnsweredIsLost(subject: Subject): Promise<void> {
  const { restart } = subject;
  if (restart === undefined) throw new NotApplicable("no --restart command was given");
  if (subject.limits.durability === "DURABILITY_MEMORY") throw new NotApplicable("durability is MEMORY");
  const episodes = Episode.of(subject, await subject.group({ task: await subject.task(), replicas: 6 }));
  for (const episode of episodes) await episode.play(1);
  // Steps go on while the server is asked to stop; those without an answer may or may not have happened.
  const playing = Promise.allSettled(episodes.map((episode) => episode.play(30)));
  await restart();
  await playing;
  const results = await resume(subject, { sessionIds: episodes.map(({ sessionId }) => sessionId) });
  for (const [at, episode] of episodes.entries()) {
    const { session } = resumedOf(subject, results[at]);
    const answered = episode.latest;
    demand(
      (session?.nextSeq ?? 0) > answered.seq,
      `step ${answered.seq} was answered; after a restart next_seq is ${session?.nextSeq}`,
    );
    const { entries } = await fetchLog(subject, episode.sessionId);
    for (const outcome of episode.outcomes) {
      demandEqual(
        essence(entries[outcome.seq]?.outcome as Outcome),
        essence(outcome),
        `outcome ${outcome.seq} after a restart`,
      );
    }
  }
}

export const drainRules = [
  rule("DRN-1", "full", "Whatever was answered before or during a restart is there after it.", nothingAnsweredIsLost),
];
