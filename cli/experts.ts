// The worlds' own experts by world, for demonstrations and rollouts. The command line knows both sides, so it alone may
// pair a world's rules with a learner's files.

import type { ExpertPolicy, World } from "../envs/core/world.ts";
import { GRID_WORLDS } from "../envs/grid/grid-worlds.ts";
import { householdWorld, oracle } from "../envs/household/household-world.ts";
import { findWorld } from "../envs/worlds.ts";
import { fail } from "../proto/errors.ts";

export interface WorldWithExpert {
  readonly world: World;
  /** Knows the whole state and plays a shortest solution. */
  readonly oracle: ExpertPolicy<unknown>;
}

const ORACLES: ReadonlyMap<string, ExpertPolicy<unknown>> = new Map([
  [householdWorld.description.name, oracle as ExpertPolicy<unknown>],
  ...GRID_WORLDS.flatMap(({ world, expert }) =>
    expert === undefined ? [] : [[world.description.name, expert] as const],
  ),
]);

/** @throws {ConfigError} CONFIG_INVALID when no such world is built in, or it has no expert. */
export function worldWithExpert(name: string): WorldWithExpert {
  const world = builtInWorld(name);
  const expert = ORACLES.get(name);
  if (expert === undefined) {
    const known = [...ORACLES.keys()].join(", ");
    throw fail("CONFIG_INVALID", `the world "${name}" has no expert; worlds with one: ${known}`);
  }
  return { world, oracle: expert };
}

/** @throws {ConfigError} CONFIG_INVALID naming the option and what it expects. */
export function worldOptions(world: World, optionsJson: string): unknown {
  try {
    return world.parseOptions(optionsJson);
  } catch (error) {
    throw fail("CONFIG_INVALID", error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** @throws {ConfigError} CONFIG_INVALID naming the worlds that there are. */
export function builtInWorld(name: string): World {
  try {
    return findWorld(name);
  } catch (error) {
    throw fail("CONFIG_INVALID", error instanceof Error ? error.message : String(error), { cause: error });
  }
}
