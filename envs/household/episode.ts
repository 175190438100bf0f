// One episode over the rules: turns are counted, rewards summed, the goal or the step limit ends it. The state is a plain
// immutable value, so a fork is a copied reference.

import { deriveSeed } from "../core/random.ts";
import {
  MAX_TOOL_CALLS,
  type ReadableTool,
  type ReadCall,
  readCalls,
  type ToolReply,
  toolValidity,
} from "../core/tools.ts";
import { ended, running, type StepVerdict, sumComponents } from "../core/transition.ts";
import type { Action, AgentTransition, NamedValue, ToolCall, Transition } from "../core/types.ts";
import { SINGLE_AGENT } from "../core/types.ts";
import { admissibleCommands } from "./admissible.ts";
import { type EpisodeFacts, episodeFacts } from "./canonical.ts";
import { goalHolds } from "./goals.ts";
import { parseCommand } from "./grammar/commands.ts";
import { buildHouse, type House } from "./house.ts";
import type { HouseholdOptions } from "./options.ts";
import { distance } from "./oracle.ts";
import { introText, NOTHING_HAPPENS } from "./render.ts";
import { perform } from "./rules.ts";
import type { Facts } from "./state.ts";
import { commandOfCall, HOUSEHOLD_TOOLS } from "./tools.ts";
import type { HouseholdData } from "./world-data.ts";

/** What stays the same over an episode. */
export interface Episode {
  readonly house: House;
  readonly options: HouseholdOptions;
  readonly maxSteps: number;
  readonly facts: EpisodeFacts;
}

export interface HouseholdState {
  readonly episode: Episode;
  readonly facts: Facts;
  /** Completed turns; one turn is one command, or the calls of one action. */
  readonly turn: number;
  /** Completed commands, also those that did nothing: what the step limit counts. */
  readonly commands: number;
  /** What the agent reads now. */
  readonly text: string;
  /** The same by call, after an action of tool calls. */
  readonly replies?: readonly ToolReply[];
  readonly isOver: boolean;
}

export const REWARD_COMPONENTS = ["win", "invalid", "step", "shaping"] as const;

const houses = new WeakMap<HouseholdData, Map<string, House>>();

/** The index of a world, shared by all its episodes for as long as the data lives. */
export function houseOf(data: HouseholdData, options: Pick<HouseholdOptions, "dialect" | "quirks">): House {
  const key = `${options.dialect} ${options.quirks}`;
  const known = houses.get(data) ?? new Map<string, House>();
  houses.set(data, known);
  const house = known.get(key) ?? buildHouse(data, options.dialect, options.quirks);
  known.set(key, house);
  return house;
}

/** @param maxTurns the task's own limit, used where the options name none */
export function startEpisode(
  data: HouseholdData,
  maxTurns: number,
  seed: number,
  options: HouseholdOptions,
): HouseholdState {
  const house = houseOf(data, options);
  const human = options.goalLanguage === "human" ? humanGoal(data, seed) : undefined;
  const maxSteps = options.maxSteps ?? maxTurns;
  return {
    episode: { house, options, maxSteps, facts: episodeFacts(options, maxSteps, human) },
    facts: house.start,
    turn: 0,
    commands: 0,
    text: introText(house, human ?? data.goal),
    isOver: false,
  };
}

// Generated worlds have no human sentences: they fall back to the template.
function humanGoal(data: HouseholdData, seed: number): string | undefined {
  return data.humanGoals[deriveSeed(seed, "household/goal") % Math.max(1, data.humanGoals.length)];
}

/** @throws {Error} when the episode is over: the caller must not step it again. */
export function stepEpisode(state: HouseholdState, action: Action): Transition<HouseholdState> {
  const { episode, facts, turn } = state;
  if (state.isOver) throw new Error(`household: the episode ended after ${turn} steps, it takes no further action`);
  if ("toolCalls" in action) return stepCalls(state, action.toolCalls);
  if ("text" in action) return stepCommand(state, action.text.trim());
  const text = admissibleCommands(episode.house, facts)[action.choice];
  return stepCommand(state, text ?? `choice ${action.choice}`);
}

function stepCommand({ episode, facts, turn, commands }: HouseholdState, text: string): Transition<HouseholdState> {
  const command = parseCommand(episode.house, text);
  const effect = command && perform(episode.house, facts, command);
  const next = effect?.facts ?? facts;
  const won = goalHolds(episode.house, next);
  const isOver = won || commands + 1 >= episode.maxSteps;
  const after: HouseholdState = {
    episode,
    facts: next,
    turn: turn + 1,
    commands: commands + 1,
    text: effect?.text ?? NOTHING_HAPPENS,
    isOver,
  };
  const verdict: StepVerdict = {
    validity: effect ? "VALID" : "NOT_ADMISSIBLE",
    normalizedAction: text,
    rewardComponents: rewardOf(episode, facts, next, effect !== undefined, won),
  };
  if (won) return ended(after, verdict, "GOAL_REACHED", 1);
  return isOver ? ended(after, verdict, "MAX_TURNS", 0) : running(after, verdict);
}

const NO_TOOLS: readonly ReadableTool[] = [];

/** The tools of the state's agent: all commands of the dialect where the option asks for them. */
export function offeredTools({ episode, isOver }: HouseholdState): readonly ReadableTool[] {
  return episode.options.tools && !isOver ? HOUSEHOLD_TOOLS[episode.house.dialect] : NO_TOOLS;
}

/** Calls that cannot be read are one command that does nothing. */
function stepCalls(state: HouseholdState, toolCalls: readonly ToolCall[]): Transition<HouseholdState> {
  const offered = offeredTools(state);
  const read = readCalls(offered, toolCalls, MAX_TOOL_CALLS);
  if ("calls" in read) return stepCommands(state, read.calls);
  const transition = stepCommand(state, "");
  const judged = { ...theAgent(transition), validity: "SCHEMA_MISMATCH", normalizedAction: "" } as const;
  const replies = offered.length === 0 || read.refused.length === 0 ? {} : { replies: read.refused };
  return {
    ...transition,
    state: { ...transition.state, ...replies },
    agents: new Map([[SINGLE_AGENT, judged]]),
  };
}

/** The commands of calls as one turn, in order, until one fails or the episode ends; those behind it do not run. */
function stepCommands(state: HouseholdState, calls: readonly ReadCall[]): Transition<HouseholdState> {
  const texts: string[] = [];
  const commands: string[] = [];
  const replies: ToolReply[] = [];
  const paid: (readonly NamedValue[])[] = [];
  let last: Transition<HouseholdState> | undefined;
  let stopped = "";
  for (const call of calls) {
    if (stopped === "") {
      last = stepCommand(last?.state ?? state, commandOfCall(state.episode.house.dialect, call).trim());
      const { validity, normalizedAction, rewardComponents } = theAgent(last);
      texts.push(last.state.text);
      commands.push(normalizedAction);
      paid.push(rewardComponents);
      replies.push({ callId: call.callId, content: last.state.text });
      if (last.endReason !== undefined) stopped = "not run: the episode is over";
      else if (validity !== "VALID") stopped = "not run: a call before it failed";
    } else {
      replies.push({ callId: call.callId, content: stopped });
    }
  }
  if (last === undefined) throw new Error("household: an action of no calls was read as one of some");
  const after: HouseholdState = { ...last.state, turn: state.turn + 1, text: texts.join("\n"), replies };
  const verdict: StepVerdict = {
    validity: toolValidity(theAgent(last).validity),
    normalizedAction: commands.join("\n"),
    rewardComponents: paid.length === 1 ? theAgent(last).rewardComponents : sumComponents(paid),
  };
  const { endReason, score = 0 } = last;
  return endReason === undefined ? running(after, verdict) : ended(after, verdict, endReason, score);
}

function theAgent({ agents }: Transition<HouseholdState>): AgentTransition {
  return agents.get(SINGLE_AGENT) as AgentTransition;
}

function rewardOf(episode: Episode, before: Facts, after: Facts, valid: boolean, won: boolean): readonly NamedValue[] {
  const { win, invalid, step, shaping, gamma } = episode.options.reward;
  const components: NamedValue[] = [];
  if (won) components.push({ name: "win", value: win });
  if (!valid && invalid !== 0) components.push({ name: "invalid", value: invalid });
  if (step !== 0) components.push({ name: "step", value: step });
  if (shaping === "distance") {
    const potential = (facts: Facts) => -Math.min(distance(episode.house, facts), episode.maxSteps);
    components.push({ name: "shaping", value: gamma * potential(after) - potential(before) });
  }
  return components;
}
