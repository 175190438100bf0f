// A world in the event loop: every function returns at once, and states are plain references that the collector frees.
// What takes too long cannot be interrupted here and is found afterwards: steps by whoever asked for them, the rest here.

import type { World } from "../../envs/core/world.ts";
import { type Executed, executeStep, reseed, resetEpisode } from "./execute-step.ts";
import { tookTooLong } from "./step-limit.ts";
import { PATIENCE, stepLimitMs, type WorldRunner } from "./world-runner.ts";

const nothing = (): void => undefined;

export function inlineRunner(world: World, maxStepMs: number): WorldRunner {
  const limitMs = stepLimitMs(world, maxStepMs);
  const patiently = (run: () => Executed): Executed => {
    const endMs = performance.now() + limitMs * PATIENCE;
    const executed = run();
    if (performance.now() > endMs) throw tookTooLong(world.description.name, limitMs * PATIENCE);
    return executed;
  };
  return {
    stepLimitMs: limitMs,
    width: 1,
    reset: ({ task, seed, options }) => patiently(() => resetEpisode(world, task, seed, options)),
    step({ start, history, executed }, { actions, wholeLists, isReplay }) {
      const { state, record } = executed;
      const before = wholeLists ? undefined : record;
      if (!isReplay) return executeStep(world, start.task, state, history.seq + 1, actions, before);
      return patiently(() => executeStep(world, start.task, state, history.seq + 1, actions, before));
    },
    reseed: ({ start, executed }, seed) => patiently(() => reseed(world, start.task, executed, seed)),
    hold: nothing,
    release: nothing,
    drop: nothing,
  };
}
