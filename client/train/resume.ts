// What a run has finished, as a file that is replaced atomically. Everything random derives from (seed, stage, iteration),
// so this and a checkpoint are all that an exact continuation needs: there is no generator state to save.

import { z } from "zod";
import { fail } from "../../proto/errors.ts";
import { pathText } from "../config/config-problem.ts";
import type { RunConfig } from "../config/run-config.ts";
import { writeFileAtomically } from "../engine/weights/atomic-file.ts";
import type { RunDirectory } from "./run-directory.ts";
import { readJsonFile } from "./run-directory.ts";

const rateSchema = z.object({ rate: z.number(), ci95: z.tuple([z.number(), z.number()]) });

/** Held-out success: at the rollout temperature, and of greedy decoding. */
export const successSchema = rateSchema.extend({ episodes: z.int(), greedy: rateSchema });
export type Success = z.infer<typeof successSchema>;

const runStateSchema = z.object({
  schema: z.literal(1),
  /** Imitation is over (or was not asked for) and the checkpoint of iteration 0 exists. */
  warm: z.boolean(),
  /** Completed training iterations; their checkpoint exists when `warm`. */
  iteration: z.int().min(0),
  /** Bytes of metrics.jsonl that belong to this state. */
  metricsBytes: z.int().min(0),
  successBefore: successSchema.nullable(),
  successAfter: successSchema.nullable(),
  /** Training episodes so far, broken ones not counted. */
  episodes: z.int().min(0),
  /** Wall time of all processes that worked on the run, up to this state. */
  elapsedMs: z.number().min(0),
  rssPeakBytes: z.number().min(0),
});

export type RunState = Readonly<z.infer<typeof runStateSchema>>;

export const FRESH_STATE: RunState = {
  schema: 1,
  warm: false,
  iteration: 0,
  metricsBytes: 0,
  successBefore: null,
  successAfter: null,
  episodes: 0,
  elapsedMs: 0,
  rssPeakBytes: 0,
};

/** The last committed state; a fresh one where the run was killed before its first. */
export async function readRunState(directory: RunDirectory): Promise<RunState> {
  const value = await readJsonFile(directory.stateFile);
  if (value === undefined) return FRESH_STATE;
  const parsed = runStateSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const place = `${directory.stateFile}: ${parsed.error.issues[0]?.path.join(".")}`;
  throw fail(
    "CONFIG_INVALID",
    `${place} is not what this version writes; start a new run, or use the version that wrote it`,
  );
}

export async function writeRunState(directory: RunDirectory, state: RunState): Promise<void> {
  await writeFileAtomically(directory.stateFile, `${JSON.stringify(state)}\n`);
}

/** Fields that may change between the parts of one run: they do not touch numbers that are already there. */
const MAY_CHANGE = new Set([
  "training.iterations",
  "training.checkpointEvery",
  "training.keepCheckpoints",
  "environment.servers",
]);

/**
 * A resumed run must be the same run.
 * @throws {ConfigError} CONFIG_INVALID naming every field that differs from the frozen configuration.
 */
export function assertSameRun(frozen: RunConfig, given: RunConfig, frozenFile: string): void {
  const different = differences(frozen, given, []).filter(({ path }) => !MAY_CHANGE.has(path));
  // The length of a run is part of a falling learning rate.
  if (frozen.training.schedule !== "constant" && frozen.training.iterations !== given.training.iterations) {
    const [before, now] = [frozen.training.iterations, given.training.iterations].map(String) as [string, string];
    different.push({ path: "training.iterations", before, now });
  }
  if (different.length === 0) return;
  const list = different.map(({ path, before, now }) => `  ${path}: was ${before}, is ${now}`).join("\n");
  throw fail(
    "CONFIG_INVALID",
    `--resume continues the run of ${frozenFile}, but the configuration differs; set it back, or start a new run without --resume\n${list}`,
  );
}

interface Difference {
  readonly path: string;
  readonly before: string;
  readonly now: string;
}

function differences(before: unknown, now: unknown, path: readonly string[]): Difference[] {
  const [a, b] = [before, now].map((value) => JSON.stringify(value) ?? "nothing") as [string, string];
  if (a === b) return [];
  const isObject = (value: unknown) => typeof value === "object" && value !== null && !Array.isArray(value);
  if (MAY_CHANGE.has(path.join(".")) || !isObject(before) || !isObject(now))
    return [{ path: pathText(path), before: a, now: b }];
  const left = before as Record<string, unknown>;
  const right = now as Record<string, unknown>;
  const keys = new Set([...Object.keys(left), ...Object.keys(right)]);
  return [...keys].flatMap((key) => differences(left[key], right[key], [...path, key]));
}
