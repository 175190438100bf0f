// The registry: which worlds a server can serve, by name. A new world is one import and one line in WORLDS; names are
// what `serve --env` and `CreateGroups.environment` take. It builds nothing at import beyond the world objects.

import type { World } from "./core/world.ts";
import { GRID_WORLDS } from "./grid/grid-worlds.ts";
import { householdWorld } from "./household/household-world.ts";
import { tally, tallySequential } from "./tally/tally-world.ts";

/** Every world of this build, in the order in which the catalogue lists them. */
export const WORLDS: readonly World[] = [
  householdWorld as World,
  ...GRID_WORLDS.flatMap(({ world, teamWorld }) => (teamWorld === undefined ? [world] : [world, teamWorld])),
  tally as World,
  tallySequential as World,
];

/**
 * The world of that name.
 * @throws {Error} naming the known worlds.
 */
export function findWorld(name: string): World {
  const world = WORLDS.find((candidate) => candidate.description.name === name);
  if (world === undefined) {
    const known = WORLDS.map((candidate) => candidate.description.name).join(", ");
    throw new Error(`no world is called ${JSON.stringify(name)}; known worlds: ${known}`);
  }
  return world;
}
