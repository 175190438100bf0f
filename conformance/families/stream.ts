// STR: Interact is the unary API, pipelined. One stream lives through every mistake of its items.

import { Episode, identity, runningEpisode } from "../episode.ts";
import { demand, demandEqual, rule } from "../rule.ts";
import { Stream } from "../stream.ts";
import { demandReason, type Subject } from "../subject.ts";

/** Runs `play` on a stream that is ended afterwards. */
async function onStream(
  subject: Subject,
  play: (stream: Stream, leaseId: string) => Promise<void>,
  hello: object = {},
) {
  const leaseId = subject.uuid();
  const stream = await Stream.open(subject.wire, leaseId, hello);
  try {
    await play(stream, leaseId);
  } finally {
    stream.cancel();
  }
}

async function helloIsWelcomed(subject: Subject): Promise<void> {
  await onStream(subject, async ({ frames }, leaseId) => {
    const [frame] = frames;
    demand(
      frame?.welcome != null && frame.inReplyTo === 1,
      `the first answer is ${frame?.frame}, in reply to ${frame?.inReplyTo}`,
    );
    demand(
      frame.welcome.limits != null && frame.welcome.lease?.leaseId === leaseId,
      "a Welcome lacks limits or the lease",
    );
  });
}

async function helloIsNeeded(subject: Subject): Promise<void> {
  const stream = new Stream(subject.wire);
  stream.send({ frameId: 1, renewLease: { leaseId: subject.uuid() } });
  const end = await stream.ended();
  demand(end !== "ended", "a stream that begins without Hello ends without a status");
  demandReason(end, "MESSAGE_INVALID");
}

async function itemErrorsEndNothing(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  await onStream(subject, async (stream) => {
    const item = episode.item();
    stream.send({
      frameId: 2,
      step: {
        items: [
          { ...item, sessionId: "no-such-session" },
          { ...item, seq: 99 },
        ],
      },
    });
    const [lost, gap] = await stream.results(2);
    demandReason(subject.refused(lost), "SESSION_NOT_FOUND");
    demandReason(subject.refused(gap), "SEQ_GAP");
    stream.send({ frameId: 3, step: { items: [item] } });
    demand((await stream.results(3))[0]?.outcome != null, "after items with errors the stream answers no step");
  });
}

async function malformedFramesEndNothing(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  await onStream(subject, async (stream) => {
    stream.send({ frameId: 2, step: { items: [] } }, { frameId: 3 });
    for (const frameId of [2, 3]) {
      await stream.until(() => stream.answersTo(frameId).length > 0, `the answer to malformed frame ${frameId}`);
      const [answer] = stream.answersTo(frameId);
      demand(answer?.problem != null, `malformed frame ${frameId} is answered by ${answer?.frame}`);
      demandReason(subject.wire.seen(answer.problem, "frame"), "MESSAGE_INVALID");
    }
    stream.send({ frameId: 4, step: { items: [episode.item()] } });
    demand((await stream.results(4))[0]?.outcome != null, "after malformed frames the stream answers no step");
  });
}

async function everyItemIsAnsweredInOrder(subject: Subject): Promise<void> {
  const task = await subject.task();
  const episodes = Episode.of(subject, await subject.group({ task, replicas: 6 }));
  const depth = Math.max(1, Math.min(2, subject.limits.outcomeWindow));
  await onStream(subject, async (stream) => {
    const words = ["one", "two"].slice(0, depth);
    const items = words.flatMap((word, at) =>
      episodes.map((episode) => episode.item(episode.say(word), { seq: at + 1 })),
    );
    stream.send({ frameId: 2, step: { items } });
    const results = await stream.results(2);
    demand(results.length === items.length, `${items.length} items got ${results.length} results`);
    const seqs = new Map<string, number[]>();
    for (const { sessionId, seq } of results) seqs.set(sessionId, [...(seqs.get(sessionId) ?? []), seq]);
    for (const [sessionId, order] of seqs) {
      demandEqual(order.join(" "), words.map((_, at) => at + 1).join(" "), `seqs of ${sessionId} in order of arrival`);
    }
    const parts = stream.answersTo(2);
    demandEqual(
      parts.map(({ more }) => more).join(" "),
      [...parts.slice(1).map(() => true), false].join(" "),
      "`more`",
    );
  });
}

async function streamAgreesWithUnary(subject: Subject): Promise<void> {
  const task = await subject.task();
  const [streamed, unary] = Episode.of(subject, await subject.group({ task, replicas: 2 }));
  await onStream(subject, async (stream) => {
    for (let step = 0; step < 6 && !unary!.isOver; step++) {
      const actions = unary!.drawActions();
      stream.send({ frameId: 10 + step, step: { items: [streamed!.item(actions)] } });
      const [result] = await stream.results(10 + step);
      demand(result?.outcome != null, "a step on the stream got no outcome");
      streamed!.take(result.outcome);
      demandEqual(identity(result.outcome), identity(await unary!.step(actions)), `outcome ${step + 1} on the stream`);
      const again = await subject.stepOne(streamed!.item(actions, { seq: step + 1 }));
      demand(again.outcome?.replayed === true, "a step of the stream, sent again as a unary call, is not replayed");
    }
  });
}

async function secondStreamSupersedes(subject: Subject): Promise<void> {
  const leaseId = subject.uuid();
  const first = await Stream.open(subject.wire, leaseId);
  const second = await Stream.open(subject.wire, leaseId);
  try {
    await first.ended();
    const goAway = first.frames.find(({ frame }) => frame === "goAway")?.goAway;
    demandEqual(`${goAway?.reason}`, "GO_AWAY_REASON_SUPERSEDED", "the last word to a superseded stream");
    second.send({ frameId: 2, renewLease: { leaseId } });
    await second.until(() => second.answersTo(2).length > 0, "an answer on the second stream");
  } finally {
    first.cancel();
    second.cancel();
  }
}

async function windowIsKept(subject: Subject): Promise<void> {
  const task = await subject.task();
  const episodes = Episode.of(subject, await subject.group({ task, replicas: 4 }));
  const play = async (stream: Stream): Promise<void> => {
    const most = stream.frames[0]?.welcome?.limits?.maxInFlightItems;
    demand(most === 2, `Welcome allows ${most} items in flight where the client asked for 2`);
    stream.send({ frameId: 2, step: { items: episodes.map((episode) => episode.item()) } });
    const results = await stream.results(2);
    const refused = results.filter(({ status }) => status != null);
    demand(refused.length === 2, `of 4 items in a window of 2, ${refused.length} were refused`);
    for (const result of refused) demandReason(subject.refused(result), "WINDOW_EXCEEDED");
    const items = episodes.slice(2).map((episode) => episode.item());
    stream.send({ frameId: 3, step: { items } });
    const later = await stream.results(3);
    demand(
      later.every(({ outcome }) => outcome?.replayed === false),
      "an item beyond the window had an effect",
    );
  };
  await onStream(subject, play, { maxInFlightItems: 2 });
}

async function otherFramesWork(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  await onStream(subject, async (stream, leaseId) => {
    stream.send({ frameId: 2, renewLease: { leaseId } });
    stream.send({ frameId: 3, closeSessions: { sessionIds: [episode.sessionId] } });
    await stream.until(() => stream.answersTo(3).length > 0, "the answer to close_sessions");
    demand(stream.answersTo(2)[0]?.renewLease?.lease?.leaseId === leaseId, "renew_lease on the stream is not answered");
    demand(
      stream.answersTo(3)[0]?.closeSessions?.results[0]?.closed?.sessionCount === 1,
      "close_sessions closed nothing",
    );
  });
}

async function halfCloseIsPolite(subject: Subject): Promise<void> {
  const episodes = Episode.of(subject, await subject.group({ task: await subject.task(), replicas: 5 }));
  const stream = await Stream.open(subject.wire, subject.uuid());
  stream.send({ frameId: 2, step: { items: episodes.map((episode) => episode.item()) } });
  stream.halfClose();
  const end = await stream.ended();
  demandEqual(JSON.stringify(end), '"ended"', "the end of a stream that the client half-closed");
  const answered = stream.answersTo(2).flatMap(({ step }) => step?.results ?? []).length;
  demand(answered === 5, `of 5 items sent before the half-close ${answered} were answered`);
}

export const streamRules = [
  rule("STR-1", "core", "Hello is answered by Welcome with limits and lease.", helloIsWelcomed),
  rule("STR-2", "core", "A stream that begins without Hello ends with MESSAGE_INVALID.", helloIsNeeded),
  rule("STR-3", "core", "Errors of items never end a stream.", itemErrorsEndNothing),
  rule(
    "STR-4",
    "core",
    "A malformed frame is answered by a problem, and the stream goes on.",
    malformedFramesEndNothing,
  ),
  rule(
    "STR-5",
    "core",
    "Every item is answered once, a session's items in seq order, and `more` ends with the last.",
    everyItemIsAnsweredInOrder,
  ),
  rule(
    "STR-6",
    "core",
    "A step gives the same outcome on the stream and as a unary call, and is one step in both.",
    streamAgreesWithUnary,
  ),
  rule("STR-7", "core", "A second stream with the same lease supersedes the first.", secondStreamSupersedes),
  rule("STR-8", "core", "Items beyond the stream's window answer WINDOW_EXCEEDED and have no effect.", windowIsKept),
  rule("STR-9", "core", "Leases are renewed and sessions closed on the stream too.", otherFramesWork),
  rule("STR-10", "core", "A half-closed stream answers what is due and then ends properly.", halfCloseIsPolite),
];
