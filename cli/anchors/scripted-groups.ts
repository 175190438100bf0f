// Plays groups of household episodes with policies that need no model, in this process: explorers with mistakes, so that
// the members of a group differ, or chance alone. Equal arguments give equal actions.

import { deriveSeed, RandomStream } from "../../envs/core/random.ts";
import { SINGLE_AGENT } from "../../envs/core/types.ts";
import { createExplorer, withNoise } from "../../envs/household/explorer.ts";
import { householdWorld } from "../../envs/household/household-world.ts";
import type { PlayedActions } from "./anchor-steps.ts";

export interface ScriptedGroups {
  readonly policy: "explorer" | "random";
  readonly split: string;
  readonly groups: number;
  readonly groupSize: number;
  /** Share of random admissible commands, and of nonsense, of the explorer. */
  readonly noise: number;
  readonly invalid: number;
  readonly optionsJson: string;
  readonly seed: number;
}

export function playScriptedGroups(request: ScriptedGroups): readonly PlayedActions[] {
  const options = householdWorld.parseOptions(request.optionsJson);
  const bound = householdWorld.description.splits.find(({ name }) => name === request.split)?.taskCount ?? 2 ** 31;
  const tasks = new RandomStream(deriveSeed(request.seed, "anchors/tasks"));
  return Array.from({ length: request.groups }, (_, group) => {
    const task = householdWorld.task(request.split, tasks.int(bound));
    const seed = deriveSeed(request.seed, `anchors/world/${group}`);
    const actions_G = Array.from({ length: request.groupSize }, (_, replica) => {
      const act = policyOf(request, deriveSeed(request.seed, `anchors/${group}/${replica}`));
      const actions: string[] = [];
      let state = householdWorld.reset(task, seed, options);
      while (!state.isOver) {
        const text = act(state);
        actions.push(text);
        state = householdWorld.step(state, new Map([[SINGLE_AGENT, { text }]])).state;
      }
      return actions;
    });
    return { groupKey: `anchors/${group}`, taskId: task.taskId, seed, actions_G };
  });
}

type Policy = (state: ReturnType<typeof householdWorld.reset>) => string;

function policyOf({ policy, noise, invalid }: ScriptedGroups, seed: number): Policy {
  const random = new RandomStream(deriveSeed(seed, "random"));
  if (policy === "random") return (state) => random.pick(householdWorld.admissibleActions(state, SINGLE_AGENT));
  const explorer = withNoise(createExplorer("random", seed), { seed, noise, invalid });
  return (state) => explorer.act(state) ?? "look";
}
