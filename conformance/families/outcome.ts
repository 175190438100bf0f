// OUT: what an outcome may say. Agents' mistakes are outcomes here, whatever bytes they are made of.

import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import { Episode, identity, newEpisode, runningEpisode } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const TERMINATING = new Set(["END_REASON_GOAL_REACHED", "END_REASON_TASK_FAILED", "END_REASON_AGENT_STOPPED"]);
const NEVER_TRAVELS = new Set([
  "END_REASON_CONTEXT_LIMIT",
  "END_REASON_CANCELLED",
  "END_REASON_LEASE_EXPIRED",
  "END_REASON_INFRA_ERROR",
  "END_REASON_ENV_ERROR",
]);

/** Whole episodes of drawn actions, up to a limit, and each outcome held to `check`. */
async function eachOutcome(subject: Subject, check: (outcome: Outcome) => void): Promise<void> {
  const limit = Math.min(subject.environment.limits?.maxTurns || 60, 60);
  for (const task of await subject.tasks(4)) {
    const [episode] = Episode.of(subject, await subject.group({ task }));
    await episode!.play(limit);
    episode!.outcomes.forEach(check);
  }
}

function endsAreWhole(outcome: Outcome): void {
  const { actingAgents, endReason, score, seq } = outcome;
  const isOver = endReason !== "END_REASON_UNSPECIFIED";
  demand(
    isOver === (actingAgents.length === 0),
    `seq ${seq}: end_reason ${endReason}, acting agents ${actingAgents.length}`,
  );
  demand(isOver === (score !== undefined), `seq ${seq}: end_reason ${endReason}, score ${score}`);
  if (score !== undefined) demand(score >= 0 && score <= 1, `seq ${seq}: score ${score} is outside [0, 1]`);
}

function flagsFit(outcome: Outcome): void {
  const { agents, endReason, seq } = outcome;
  const reason = `${endReason}`;
  demand(!NEVER_TRAVELS.has(reason), `seq ${seq}: an outcome says ${reason}, which belongs to logs alone`);
  const isOver = reason !== "END_REASON_UNSPECIFIED";
  for (const { agentId, terminated, truncated } of agents) {
    const who = `seq ${seq}, agent ${JSON.stringify(agentId)}`;
    demand(!(terminated && truncated), `${who}: both terminated and truncated`);
    if (isOver && agents.length === 1) {
      const expected = TERMINATING.has(reason) ? "terminated" : "truncated";
      demandEqual(terminated ? "terminated" : truncated ? "truncated" : "neither", expected, `${who}, ${reason}`);
    }
    if (!isOver && agents.length === 1) demand(!terminated && !truncated, `${who}: ended, but the episode goes on`);
  }
}

async function rewardsAddUp(subject: Subject): Promise<void> {
  const declared = new Set(subject.environment.rewardComponents);
  await eachOutcome(subject, ({ agents, seq }) => {
    for (const { agentId, reward, rewardComponents } of agents) {
      const who = `seq ${seq}, agent ${JSON.stringify(agentId)}`;
      demand(Number.isFinite(reward), `${who}: reward ${reward}`);
      const sum = rewardComponents.reduce((total, { value }) => total + value, 0);
      demand(Math.abs(sum - reward) <= 1e-9, `${who}: components add up to ${sum}, reward is ${reward}`);
      for (const { name } of rewardComponents) demand(declared.has(name), `${who}: component ${name} is not declared`);
    }
  });
}

async function countersRun(subject: Subject): Promise<void> {
  for (const task of await subject.tasks(2)) {
    const [episode] = Episode.of(subject, await subject.group({ task }));
    await episode!.play(12);
    episode!.outcomes.forEach(({ seq, turn }, at) => {
      demand(seq === at, `outcome ${at} has seq ${seq}`);
      demand(turn >= (episode!.outcomes[at - 1]?.turn ?? 0) && turn <= seq, `outcome ${at} has turn ${turn}`);
      if (subject.environment.turnModel === "TURN_MODEL_SINGLE")
        demand(turn === seq, `turn ${turn} at seq ${seq}, one agent`);
    });
  }
}

async function listedActionsAreAdmissible(subject: Subject): Promise<void> {
  const judged = ({ agents, seq }: Outcome, form: string): void => {
    for (const { actionValidity, normalizedAction } of agents) {
      const isRefused =
        actionValidity === "ACTION_VALIDITY_NOT_ADMISSIBLE" || actionValidity === "ACTION_VALIDITY_UNPARSABLE";
      demand(!isRefused, `seq ${seq}: a listed action, sent as ${form}, is ${actionValidity} (${normalizedAction})`);
    }
  };
  for (const task of await subject.tasks(3)) {
    const [byText, byChoice] = Episode.of(subject, await subject.group({ task, replicas: 2 }));
    const acting = byText!.latest.actingAgents;
    if (acting.some((agentId) => byText!.admissible(agentId).length === 0))
      throw new NotApplicable("nothing is listed");
    for (let step = 0; step < 6 && !byText!.isOver; step++) {
      const actions = byText!.drawTexts();
      const choices = actions.map(({ agentId = "", text = "" }) => {
        return { agentId, choice: byChoice!.admissible(agentId).indexOf(text) };
      });
      judged(await byText!.step(actions), "text");
      if (subject.environment.actionModes.includes("ACTION_MODE_CHOICE"))
        judged(await byChoice!.step(choices), "choice");
      else await byChoice!.step(actions);
    }
  }
}

async function anyBytesAreAnOutcome(subject: Subject): Promise<void> {
  const texts = ["", "\u0000", "\uFFFD\uFFFE", "{}", "'; drop table", "🙂".repeat(20), " \n\t ", "A".repeat(200)];
  const random = Array.from({ length: 20 }, () =>
    String.fromCharCode(...Array.from({ length: 1 + subject.draw(30) }, () => subject.draw(0xd7ff))),
  );
  let episode = await newEpisode(subject);
  for (const [at, text] of [...texts, ...random].entries()) {
    if (episode.isOver) episode = await newEpisode(subject, at + 2);
    await episode.step(episode.say(text));
  }
}

async function mistakesAreJudged(subject: Subject): Promise<void> {
  const validities = ({ agents }: Outcome): string =>
    [...new Set(agents.map(({ actionValidity }) => `${actionValidity}`.replace("ACTION_VALIDITY_", "")))].join(" ");
  const acting = (episode: Episode) => episode.latest.actingAgents;
  const most = subject.environment.limits?.maxActionBytes ?? 0;
  const episode = await runningEpisode(subject, 0);
  if (most > 0) {
    const long = await episode.step(episode.say("x".repeat(most + 1)));
    demandEqual(
      validities(long).replace("UNSPECIFIED", "").trim(),
      "UNPARSABLE",
      "validity of a text that is too long",
    );
  }
  const choosing = await runningEpisode(subject, 0);
  if (acting(choosing).every((agentId) => choosing.admissible(agentId).length > 0)) {
    const choice = await choosing.step(acting(choosing).map((agentId) => ({ agentId, choice: 4_000_000_000 })));
    const judged = validities(choice).replace("UNSPECIFIED", "").trim();
    demandEqual(judged, "NOT_ADMISSIBLE", "validity of a choice out of range");
  }
  const calling = await runningEpisode(subject, 0);
  const call = { callId: "1", name: "no-such-tool", argumentsJson: "{}" };
  const tools = await calling.step(acting(calling).map((agentId) => ({ agentId, toolCalls: { calls: [call] } })));
  demandEqual(validities(tools).replace("UNSPECIFIED", "").trim(), "SCHEMA_MISMATCH", "validity of an unknown tool");
}

async function leanLeavesOut(subject: Subject): Promise<void> {
  const task = await subject.task();
  const [full, lean] = Episode.of(subject, await subject.group({ task, replicas: 2 }));
  for (let step = 0; step < 4 && !full!.isOver; step++) {
    const actions = full!.drawActions();
    const told = await full!.step(actions);
    const brief = await lean!.step(actions, { detail: "DETAIL_LEAN" });
    for (const { observation, actionSpace } of brief.agents) {
      demand(
        observation == null && actionSpace == null,
        `seq ${brief.seq}: LEAN carries an observation or an action space`,
      );
    }
    for (const { observation } of told.agents)
      demand(observation != null, `seq ${told.seq}: FULL carries no observation`);
    const cut = {
      ...told,
      agents: told.agents.map((agent) => ({ ...agent, anchor: "", observation: null, actionSpace: null })),
    };
    // The anchor is text of the observation: it may stay or go with it.
    const plain = { ...brief, agents: brief.agents.map((agent) => ({ ...agent, anchor: "" })) };
    demandEqual(identity(plain), identity(cut), `outcome ${told.seq} under LEAN`);
  }
}

async function episodesEnd(subject: Subject): Promise<void> {
  const [task] = [...(await subject.tasks(8))].sort((a, b) => a.maxTurns - b.maxTurns);
  if (task === undefined || task.maxTurns === 0 || task.maxTurns > 400) throw new NotApplicable("no short step limit");
  const [episode] = Episode.of(subject, await subject.group({ task }));
  await episode!.play(task.maxTurns * Math.max(1, subject.environment.agents.length));
  demand(episode!.isOver, `an episode of at most ${task.maxTurns} turns goes on after ${episode!.latest.seq} steps`);
}

async function endedAgentsNeverAct(subject: Subject): Promise<void> {
  const limit = Math.min(subject.environment.limits?.maxTurns || 60, 60);
  for (const task of await subject.tasks(4)) {
    const [episode] = Episode.of(subject, await subject.group({ task }));
    await episode!.play(limit);
    const ended = new Set<string>();
    for (const { actingAgents, agents, seq } of episode!.outcomes) {
      for (const { agentId, terminated, truncated } of agents) if (terminated || truncated) ended.add(agentId);
      for (const agentId of actingAgents) demand(!ended.has(agentId), `seq ${seq}: ${agentId} has ended and must act`);
    }
  }
}

export const outcomeRules = [
  rule(
    "OUT-1",
    "core",
    "acting_agents is empty exactly with end_reason, and score comes exactly then, in [0, 1].",
    (subject) => eachOutcome(subject, endsAreWhole),
  ),
  rule("OUT-2", "core", "terminated and truncated are never both set and fit the end_reason.", (subject) =>
    eachOutcome(subject, flagsFit),
  ),
  rule("OUT-3", "core", "Rewards are finite, and declared components add up to them.", rewardsAddUp),
  rule("OUT-4", "core", "seq counts by one, and turn never runs ahead of it or back.", countersRun),
  rule(
    "OUT-5",
    "core",
    "A listed action is never NOT_ADMISSIBLE or UNPARSABLE, as text and as choice.",
    listedActionsAreAdmissible,
  ),
  rule("OUT-6", "core", "Whatever an agent says is an outcome, never a status.", anyBytesAreAnOutcome),
  rule(
    "OUT-7",
    "core",
    "Too long is UNPARSABLE, a choice out of range NOT_ADMISSIBLE, an unknown tool SCHEMA_MISMATCH.",
    mistakesAreJudged,
  ),
  rule("OUT-8", "core", "LEAN leaves out observations and action spaces, and nothing else.", leanLeavesOut),
  rule("OUT-9", "core", "An episode ends within its step limit.", episodesEnd),
  rule("OUT-10", "core", "An agent that has ended never acts again.", endedAgentsNeverAct),
];
