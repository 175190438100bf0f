// ONE: an effect happens once per (session, epoch, seq), whatever the network and the caller do. Each row of the table in
// section 5 of the protocol is one rule.

import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { StepResponse } from "../../proto/gen/anchorgym/v1/StepResponse.ts";
import { CuttingProxy } from "../cutting-proxy.ts";
import { Episode, equalEpisodes, identity, newEpisode, runningEpisode } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule, Violation } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";
import { CallRefused, type Wire } from "../wire.ts";

function outcomeOf(result: { readonly outcome?: Outcome | null }, what: string): Outcome {
  if (result.outcome == null) throw new Violation(`${what} got a status`);
  return result.outcome;
}

async function repeatedStepIsReplayed(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 2);
  const item = episode.item();
  const first = outcomeOf(await subject.stepOne(item), "a step");
  demand(!first.replayed, "a first answer is marked replayed");
  const again = outcomeOf(await subject.stepOne(item), "the same step again");
  demand(again.replayed, "the same step again is not marked replayed");
  demandEqual(identity(again), identity(first), "the stored outcome");
}

async function repetitionMovesNothing(subject: Subject): Promise<void> {
  const task = await subject.task();
  const [episode, twin] = Episode.of(subject, await subject.group({ task, replicas: 2 }));
  for (let seq = 1; seq <= 6 && !episode!.isOver; seq++) {
    const actions = episode!.drawActions();
    await subject.stepOne(episode!.item(actions));
    const told = await episode!.step(actions);
    const once = await twin!.step(actions);
    demandEqual(identity(told), identity(once), `outcome ${seq} of a session whose steps are all sent twice`);
  }
}

async function otherActionsConflict(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  const item = episode.item(episode.say("first"));
  outcomeOf(await subject.stepOne(item), "a step");
  const status = subject.refused(await subject.stepOne({ ...item, actions: [...episode.say("second")] }));
  demandReason(status, "STEP_CONFLICT");
}

async function gapsAreRefused(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  const status = subject.refused(await subject.stepOne(episode.item(undefined, { seq: episode.nextSeq + 1 })));
  demandReason(status, "SEQ_GAP");
  demandEqual(status.metadata["next_seq"] ?? "", String(episode.nextSeq), "metadata next_seq of SEQ_GAP");
  const outcome = await episode.step();
  demand(!outcome.replayed, "a step that was refused with SEQ_GAP had an effect");
}

async function staleEpochIsRefused(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  const status = subject.refused(await subject.stepOne(episode.item(undefined, { epoch: episode.epoch + 1 })));
  demandReason(status, "STALE_EPOCH");
  demand(!(await episode.step()).replayed, "a step of another epoch had an effect");
}

async function forgottenStepsAreRefused(subject: Subject): Promise<void> {
  const window = subject.limits.outcomeWindow;
  if (window === 0 || window > 32) throw new NotApplicable(`the window of ${window} outcomes is too wide to leave`);
  const episode = await runningEpisode(subject, 0);
  const oldest = episode.item();
  outcomeOf(await subject.stepOne(oldest), "a step");
  episode.take(outcomeOf(await subject.stepOne(oldest), "the same step again"));
  for (let step = 0; step < window; step++) {
    if (episode.isOver) throw new NotApplicable("the drawn episode ended within the window");
    await episode.step();
  }
  demandReason(subject.refused(await subject.stepOne(oldest)), "SEQ_EXPIRED");
}

async function twoSendersShareOneStep(subject: Subject): Promise<void> {
  const task = await subject.task();
  const [episode, twin] = Episode.of(subject, await subject.group({ task, replicas: 2 }));
  for (let round = 0; round < 4 && !episode!.isOver; round++) {
    const actions = episode!.drawActions();
    const item = episode!.item(actions);
    const answers = await Promise.all([item, item, item].map((sent) => subject.stepOne(sent)));
    const [told, ...others] = answers.map((answer) => outcomeOf(answer, "one of three senders of a step"));
    for (const other of others)
      demandEqual(identity(other), identity(told!), "the answers to three senders of one step");
    episode!.take(told!);
    demandEqual(identity(told!), identity(await twin!.step(actions)), "a step that three senders sent at once");
  }
}

async function preconditionsHold(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  const actions = episode.drawActions();
  const wrong = episode.item(actions, { expectedFullStateHash: Buffer.alloc(32, 1) });
  demandReason(subject.refused(await subject.stepOne(wrong)), "STATE_MISMATCH");
  const right = { ...wrong, expectedFullStateHash: episode.latest.fullStateHash };
  const outcome = outcomeOf(await subject.stepOne(right), "a step with the true precondition");
  demand(!outcome.replayed, "a step whose precondition failed had an effect");
}

async function agentsAreChecked(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  const stranger = [{ agentId: "stranger", text: "look" }];
  demandReason(subject.refused(await subject.stepOne(episode.item(stranger))), "AGENTS_MISMATCH");
  demandReason(subject.refused(await subject.stepOne(episode.item([]))), "AGENTS_MISMATCH", "MESSAGE_INVALID");
  demand(!(await episode.step()).replayed, "a step of a stranger had an effect");
}

async function unknownSessionFailsAlone(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 1);
  const item = episode.item();
  const [lost, found] = await subject.step([{ ...item, sessionId: "no-such-session" }, item]);
  demandReason(subject.refused(lost), "SESSION_NOT_FOUND");
  demand(found?.outcome != null, "an unknown session took another item with it");
}

async function closedSessionsAreRefused(subject: Subject): Promise<void> {
  const group = await subject.group({ task: await subject.task(), replicas: 2 });
  const [first, second] = Episode.of(subject, group);
  await subject.close([], [first!.sessionId]);
  await subject.close([], [first!.sessionId]);
  demandReason(subject.refused(await subject.stepOne(first!.item())), "SESSION_CLOSED");
  demand((await second!.step()).seq === 1, "closing a session moved its sibling");
}

async function endedEpisodesAreRefused(subject: Subject): Promise<void> {
  const limit = Math.min(subject.environment.limits?.maxTurns || 200, 200);
  for (let seed = 1; seed <= 5; seed++) {
    const episode = await newEpisode(subject, seed);
    const acted = episode.latest.actingAgents;
    const actions = await episode.play(limit + 1);
    if (!episode.isOver) continue;
    const beyond = episode.item(acted.map((agentId) => ({ agentId, text: "look" })));
    demandReason(subject.refused(await subject.stepOne(beyond)), "EPISODE_ENDED");
    const last = { ...beyond, seq: episode.latest.seq, actions: [...actions.at(-1)!] };
    const told = outcomeOf(await subject.stepOne(last), "the last step of an ended episode, sent again,");
    demandEqual(identity(told), identity(episode.latest), "the stored last outcome");
    return;
  }
  throw new NotApplicable(`no drawn episode ended within ${limit} steps`);
}

async function batchesKeepOrder(subject: Subject): Promise<void> {
  if (subject.limits.outcomeWindow < 3) throw new NotApplicable("fewer than 3 steps of a session may be queued");
  const [episode, twin] = (await equalEpisodes(subject, 2, 0)) as [Episode, Episode];
  const items = [];
  for (const word of ["one", "two", "three"]) {
    if (twin.isOver) throw new NotApplicable("the drawn episode ended within three steps");
    const actions = twin.say(word);
    items.push(episode.item(actions, { seq: twin.nextSeq }));
    await twin.step(actions);
  }
  for (const [at, result] of (await subject.step(items)).entries()) {
    const outcome = outcomeOf(result, `item ${at} of three steps of one session`);
    demandEqual(identity(outcome), identity(twin.outcomes[at + 1] as Outcome), `outcome of item ${at}`);
  }
}

async function refusalSendsQueueBack(subject: Subject): Promise<void> {
  if (subject.limits.outcomeWindow < 2) throw new NotApplicable("fewer than 2 steps of a session may be queued");
  const episode = await runningEpisode(subject, 1);
  const bad = episode.item([{ agentId: "stranger", text: "look" }]);
  const behind = episode.item(undefined, { seq: episode.nextSeq + 1 });
  const results = await subject.step([bad, behind]);
  demandReason(subject.refused(results[0]), "AGENTS_MISMATCH");
  demandReason(subject.refused(results[1]), "SEQ_GAP");
}

async function cancellingUndoesNothing(subject: Subject): Promise<void> {
  const task = await subject.task();
  const [episode, twin] = Episode.of(subject, await subject.group({ task, replicas: 2 }));
  const client = subject.wire.client("EnvironmentService") as unknown as {
    Step(request: object, done: (error: Error | null) => void): { cancel(): void };
  };
  for (let round = 0; round < 6 && !episode!.isOver; round++) {
    const actions = episode!.drawActions();
    await new Promise<void>((resolve) => {
      const call = client.Step({ items: [episode!.item(actions)] }, () => resolve());
      setTimeout(() => call.cancel(), 4 * round);
    });
    demandEqual(
      identity(await episode!.step(actions)),
      identity(await twin!.step(actions)),
      "a step that was cancelled",
    );
  }
}

async function cutsApplyNothingTwice(subject: Subject): Promise<void> {
  const proxy = await CuttingProxy.start(subject.wire.address);
  const wire = subject.wire.through(proxy.address);
  try {
    const task = await subject.task();
    const [episode, twin] = Episode.of(subject, await subject.group({ task, replicas: 2 }));
    for (let round = 0; round < 12 && !episode!.isOver; round++) {
      const actions = episode!.drawActions();
      const items = [episode!.item(actions)];
      // In turns: left alone, the answer lost, cut at a drawn moment.
      const timer = round % 3 === 2 ? setTimeout(() => proxy.cut(), subject.draw(4)) : undefined;
      if (round % 3 === 1) proxy.loseNextAnswer();
      const told = await sendUntilAnswered(wire, { items });
      clearTimeout(timer);
      episode!.take(told);
      const once = await twin!.step(actions);
      demandEqual(
        identity(told),
        identity(once),
        `outcome ${once.seq} of a session whose connection is cut all the time`,
      );
    }
  } finally {
    wire.close();
    proxy.close();
  }
}

async function sendUntilAnswered(wire: Wire, request: object): Promise<Outcome> {
  for (let attempt = 0; attempt < 20; attempt++) {
    try {
      const { results } = await wire.call<StepResponse>("EnvironmentService", "Step", request);
      return outcomeOf(results[0] ?? {}, "a step sent again after its connection was cut");
    } catch (thrown) {
      if (!(thrown instanceof CallRefused)) throw thrown;
    }
  }
  throw new Violation("a step got no answer in 20 attempts over a connection that is cut now and then");
}

export const exactlyOnceRules = [
  rule("ONE-1", "core", "A step sent again returns the stored outcome, marked replayed.", repeatedStepIsReplayed),
  rule("ONE-2", "core", "A step sent again has no second effect.", repetitionMovesNothing),
  rule("ONE-3", "core", "A consumed seq with other actions answers STEP_CONFLICT.", otherActionsConflict),
  rule("ONE-4", "core", "A seq beyond the next one answers SEQ_GAP with next_seq and changes nothing.", gapsAreRefused),
  rule("ONE-5", "core", "Another epoch answers STALE_EPOCH and changes nothing.", staleEpochIsRefused),
  rule("ONE-6", "core", "A seq below the window answers SEQ_EXPIRED.", forgottenStepsAreRefused),
  rule("ONE-7", "core", "Senders of one step at the same time share one execution.", twoSendersShareOneStep),
  rule("ONE-8", "core", "A wrong precondition hash answers STATE_MISMATCH and consumes nothing.", preconditionsHold),
  rule(
    "ONE-9",
    "core",
    "Actions of other agents than the acting ones answer AGENTS_MISMATCH and consume nothing.",
    agentsAreChecked,
  ),
  rule(
    "ONE-10",
    "core",
    "An unknown session answers SESSION_NOT_FOUND and harms no other item.",
    unknownSessionFailsAlone,
  ),
  rule(
    "ONE-11",
    "core",
    "A closed session answers SESSION_CLOSED; closing twice is no error.",
    closedSessionsAreRefused,
  ),
  rule(
    "ONE-12",
    "core",
    "An ended episode answers EPISODE_ENDED and still tells its last outcome.",
    endedEpisodesAreRefused,
  ),
  rule("ONE-13", "core", "Items of one session run in the order of the batch.", batchesKeepOrder),
  rule("ONE-14", "core", "Items queued behind a refused one answer SEQ_GAP.", refusalSendsQueueBack),
  rule("ONE-15", "core", "Cancelling a call neither undoes nor doubles its step.", cancellingUndoesNothing),
  rule(
    "ONE-16",
    "core",
    "With a connection that is cut again and again each step takes effect once.",
    cutsApplyNothingTwice,
  ),
];
