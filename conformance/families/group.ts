// GRP: sessions that start in one verified state and then go their own ways.

import { Episode, identity } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";

async function replicasAreEqual(subject: Subject): Promise<void> {
  const [task, other] = await subject.tasks(2);
  for (const group of await subject.groups([
    { task: task!, replicas: 4 },
    { task: other!, replicas: 3 },
  ])) {
    const { groupId, initial, sessions } = group;
    demand(initial != null && initial.seq === 0, `a group's initial outcome has seq ${initial?.seq}`);
    sessions.forEach((session, index) => {
      demand(session.replicaIndex === index, `session ${index} has replica_index ${session.replicaIndex}`);
      demandEqual(session.groupId, groupId, "group_id of a session");
      demand(session.nextSeq === 1, `a new session has next_seq ${session.nextSeq}`);
      demand(session.epoch >= 1, `a new session has epoch ${session.epoch}`);
      demandEqual(`${session.state}`, "SESSION_STATE_ACTIVE", "state of a new session");
      for (const field of ["fullStateHash", "semanticStateHash"] as const) {
        demandEqual(session[field].toString("hex"), initial[field].toString("hex"), `${field} of replica ${index}`);
      }
    });
    demand(
      new Set(sessions.map(({ sessionId }) => sessionId)).size === sessions.length,
      "two replicas share a session id",
    );
  }
}

async function groupSizesHold(subject: Subject): Promise<void> {
  const task = await subject.task();
  const groups = await subject.groups([
    { task, replicas: 1 },
    { task, replicas: 5 },
  ]);
  const sizes = groups.map(({ sessions }) => sessions.length);
  demandEqual(sizes.join(" "), "1 5", "numbers of sessions");
  const ids = groups.flatMap(({ sessions }) => sessions.map(({ sessionId }) => sessionId));
  demand(new Set(ids).size === 6, "two groups share a session");
}

async function derivedReplicasLookEqual(subject: Subject): Promise<void> {
  const task = await subject.task();
  const { initial, sessions } = await subject.group({ task, replicas: 3, derived: true });
  demand(initial != null, "a group has no initial outcome");
  demand(initial.fullStateHash.length === 0, "initial.full_state_hash of a DERIVED group is not empty");
  for (const { semanticStateHash, replicaIndex } of sessions) {
    const what = `semantic hash of replica ${replicaIndex}`;
    demandEqual(semanticStateHash.toString("hex"), initial.semanticStateHash.toString("hex"), what);
  }
}

async function replicasShareTheFuture(subject: Subject): Promise<void> {
  if (subject.environment.determinism !== "DETERMINISM_BIT_EXACT") throw new NotApplicable("not BIT_EXACT");
  const [first, second] = Episode.of(subject, await subject.group({ task: await subject.task(), replicas: 2 }));
  for (const actions of await first!.play(8)) await second!.step(actions);
  first!.outcomes.forEach((outcome, seq) => {
    demandEqual(identity(second!.outcomes[seq]!), identity(outcome), `outcome ${seq} of the second replica`);
  });
}

async function replicasAreApart(subject: Subject): Promise<void> {
  const task = await subject.task();
  const [moved, still] = Episode.of(subject, await subject.group({ task, replicas: 2 }));
  const [alone] = Episode.of(subject, await subject.group({ task }));
  await moved!.play(5);
  const actions = still!.drawActions();
  const after = await still!.step(actions);
  demand(after.seq === 1, `stepping one replica moved the other to seq ${after.seq}`);
  demandEqual(
    identity(after),
    identity(await alone!.step(actions)),
    "the first step of a replica whose twin has moved",
  );
}

async function badItemFailsAlone(subject: Subject): Promise<void> {
  const task = await subject.task();
  const wishes = [{ task }, { task: { ...task, taskId: "no-such-task" } }, { task }];
  const { results } = await subject.create(subject.createRequest(wishes));
  demandEqual(results.map(({ groupKey }) => groupKey).join(" "), "g0 g1 g2", "group_key of the results, in item order");
  demandReason(subject.refused(results[1], "group"), "TASK_NOT_FOUND");
  demand(results[0]?.group != null && results[2]?.group != null, "an unknown task took other groups with it");
}

async function malformedItemsAreRefused(subject: Subject): Promise<void> {
  const { results } = await subject.create(subject.createRequest([{ task: await subject.task(), replicas: 0 }]));
  demandReason(subject.refused(results[0], "group"), "MESSAGE_INVALID");
  const unknown = await subject.create(
    subject.createRequest([{ task: await subject.task() }], { environment: "nowhere" }),
  );
  demandReason(subject.refused(unknown.results[0], "group"), "ENVIRONMENT_NOT_FOUND");
}

async function buildPinHolds(subject: Subject): Promise<void> {
  const wishes = [{ task: await subject.task() }];
  const right = await subject.groups(wishes, { expectedBuildDigest: subject.environment.buildDigest });
  demand(right.length === 1, "a request that pins the true build was not answered");
  const wrong = subject.createRequest(wishes, { expectedBuildDigest: Buffer.alloc(32, 1) });
  demandReason(await subject.wire.refusal("EnvironmentService", "CreateGroups", wrong), "BUILD_CHANGED");
}

export const groupRules = [
  rule("GRP-1", "core", "The replicas of a group are new sessions in one state, numbered from 0.", replicasAreEqual),
  rule("GRP-2", "core", "A group has as many sessions as were asked for, and shares none.", groupSizesHold),
  rule(
    "GRP-3",
    "core",
    "DERIVED replicas start in one semantic state, and their group names no full hash.",
    derivedReplicasLookEqual,
  ),
  rule("GRP-4", "core", "SHARED replicas have one future: equal actions give equal outcomes.", replicasShareTheFuture),
  rule("GRP-5", "core", "Stepping one replica leaves the others alone.", replicasAreApart),
  rule(
    "GRP-6",
    "core",
    "An unknown task fails its group alone, and results keep the order of the items.",
    badItemFailsAlone,
  ),
  rule(
    "GRP-7",
    "core",
    "A group without replicas and one of an unknown environment are refused as items.",
    malformedItemsAreRefused,
  ),
  rule("GRP-8", "core", "A pinned build holds or fails the call with BUILD_CHANGED.", buildPinHolds),
];
