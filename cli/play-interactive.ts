// A person plays a built-in world in this process, without any server: grids show their picture in colour, texts their text.
// Worlds with several agents ask for each of them in turn.

import { deriveSeed, RandomStream } from "../envs/core/random.ts";
import { type Action, type Observation, SINGLE_AGENT } from "../envs/core/types.ts";
import type { World } from "../envs/core/world.ts";
import { GRID_WORLDS } from "../envs/grid/grid-worlds.ts";
import type { Person } from "./person.ts";

export interface InteractiveRequest {
  readonly world: World;
  readonly split: string;
  readonly episodes: number;
  readonly optionsJson: string;
  readonly seed: number;
}

/**
 * Plays the episodes one after the other.
 * @returns the score of each finished episode
 * @throws {PersonLeft} when the person leaves before the end
 */
export async function playInteractive(request: InteractiveRequest, person: Person): Promise<readonly number[]> {
  const { world, split, episodes, seed } = request;
  const options = world.parseOptions(request.optionsJson);
  const bound = world.description.splits.find(({ name }) => name === split)?.taskCount ?? 2 ** 31;
  const tasks = new RandomStream(deriveSeed(seed, "interactive/tasks"));
  const scores: number[] = [];
  for (let episode = 0; episode < episodes; episode++) {
    const task = world.task(split, tasks.int(bound));
    person.say(`# ${task.taskId}: ${task.title}`);
    let state = world.reset(task, deriveSeed(seed, `interactive/world/${episode}`), options);
    let acting = world.initiallyActing(state);
    const validity = new Map<string, string>();
    for (let step = 1; acting.length > 0; step++) {
      const actions = new Map<string, Action>();
      for (const agent of acting) {
        const text = await person.ask({
          title: agent === SINGLE_AGENT ? `step ${step}` : `step ${step}, ${agent}`,
          shown: shown(world, state, agent),
          admissible: world.admissibleActions(state, agent),
          lastValidity: validity.get(agent) ?? "",
        });
        actions.set(agent, { text });
      }
      const transition = world.step(state, actions);
      state = transition.state;
      acting = transition.actingAgents;
      for (const [agent, outcome] of transition.agents) validity.set(agent, outcome.validity);
      if (transition.endReason === undefined) continue;
      const score = transition.score ?? 0;
      scores.push(score);
      person.say(`\n${shown(world, state, world.description.agents[0]?.agentId ?? SINGLE_AGENT)}`);
      person.say(`${transition.endReason} after ${step} steps, score ${score}\n`);
    }
  }
  return scores;
}

function shown(world: World, state: unknown, agent: string): string {
  const picture = GRID_WORLDS.find((grid) => grid.world === world)?.renderAnsi;
  return picture === undefined ? textOf(world.observe(state, agent)) : picture(state);
}

function textOf({ blocks }: Observation): string {
  return blocks.map((block) => ("text" in block ? block.text : block.json)).join("\n");
}
