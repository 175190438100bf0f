// Which worlds run in the event loop and which on threads: decided once, when a server is put together.

import type { World } from "../../envs/core/world.ts";
import { fail } from "../../proto/errors.ts";
import { inlineRunner } from "../sessions/inline-runner.ts";
import { buildDigestOf, type RunnerOf } from "../worlds/hosted-world.ts";
import { type PoolEvents, ThreadPool, type WorldThreadSettings } from "./thread-pool.ts";
import { ThreadedRunner } from "./threaded-runner.ts";

export interface WorldPlacement {
  readonly runnerOf: RunnerOf;
  /** Undefined: every world runs in the event loop. */
  readonly pool: ThreadPool | undefined;
}

/**
 * @param settings undefined: no threads
 * @throws {ConfigError} CONFIG_INVALID for worlds that are not served or that the threads do not find
 */
export async function placeWorlds(
  worlds: readonly World[],
  settings: WorldThreadSettings | undefined,
  maxStepMs: number,
  events: PoolEvents,
): Promise<WorldPlacement> {
  const inline: RunnerOf = (world) => inlineRunner(world, maxStepMs);
  if (settings === undefined) return { runnerOf: inline, pool: undefined };
  const served = worlds.map(({ description }) => description.name);
  const names = settings.environments ?? served;
  const unknown = names.find((name) => !served.includes(name));
  if (unknown !== undefined) {
    const cure = `name some of those that are served: ${served.join(", ")}`;
    throw fail("CONFIG_INVALID", `worldThreads.environments: ${unknown} is not served; ${cure}`);
  }
  const threaded = worlds.filter(({ description }) => names.includes(description.name));
  const setup = {
    module: settings.module.href,
    worlds: threaded.map((world) => ({ name: world.description.name, buildDigest: buildDigestOf(world) })),
  };
  const pool = await ThreadPool.start(settings.count, setup, events);
  const runnerOf: RunnerOf = (world) => {
    return threaded.includes(world) ? new ThreadedRunner(world, pool, maxStepMs) : inline(world);
  };
  return { runnerOf, pool };
}
