// A world in the event loop: every function returns at once, and states are plain references that the collector frees.
// A step that takes too long cannot be interrupted here; whoever asked for it finds out afterwards.

import type { World } from "../../envs/core/world.ts";
import { executeStep, reseed, resetEpisode } from "./execute-step.ts";
import { stepLimitMs, type WorldRunner } from "./world-runner.ts";

const nothing = (): void => undefined;

export function inlineRunner(world: World, maxStepMs: number): WorldRunner {
  return {
    stepLimitMs: stepLimitMs(world, maxStepMs),
    width: 1,
    reset: ({ task, seed, options }) => resetEpisode(world, task, seed, options),
    step({ start, history, executed }, { actions, wholeLists }) {
      const before = wholeLists ? undefined : executed.record;
      return executeStep(world, start.task, executed.state, history.seq + 1, actions, before);
    },
    reseed: ({ start, executed }, seed) => reseed(world, start.task, executed, seed),
    hold: nothing,
    release: nothing,
    drop: nothing,
  };
}
