// TOO: tools, where an environment offers some. Calls are actions like words: judged as outcomes, taken once, logged, and
// candidates of branches.

import type { AgentActionInit } from "../../proto/gen/anchorgym/v1/AgentAction.ts";
import type { BranchStepResponse } from "../../proto/gen/anchorgym/v1/BranchStepResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { Tool } from "../../proto/gen/anchorgym/v1/Tool.ts";
import type { ToolCallInit } from "../../proto/gen/anchorgym/v1/ToolCall.ts";
import { drawCall } from "../draw-call.ts";
import { Episode, essence, newEpisode } from "../episode.ts";
import { demand, demandEqual, NotApplicable, rule } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";
import { fetchLog, replayLog } from "../trajectory.ts";

const MODE = "ACTION_MODE_TOOL_CALLS";

const offeredIn = (episode: Episode): readonly (readonly [agentId: string, tools: readonly Tool[]])[] =>
  episode.latest.actingAgents.map((agentId) => [agentId, episode.tools(agentId)] as const);

const offers = (episode: Episode): boolean => {
  const offered = offeredIn(episode);
  return offered.length > 0 && offered.every(([, tools]) => tools.length > 0);
};

/** The first environment that offers tools. @throws {NotApplicable} */
async function toolSubject(subject: Subject): Promise<Subject> {
  for (const other of await subject.environments()) if (offers(await newEpisode(other))) return other;
  throw new NotApplicable("no environment of this server offers tools under these options");
}

/** Episodes one after the other, so that a check may take as many steps as it wants. */
async function ready(subject: Subject, episode: Episode | undefined): Promise<Episode> {
  return episode !== undefined && !episode.isOver && offers(episode)
    ? episode
    : newEpisode(subject, 1 + subject.draw(50));
}

const calling = (episode: Episode, callOf: (tools: readonly Tool[]) => ToolCallInit): readonly AgentActionInit[] =>
  offeredIn(episode).map(([agentId, tools]) => ({ agentId, toolCalls: { calls: [callOf(tools)] } }));

const validities = ({ agents }: Outcome, actions: readonly AgentActionInit[]): string => {
  const acted = agents.filter(({ agentId }) => actions.some((action) => action.agentId === agentId));
  return acted.map(({ actionValidity }) => `${actionValidity}`.replace("ACTION_VALIDITY_", "")).join(" ");
};

async function offeredToolsAreWhole(subject: Subject): Promise<void> {
  let seen = 0;
  for (const other of await subject.environments()) {
    const { name, actionModes } = other.environment;
    for (const [, tools] of offeredIn(await newEpisode(other))) {
      if (tools.length === 0) continue;
      seen++;
      demand(actionModes.includes(MODE), `${name} offers tools and does not declare ${MODE}`);
      demand(new Set(tools.map((tool) => tool.name)).size === tools.length, `${name} offers two tools of one name`);
      for (const tool of tools) {
        demand(tool.name !== "", `${name} offers a tool without a name`);
        const schema = JSON.parse(tool.inputSchemaJson || "null") as { readonly type?: unknown } | null;
        demand(schema?.type === "object", `input_schema_json of ${tool.name} describes no object`);
      }
    }
  }
  if (seen === 0) throw new NotApplicable("no environment of this server offers tools under these options");
}

async function unreadableCallsAreOutcomes(subject: Subject): Promise<void> {
  const other = await toolSubject(subject);
  const call = ([tool]: readonly Tool[], more: Partial<ToolCallInit>): ToolCallInit => ({
    callId: "c",
    name: tool?.name ?? "",
    argumentsJson: "{}",
    ...more,
  });
  const wrong: Readonly<Record<string, (tools: readonly Tool[]) => ToolCallInit>> = {
    "an unknown tool": (tools) => call(tools, { name: "no-such-tool" }),
    "no tool": (tools) => call(tools, { name: "" }),
    "arguments that are no JSON": (tools) => call(tools, { argumentsJson: "{" }),
    "arguments that are no object": (tools) => call(tools, { argumentsJson: "[1]" }),
  };
  let episode: Episode | undefined;
  for (const [what, callOf] of Object.entries(wrong)) {
    episode = await ready(other, episode);
    const { seq } = episode.latest;
    const actions = calling(episode, callOf);
    const outcome = await episode.step(actions);
    demand(outcome.seq === seq + 1, `${what} at seq ${seq + 1} got the outcome of seq ${outcome.seq}`);
    const expected = actions.map(() => "SCHEMA_MISMATCH").join(" ");
    demandEqual(validities(outcome, actions), expected, `validity of ${what}`);
  }
}

async function fittingCallsRun(subject: Subject): Promise<void> {
  const other = await toolSubject(subject);
  let episode: Episode | undefined;
  let count = 0;
  for (let step = 0; step < 12; step++) {
    episode = await ready(other, episode);
    const callId = `call-${step}`;
    let drawable = true;
    const actions = calling(episode, (tools) => {
      const call = drawCall(tools[other.draw(tools.length)] as Tool, callId, (bound) => other.draw(bound));
      drawable &&= call !== undefined;
      return call ?? {};
    });
    if (!drawable) continue;
    count++;
    const outcome = await episode.step(actions);
    const seen = validities(outcome, actions);
    demand(
      !/SCHEMA_MISMATCH|UNPARSABLE/.test(seen),
      `a call that fits its schema is ${seen}: ${JSON.stringify(actions)}`,
    );
    for (const { agentId } of actions) {
      const own = outcome.agents.find((agent) => agent.agentId === agentId);
      const told = (own?.observation?.blocks ?? []).map((block) => block.text ?? block.json ?? "").join(" ");
      demand(told.includes(callId), `the observation of ${JSON.stringify(agentId)} does not say ${callId}: ${told}`);
    }
  }
  if (count === 0) throw new NotApplicable("no schema of an offered tool can be drawn from");
}

/** A readable call of each acting agent. @throws {NotApplicable} */
function drawn(episode: Episode, callId: string): readonly AgentActionInit[] {
  const { subject } = episode;
  return calling(episode, (tools) => {
    const call = drawCall(tools[0] as Tool, callId, (bound) => subject.draw(bound));
    if (call === undefined) throw new NotApplicable(`no arguments can be drawn for ${tools[0]?.name}`);
    return call;
  });
}

async function callsAreTakenOnce(subject: Subject): Promise<void> {
  const episode = await newEpisode(await toolSubject(subject));
  const actions = drawn(episode, "first");
  const item = episode.item(actions);
  const first = await episode.step(actions);
  const again = (await subject.stepOne(item)).outcome;
  demand(again?.replayed === true, "the same calls at a taken seq are not answered with the stored outcome");
  demandEqual(essence({ ...again, replayed: false }), essence({ ...first, replayed: false }), "calls sent again");
  const changes: Readonly<Record<string, Partial<ToolCallInit>>> = {
    call_id: { callId: "second" },
    name: { name: "no-such-tool" },
    arguments_json: { argumentsJson: " {}" },
  };
  for (const [field, change] of Object.entries(changes)) {
    const other = actions.map((action) => ({
      ...action,
      toolCalls: { calls: (action.toolCalls?.calls ?? []).map((call) => ({ ...call, ...change })) },
    }));
    const result = await subject.stepOne({ ...item, actions: other });
    demand(result.status != null, `calls with another ${field} at a taken seq got an outcome`);
    demandReason(subject.refused(result), "STEP_CONFLICT");
  }
}

async function callsAreLogged(subject: Subject): Promise<void> {
  const other = await toolSubject(subject);
  const episode = await newEpisode(other);
  const sent = drawn(episode, "logged");
  await episode.step(sent);
  const log = await fetchLog(other, episode.sessionId);
  const calls = (actions: readonly AgentActionInit[] | undefined): string =>
    JSON.stringify(
      (actions ?? []).map(({ toolCalls }) =>
        (toolCalls?.calls ?? []).map(({ callId, name, argumentsJson }) => [callId, name, argumentsJson]),
      ),
    );
  demandEqual(calls(log.entries[1]?.actions as AgentActionInit[]), calls(sent), "the calls in the log at seq 1");
  const { firstDivergence, replayedSteps } = await replayLog(other, log);
  demand(firstDivergence == null, () => `a true log of calls diverges: ${JSON.stringify(firstDivergence)}`);
  demand(replayedSteps === 1, `${replayedSteps} steps of a log of one step were replayed`);
}

async function callsCanBeCandidates(subject: Subject): Promise<void> {
  const other = await toolSubject(subject);
  if (`${other.environment.forkMode}` === "FORK_MODE_UNSUPPORTED") throw new NotApplicable("no branches here");
  const [branched, twin] = Episode.of(other, await other.group({ task: await other.task(), replicas: 2 }));
  const actions = drawn(branched!, "candidate");
  const { sessionId, epoch } = branched!;
  const items = [{ sessionId, epoch, seq: 1, candidates: [{ actions: [...actions] }] }];
  const { results } = await other.wire.call<BranchStepResponse>("EnvironmentService", "BranchStep", { items });
  const outcome = results[0]?.branches?.candidates[0]?.outcome;
  demand(outcome != null, "a candidate of calls got no outcome");
  demandEqual(essence(outcome), essence(await twin!.step(actions)), "a candidate of calls, beside the same step");
}

export const toolRules = [
  rule("TOO-1", "full", "Offered tools have names and object schemas, and are declared.", offeredToolsAreWhole),
  rule(
    "TOO-2",
    "full",
    "Unknown tools and arguments that cannot be read are SCHEMA_MISMATCH and cost a step.",
    unreadableCallsAreOutcomes,
  ),
  rule("TOO-3", "full", "A call that fits its schema runs, and its id comes back.", fittingCallsRun),
  rule("TOO-4", "full", "Calls are taken once: the same are replayed, others conflict.", callsAreTakenOnce),
  rule("TOO-5", "full", "A session's log holds its calls as they were sent, and replays.", callsAreLogged),
  rule("TOO-6", "full", "A candidate of calls has the outcome of the step.", callsCanBeCandidates),
];
