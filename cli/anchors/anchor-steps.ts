// Played household episodes as rows with the truth beside them: every step is replayed on a local copy of the world, which
// knows how far the state is from the goal. So a report can ask which anchor groups steps that are really comparable.

import type { AdvantageRow } from "../../client/advantage/rows.ts";
import { fullStateHash, observationHash, semanticStateHash } from "../../envs/core/state-hash.ts";
import { SINGLE_AGENT } from "../../envs/core/types.ts";
import type { HouseholdState } from "../../envs/household/episode.ts";
import { type HouseholdWorld, householdWorld } from "../../envs/household/household-world.ts";
import { distance } from "../../envs/household/oracle.ts";
import { fail } from "../../proto/errors.ts";

/** The actions of the G episodes of one task. */
export interface PlayedActions {
  readonly groupKey: string;
  readonly taskId: string;
  /** Of the world. */
  readonly seed: number;
  readonly actions_G: readonly (readonly string[])[];
}

/** One step: the row that an algorithm reads, further keys of the state before it, and how far the goal was. */
export interface AnchorStep {
  /** `anchors.full` is the state without its turn, as the specification's table measures it. */
  readonly row: AdvantageRow;
  /** Observation and admissible list together. */
  readonly listAnchor: string;
  /** The full hash as clients receive it: with the turn. */
  readonly wireFull: string;
  /** Commands to the goal before and after the step; a dead end counts as the step limit. */
  readonly distance: number;
  readonly nextDistance: number;
}

/** @throws {AnchorgymError} TASK_NOT_FOUND when the built-in world does not know a task. */
export function anchorSteps(groups: readonly PlayedActions[], optionsJson: string): readonly AnchorStep[] {
  const options = householdWorld.parseOptions(optionsJson);
  return groups.flatMap(({ groupKey, taskId, seed, actions_G }) => {
    const task = householdWorld.taskById(taskId);
    if (task === undefined) throw fail("TASK_NOT_FOUND", `the household built in here has no task ${taskId}`);
    return actions_G.flatMap((actions, replica) => {
      let state = householdWorld.reset(task, seed, options);
      return actions.map((text, index): AnchorStep => {
        const keys = keysOf(state, task.contentDigest);
        const before = distanceOf(state);
        const transition = householdWorld.step(state, new Map([[SINGLE_AGENT, { text }]]));
        state = transition.state;
        const { reward, validity, terminated, truncated } = transition.agents.get(SINGLE_AGENT)!;
        const admissible = validity === "VALID";
        const position = { group: groupKey, trajectory: String(replica), step: index + 1 };
        return {
          row: { ...position, anchors: keys.anchors, reward, valid: true, admissible, terminated, truncated },
          listAnchor: keys.listAnchor,
          wireFull: keys.wireFull,
          distance: before,
          nextDistance: distanceOf(state),
        };
      });
    });
  });
}

function keysOf(state: HouseholdState, task: ReturnType<HouseholdWorld["task"]>["contentDigest"]) {
  const { stateSchema } = householdWorld.description;
  const canonical = householdWorld.canonical(state);
  const observation = observationHash(householdWorld.observe(state, SINGLE_AGENT));
  const admissible = householdWorld.admissibleActions(state, SINGLE_AGENT);
  return {
    anchors: {
      observation,
      semantic: semanticStateHash(stateSchema, task, canonical),
      full: fullStateHash(stateSchema, task, { ...canonical, turn: 0 }),
    },
    listAnchor: [observation, ...admissible].join("\n"),
    wireFull: fullStateHash(stateSchema, task, canonical),
  };
}

function distanceOf({ episode, facts }: HouseholdState): number {
  return Math.min(distance(episode.house, facts), episode.maxSteps);
}
