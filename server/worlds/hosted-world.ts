// A world together with what serving it needs: its build digest and its task index.

import { createHash } from "node:crypto";
import { canonicalJson } from "../../envs/core/canonical-json.ts";
import type { Json, StateHash } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { fail } from "../../proto/errors.ts";
import { TaskIndex } from "./task-index.ts";

export interface HostedWorld {
  readonly world: World;
  /** Over the whole description; a world's version rises with any byte that a client could record. */
  readonly buildDigest: StateHash;
  readonly tasks: TaskIndex;
}

export function hostWorld(world: World): HostedWorld {
  const description = canonicalJson(JSON.parse(JSON.stringify(world.description)) as Json);
  const buildDigest = createHash("sha256").update(`anchorgym-build-v1\n${description}`).digest("hex") as StateHash;
  return { world, buildDigest, tasks: new TaskIndex(world, buildDigest) };
}

/** The worlds of one server by name. */
export class WorldTable {
  readonly #byName: ReadonlyMap<string, HostedWorld>;

  constructor(worlds: readonly World[]) {
    const names = worlds.map((world) => world.description.name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw fail("CONFIG_INVALID", `environment ${twice} is named twice; name it once`);
    if (names.length === 0) throw fail("CONFIG_INVALID", "no environment is named; a server needs at least one");
    const hosted = worlds.map((world) => [world.description.name, hostWorld(world)] as const);
    this.#byName = new Map(hosted.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** In the order of their names. */
  all(): readonly HostedWorld[] {
    return [...this.#byName.values()];
  }

  /** @throws {RequestError} ENVIRONMENT_NOT_FOUND when the name or the exact version is not served. */
  find(name: string, version: string): HostedWorld {
    const hosted = this.#byName.get(name);
    if (hosted === undefined) {
      const known = [...this.#byName.keys()].join(", ");
      throw fail("ENVIRONMENT_NOT_FOUND", `no environment is called ${JSON.stringify(name)}; served: ${known}`, {
        ids: { environment: name },
      });
    }
    const served = hosted.world.description.version;
    if (version !== "" && version !== served) {
      throw fail("ENVIRONMENT_NOT_FOUND", `version ${version} of ${name} is not served; served: ${served}`, {
        ids: { environment: name, version },
      });
    }
    return hosted;
  }
}
