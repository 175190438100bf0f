// `anchorgym verify-traces <world> <dir>`: replays recordings of the original systems on this build's worlds. Exit code 1 when
// anything differs, 2 when the folder cannot be replayed.

import { Argument, Command } from "commander";
import type { TraceReport } from "../../envs/core/trace-report.ts";
import { GRID_WORLDS } from "../../envs/grid/grid-worlds.ts";
import { householdWorld } from "../../envs/household/household-world.ts";
import { verifyHouseholdTraces } from "../../envs/household/replay-traces.ts";
import { EXIT, UsageError } from "../exit.ts";
import { type FolderFile, readTraceFolder } from "../trace-folder.ts";

type Verifier = (files: readonly FolderFile[]) => TraceReport;

const VERIFIERS: ReadonlyMap<string, Verifier> = new Map([
  [householdWorld.description.name, verifyHouseholdTraces],
  ...GRID_WORLDS.map(({ world, verifyFixtures }) => [world.description.name, verifyFixtures] as const),
]);

const EXAMPLES = `
Every recorded value must come out equal: observations, admissible lists, rewards, ends, generated levels.

Example:
  $ anchorgym verify-traces household ../shared/data/household --json
  {"world":"household","steps":16116,"episodes":530,"mismatches":0,"first":null}`;

export function verifyTracesCommand(): Command {
  return new Command("verify-traces")
    .description("replay recordings of the original systems and count the differences")
    .addArgument(new Argument("<world>", "world").choices([...VERIFIERS.keys()]))
    .argument("<dir>", "folder of recordings, .jsonl or .jsonl.gz")
    .option("--json", "one JSON object")
    .addHelpText("after", EXAMPLES)
    .action(verifyTraces);
}

async function verifyTraces(world: string, directory: string, { json }: { json?: boolean }): Promise<void> {
  const files = await readTraceFolder(directory);
  const report = replay(VERIFIERS.get(world)!, files, directory);
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
