// `anchorgym verify-traces <world> <dir>`: replays recordings of the original systems on this build's worlds. Exit code 1 when
// anything differs, 2 when the folder cannot be replayed.

import { Argument, Command } from "commander";
import { EXIT, UsageError } from "../exit.ts";
import { type FolderFile, readTraceFolder } from "../trace-folder.ts";

/** The shape that every world's replay function reports. */
interface TraceReport {
  readonly steps: number;
  readonly episodes: number;
  readonly mismatches: number;
  readonly first:
    | {
        readonly file: string;
        readonly episode: string;
        readonly step: number;
        readonly what: string;
        readonly expected: string;
        readonly actual: string;
      }
    | undefined;
}
type Verifier = (files: readonly FolderFile[]) => TraceReport;

/** Only the named world is loaded. */
const VERIFIERS = {
  household: async () => (await import("../../envs/household/replay-traces.ts")).verifyHouseholdTraces,
  sokoban: async () => (await import("../../envs/grid/sokoban/fixtures.ts")).verifySokobanFixtures,
  "frozen-lake": async () => (await import("../../envs/grid/frozen-lake/fixtures.ts")).verifyFrozenLakeFixtures,
  sudoku: async () => (await import("../../envs/grid/sudoku/fixtures.ts")).verifySudokuFixtures,
  "plan-path": async () => (await import("../../envs/grid/plan-path/fixtures.ts")).verifyPlanPathFixtures,
} as const satisfies Record<string, () => Promise<Verifier>>;

type VerifiedWorld = keyof typeof VERIFIERS;

const EXAMPLES = `
Every recorded value must come out equal: observations, admissible lists, rewards, ends, generated levels.

Example:
  $ anchorgym verify-traces household ../shared/data/household --json
  {"world":"household","steps":16116,"episodes":530,"mismatches":0,"first":null}`;

export function verifyTracesCommand(): Command {
  return new Command("verify-traces")
    .description("replay recordings of the original systems and count the differences")
    .addArgument(new Argument("<world>", "world").choices(Object.keys(VERIFIERS)))
    .argument("<dir>", "folder of recordings, .jsonl or .jsonl.gz")
    .option("--json", "one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(verifyTraces);
}

async function verifyTraces(world: VerifiedWorld, directory: string, { json }: { json?: boolean }): Promise<void> {
  const files = await readTraceFolder(directory);
  const report = replay(await VERIFIERS[world](), files, directory);
  if (report.episodes === 0) {
    throw new UsageError(
      `${directory} holds no recording of ${world}; it has ${files.map((file) => file.name).join(", ")}`,
    );
  }
  process.stdout.write(json ? `${JSON.stringify(jsonReport(world, report))}\n` : textReport(world, report));
  if (report.mismatches > 0) process.exitCode = EXIT.failed;
}

/** The replay functions throw for nothing but files that are not of their schema. */
function replay(verify: Verifier, files: readonly FolderFile[], directory: string): TraceReport {
  try {
    return verify(files);
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    throw new UsageError(`${directory} cannot be replayed: ${sentence}`, { cause: error });
  }
}

function jsonReport(world: string, { steps, episodes, mismatches, first }: TraceReport): object {
  if (first === undefined) return { world, steps, episodes, mismatches, first: null };
  const { file, episode, step, what, expected, actual } = first;
  return { world, steps, episodes, mismatches, first: { file, game: episode, step, what, expected, actual } };
}

function textReport(world: string, { steps, episodes, mismatches, first }: TraceReport): string {
  const counts = `${world}: ${steps} steps of ${episodes} episodes, ${mismatches} mismatches\n`;
  if (first === undefined) return counts;
  const { file, episode, step, what, expected, actual } = first;
  const place = `first: ${what} at step ${step} of ${episode} (${file})\n`;
  return `${counts}${place}--- recorded\n${expected}\n--- here\n${actual}\n`;
}
