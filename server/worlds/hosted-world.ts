// A world together with what serving it needs: its build digest and its task index.

import { createHash } from "node:crypto";
import { canonicalJson } from "../../envs/core/canonical-json.ts";
import type { Json, StateHash } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { fail } from "../../proto/errors.ts";
import { DEFAULT_LIMITS } from "../config.ts";
import { inlineRunner } from "../sessions/inline-runner.ts";
import type { WorldRunner } from "../sessions/world-runner.ts";
import { TaskIndex } from "./task-index.ts";

export interface HostedWorld {
  readonly world: World;
  /** Over the whole description; a world's version rises with any byte that a client could record. */
  readonly buildDigest: StateHash;
  readonly tasks: TaskIndex;
  readonly runner: WorldRunner;
}

/** Says where a world runs. */
export type RunnerOf = (world: World) => WorldRunner;

const IN_THE_LOOP: RunnerOf = (world) => inlineRunner(world, DEFAULT_LIMITS.maxStepMs);

export function buildDigestOf(world: World): StateHash {
  const description = canonicalJson(JSON.parse(JSON.stringify(world.description)) as Json);
  return createHash("sha256").update(`anchorgym-build-v1\n${description}`).digest("hex") as StateHash;
}

export function hostWorld(world: World, runnerOf: RunnerOf = IN_THE_LOOP): HostedWorld {
  const buildDigest = buildDigestOf(world);
  return { world, buildDigest, tasks: new TaskIndex(world, buildDigest), runner: runnerOf(world) };
}

/** The worlds of one server by name. */
export class WorldTable {
  readonly #byName: ReadonlyMap<string, HostedWorld>;

  constructor(worlds: readonly World[], runnerOf: RunnerOf = IN_THE_LOOP) {
    const names = worlds.map((world) => world.description.name);
    const twice = names.find((name, index) => names.indexOf(name) !== index);
    if (twice !== undefined) throw fail("CONFIG_INVALID", `environment ${twice} is named twice; name it once`);
    if (names.length === 0) throw fail("CONFIG_INVALID", "no environment is named; a server needs at least one");
    const hosted = worlds.map((world) => [world.description.name, hostWorld(world, runnerOf)] as const);
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
