// The household as a World: the catalogue of generated tasks, and the episode functions under the contract's names.
// Rules and sources: README.md.

import { inlineTaskOf } from "../core/inline-task.ts";
import { deriveSeed } from "../core/random.ts";
import { taskDigest } from "../core/state-hash.ts";
import { toolObservation } from "../core/tools.ts";
import type { Action, CanonicalState, PerAgent, Task } from "../core/types.ts";
import { SINGLE_AGENT } from "../core/types.ts";
import type { ExpertPolicy, World } from "../core/world.ts";
import { admissibleCommands } from "./admissible.ts";
import { fullFacts, semanticFacts } from "./canonical.ts";
import { type HouseholdState, houseOf, offeredTools, REWARD_COMPONENTS, startEpisode, stepEpisode } from "./episode.ts";
import { fingerprint, type GeneratorOptions, generatorOptions } from "./generator/difficulty.ts";
import { worldGenerator } from "./generator/generate.ts";
import { SPLITS, type SplitName } from "./generator/plans.ts";
import { HOUSEHOLD_FORM, readInlineHousehold } from "./inline-task.ts";
import { type HouseholdOptions, MAX_STEPS_LIMIT, OPTIONS_SCHEMA_JSON, parseOptions } from "./options.ts";
import { distance, nextCommand } from "./oracle.ts";
import { householdVocabulary } from "./words.ts";
import { type HouseholdData, identityBody } from "./world-data.ts";

const NAME = "household";
const VERSION = "1.0.0";
const STATE_SCHEMA = "household/1";
/** Tasks kept so that many groups of one task build it once. */
const TASK_CACHE_SIZE = 512;
/** Shortest solutions up to which a task is easy, and medium: about a third and four fifths of the published games. */
const EASY_STEPS = 5;
const MEDIUM_STEPS = 7;
const ACTING = [SINGLE_AGENT];
const NOBODY: readonly string[] = [];

export type HouseholdWorld = World<HouseholdState, HouseholdOptions, HouseholdData>;

/**
 * A household world under the given knobs. With other knobs than the defaults the version carries their fingerprint
 * ("1.0.0+1a2b3c4d"), so that task ids of different catalogues never collide.
 * @throws {Error} naming the knob that is out of range.
 */
export function createHousehold(knobs: Partial<GeneratorOptions> = {}): HouseholdWorld {
  const generator = worldGenerator(generatorOptions(knobs));
  const mark = fingerprint(generator.options);
  const version = mark === "" ? VERSION : `${VERSION}+${mark}`;
  const { maxSteps } = generator.options;
  const cache = new Map<string, Task<HouseholdData>>();

  function task(split: string, index: number): Task<HouseholdData> {
    checkIndex(split, index);
    const taskId = `${NAME}/${version}/${split}/${index}`;
    const known = cache.get(taskId);
    const found =
      known ??
      taskFor(generator.generate(deriveSeed(0, taskId), split as SplitName), { taskId, split, index, maxSteps });
    // A Map remembers insertion order: the entry that was used longest ago is the first.
    cache.delete(taskId);
    cache.set(taskId, found);
    if (cache.size > TASK_CACHE_SIZE) cache.delete(cache.keys().next().value!);
    return found;
  }

  return {
    description: {
      name: NAME,
      version,
      stateSchema: STATE_SCHEMA,
      turnModel: "SINGLE",
      agents: [{ agentId: SINGLE_AGENT, role: "householder", team: "" }],
      splits: SPLITS,
      rewardComponents: REWARD_COMPONENTS,
      optionsSchemaJson: OPTIONS_SCHEMA_JSON,
      taskSchemaJson: JSON.stringify(HOUSEHOLD_FORM.schema),
      limits: { maxTurns: MAX_STEPS_LIMIT, maxActionBytes: 1024, maxObservationBytes: 8192 },
    },
    parseOptions,
    task,
    taskById(taskId) {
      const [name, taskVersion, split, index, ...rest] = taskId.split("/");
      if (name !== NAME || taskVersion !== version || rest.length > 0) return undefined;
      if (split === undefined || index === undefined || !/^(0|[1-9]\d{0,15})$/.test(index)) return undefined;
      return hasTask(split, Number(index)) ? task(split, Number(index)) : undefined;
    },
    inlineTask(json) {
      const { data, maxSteps: steps } = readInlineHousehold(json);
      const made = taskFor(data, { taskId: "", split: "", index: 0, maxSteps: steps });
      return inlineTaskOf({ name: NAME, version }, made, made.contentDigest);
    },
    reset: (chosen, seed, options) => startEpisode(chosen.data, chosen.maxTurns, seed, options),
    step: (state, actions) => stepEpisode(state, onlyAction(actions)),
    observe: ({ text, replies }) => (replies === undefined ? { blocks: [{ text }] } : toolObservation(replies, text)),
    admissibleActions: (state) => admissibleCommands(state.episode.house, state.facts),
    tools: offeredTools,
    canonical: canonicalState,
    initiallyActing: (state) => (state.isOver ? NOBODY : ACTING),
    vocabulary: householdVocabulary,
  };
}

/** The world with its default knobs: rooms like the original's. */
export const householdWorld: HouseholdWorld = createHousehold();

/** The expert that sees everything and plays a shortest solution. */
export const oracle: ExpertPolicy<HouseholdState> = {
  name: "oracle",
  act: (state) => nextCommand(state.episode.house, state.facts),
};

/** A task from data of another source than the generator: a recorded game, a world written by hand. */
export function taskFor(
  data: HouseholdData,
  at: { readonly taskId: string; readonly split: string; readonly index: number; readonly maxSteps: number },
): Task<HouseholdData> {
  return {
    taskId: at.taskId,
    split: at.split,
    index: at.index,
    title: data.goal,
    tags: [`family:${data.family}`, `room:${data.room}`, `plan:${data.floorPlan}`, ...difficultyTags(data)],
    maxTurns: at.maxSteps,
    contentDigest: taskDigest(identityBody(data)),
    data,
  };
}

/**
 * What makes a task long: the shortest solution, the doors that may hide something, the places to look at. They are of the
 * listing alone; the digest is over the data. A task that cannot be solved has no difficulty.
 */
function difficultyTags(data: HouseholdData): readonly string[] {
  const house = houseOf(data, { dialect: "v2", quirks: "faithful" });
  const steps = distance(house, house.start);
  if (steps === Number.POSITIVE_INFINITY) return [];
  const closed = data.receptacles.filter(({ openable }) => openable).length;
  const label = steps <= EASY_STEPS ? "easy" : steps <= MEDIUM_STEPS ? "medium" : "hard";
  return [`difficulty:${label}`, `distance:${steps}`, `closed:${closed}`, `receptacles:${data.receptacles.length}`];
}

function canonicalState(state: HouseholdState): CanonicalState {
  const { episode, facts, turn, commands } = state;
  return {
    full: fullFacts(episode.house, facts, episode.facts, commands === turn ? undefined : commands),
    semantic: semanticFacts(episode.house, facts),
    rng: null,
    turn,
  };
}

function onlyAction(actions: PerAgent<Action>): Action {
  const action = actions.get(SINGLE_AGENT);
  if (action === undefined) throw new Error(`household: step needs the action of agent "${SINGLE_AGENT}"`);
  return action;
}

function hasTask(split: string, index: number): boolean {
  const found = SPLITS.find(({ name }) => name === split);
  return found !== undefined && Number.isSafeInteger(index) && index >= 0 && index < (found.taskCount ?? 2 ** 53);
}

function checkIndex(split: string, index: number): void {
  const found = SPLITS.find(({ name }) => name === split);
  if (found === undefined) {
    throw new Error(`household has no split "${split}", expected one of ${SPLITS.map(({ name }) => name).join(", ")}`);
  }
  if (!hasTask(split, index)) {
    throw new Error(
      `household/${split} has no task ${index}: expected an integer in [0, ${found.taskCount ?? "2^53"})`,
    );
  }
}
