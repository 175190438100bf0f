// `anchorgym import household <game...>`: turns a user's own ALFWorld games into the lines of a worlds file, with the shortest
// solution as proof that each can be won here. A refused game is named and counted.

import { readFile, writeFile } from "node:fs/promises";
import { Argument, Command } from "commander";
import { importAlfworldGame } from "../../envs/household/alfworld-game.ts";
import { houseOf } from "../../envs/household/episode.ts";
import { distance } from "../../envs/household/oracle.ts";
import { identityBody } from "../../envs/household/world-data.ts";
import { EXIT, UsageError } from "../exit.ts";

interface ImportFlags {
  readonly out?: string;
  readonly json?: boolean;
  readonly inline?: boolean;
}

const EXAMPLES = `
The file has one game a line in the schema of recorded games, so that "verify-traces" can replay recordings on it.
Games of other task families, unsolvable games and other domains are refused one by one; the exit code is then 1.

Example:
  $ anchorgym import household $ALFWORLD_DATA/json_2.1.1/valid_unseen/*/*/game.tw-pddl --out worlds.jsonl`;

export function importCommand(): Command {
  return new Command("import")
    .description("read a user's own ALFWorld games")
    .addArgument(new Argument("<world>", "world").choices(["household"]))
    .argument("<game...>", "game.tw-pddl files, in their own folders")
    .option("--out <file>", "worlds file to write; default: standard output")
    .option("--inline", "write inline tasks, one a line, instead of a worlds file")
    .option("--json", "the counts as one JSON object on standard error")
    .addHelpText("after", EXAMPLES)
    .action((_world: string, paths: readonly string[], flags: ImportFlags) => importGames(paths, flags));
}

async function importGames(paths: readonly string[], { out, json, inline = false }: ImportFlags): Promise<void> {
  const lines: string[] = [];
  const refused: string[] = [];
  for (const path of paths) {
    const text = await readFile(path, "utf8").catch((error: NodeJS.ErrnoException) => {
      throw new UsageError(`${path} cannot be read (${error.code}); give existing game.tw-pddl files`, {
        cause: error,
      });
    });
    try {
      lines.push(`${JSON.stringify(inline ? inlineTask(text, path) : worldLine(text, path))}\n`);
    } catch (error) {
      refused.push(error instanceof Error ? error.message : String(error));
    }
  }
  if (out === undefined) process.stdout.write(lines.join(""));
  else await writeFile(out, lines.join(""));
  for (const reason of json ? [] : refused) process.stderr.write(`refused ${reason}\n`);
  const counts = { imported: lines.length, refused };
  process.stderr.write(
    json ? `${JSON.stringify(counts)}\n` : `${lines.length} games imported, ${refused.length} refused\n`,
  );
  if (refused.length > 0) process.exitCode = EXIT.failed;
}

function inlineTask(text: string, path: string): object {
  const { data } = importAlfworldGame(text, path);
  const { room, floorPlan, humanGoals } = data;
  return { ...(identityBody(data) as object), room, floorPlan, humanGoals };
}

function worldLine(text: string, path: string): object {
  const { data, walkthrough } = importAlfworldGame(text, path);
  const house = houseOf(data, { dialect: "v2", quirks: "faithful" });
  const optimalSteps = distance(house, house.start);
  if (!Number.isFinite(optimalSteps)) throw new Error(`${path}: no plan reaches the goal`);
  const { receptacles, objects, target } = identityBody(data) as Readonly<Record<string, unknown>>;
  const id = /([^/]+\/trial_[^/]+)(\/|$)/.exec(path)?.[1] ?? path;
  const { family, room, floorPlan, goal, humanGoals, startLoc } = data;
  return {
    id,
    family,
    room,
    floorPlan: `FloorPlan${floorPlan}`,
    target,
    goal,
    humanGoals,
    startLoc,
    receptacles,
    objects,
    walkthrough: walkthrough ?? null,
    optimalSteps,
  };
}
