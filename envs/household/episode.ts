// One episode over the rules: turns are counted, rewards summed, the goal or the step limit ends it. The state is a plain
// immutable value, so a fork is a copied reference.

import { deriveSeed } from "../core/random.ts";
import { ended, running, type StepVerdict } from "../core/transition.ts";
import type { Action, NamedValue, Transition } from "../core/types.ts";
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
  /** Completed commands. */
  readonly turn: number;
  /** What the agent reads now. */
  readonly text: string;
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
  const text = commandText(episode.house, facts, action);
  const command = parseCommand(episode.house, text);
  const effect = command && perform(episode.house, facts, command);
  const next = effect?.facts ?? facts;
  const won = goalHolds(episode.house, next);
  const isOver = won || turn + 1 >= episode.maxSteps;
  const after: HouseholdState = {
    episode,
    facts: next,
    turn: turn + 1,
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

function commandText(house: House, facts: Facts, action: Action): string {
  if ("text" in action) return action.text.trim();
  return admissibleCommands(house, facts)[action.choice] ?? `choice ${action.choice}`;
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
