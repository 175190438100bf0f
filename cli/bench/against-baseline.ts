// A measurement of ours and a baseline's of the same shape, in turns in one run: neighbours on the machine then meet both sides
// alike. The baseline is a program that the user names; it is called with flags of the shape and prints one JSON object,
//   {"torch": "2.15.0", "threads": 1, "runs": [{"cpu": {"median_ms": 342}, "tokens_per_cpu_s": 17400}]}
// whose figures are CPU time of its whole process. The ratio is one of medians over the rounds.

import { execFile } from "node:child_process";
import { loadavg } from "node:os";
import { promisify } from "node:util";
import { z } from "zod";
import { fail } from "../../proto/errors.ts";
import { runtimeVersion } from "../doctor/examine.ts";
import { type BenchRecord, median, rounded } from "./bench-record.ts";

const ROUNDS = 5;
/** Of one call of the baseline. */
const TIMEOUT_MS = 15 * 60_000;

const baselineSchema = z.object({
  torch: z.string(),
  threads: z.int(),
  runs: z.tuple([
    z.object({ cpu: z.object({ median_ms: z.number() }).optional(), tokens_per_cpu_s: z.number().positive() }),
  ]),
});
type BaselineRun = z.infer<typeof baselineSchema>["runs"][0];

export interface Compared {
  readonly bench: string;
  /** Program and its first arguments, divided by spaces: "venv/bin/python torch_baseline.py". */
  readonly command: string;
  /** What makes the baseline measure the same, beside --threads. */
  readonly flags: readonly string[];
  readonly threads: number;
  readonly unit: string;
  /** One measurement of ours. */
  measure(): Promise<number>;
  /** The same figure of the baseline; undefined: it did not measure it. */
  read(run: BaselineRun): number | undefined;
  /** Whose shape it is. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** @returns the record `ratio_to_torch`, ours over the baseline's. @throws {ConfigError} when the baseline does not answer */
export async function compareWithBaseline(compared: Compared): Promise<BenchRecord> {
  const { bench, command, flags, threads, unit, params } = compared;
  const loadBefore = loadavg()[0] as number;
  const [ours, theirs]: [number[], number[]] = [[], []];
  let torch = "";
  for (let round = 0; round < ROUNDS; round++) {
    ours.push(await compared.measure());
    const answer = await runBaseline(command, ["--threads", String(threads), ...flags]);
    const figure = compared.read(answer.runs[0]);
    if (figure === undefined) throw notUnderstood(command, `its run has no figure for ${bench}`);
    theirs.push(figure);
    torch = answer.torch;
  }
  return {
    bench,
    metric: "ratio_to_torch",
    value: rounded(median(ours) / median(theirs)),
    unit: "ratio",
    params: {
      ...params,
      threads,
      unit,
      ours: ours.map(rounded),
      torch: theirs.map(rounded),
      ratios: ours.map((value, round) => rounded(value / (theirs[round] as number))),
      versions: { torch, onnxruntime: runtimeVersion(), node: process.versions.node },
      load_average: [loadBefore, loadavg()[0] as number].map(rounded),
    },
  };
}

async function runBaseline(command: string, flags: readonly string[]): Promise<z.infer<typeof baselineSchema>> {
  const [program = "", ...first] = command.split(/\s+/).filter((word) => word !== "");
  const run = promisify(execFile)(program, [...first, ...flags], { timeout: TIMEOUT_MS, maxBuffer: 2 ** 24 });
  const { stdout } = await run.catch((error: Error & { readonly stderr?: string }) => {
    const said = error.stderr?.trim().split("\n").at(-1);
    throw notUnderstood(
      command,
      `it cannot be run: ${said === undefined || said === "" ? error.message : said}`,
      error,
    );
  });
  try {
    return baselineSchema.parse(JSON.parse(stdout));
  } catch (error) {
    throw notUnderstood(command, "it does not print the JSON object of a torch baseline", error);
  }
}

function notUnderstood(command: string, what: string, cause?: unknown): Error {
  return fail("CONFIG_INVALID", `--against "${command}": ${what}; name a Python with torch and a baseline script`, {
    cause,
  });
}
