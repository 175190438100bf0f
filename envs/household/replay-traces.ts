// Replays recorded episodes of the original engine: each observation, admissible list, goal flag and score must come out equal.
// Pure: it takes the texts of the files and opens none. A replay goes on after a difference, so that all of them are counted.

import type { TraceFile, TraceMismatch, TraceReport } from "../core/trace-report.ts";
import { admissibleCommands } from "./admissible.ts";
import { houseOf } from "./episode.ts";
import { goalHolds } from "./goals.ts";
import { parseCommand } from "./grammar/commands.ts";
import type { Dialect } from "./house.ts";
import { introText, NOTHING_HAPPENS } from "./render.ts";
import { perform } from "./rules.ts";
import { type RecordedGame, recordedGame } from "./trace-world.ts";

/** What a recording says of one moment; a field that it leaves out is not compared. */
export interface RecordedMoment {
  readonly observation?: string;
  readonly admissible?: readonly string[];
  readonly won?: boolean;
  readonly score?: number;
  readonly done?: boolean;
}

export interface RecordedEpisode {
  readonly game: string;
  readonly dialect: Dialect;
  readonly initial: RecordedMoment;
  readonly steps: readonly (RecordedMoment & { readonly command: string })[];
}

const WORLDS_FILE = "worlds.jsonl";
const TRACES_FILE = /(^|\/)[^/]*traces\.jsonl$/;

/**
 * Replays every `*traces.jsonl` on the games of `worlds.jsonl`.
 * @throws {Error} naming the file, the line and what is missing there.
 */
export function verifyHouseholdTraces(files: readonly TraceFile[]): TraceReport {
  const worlds = files.find(({ name }) => baseName(name) === WORLDS_FILE);
  if (worlds === undefined) throw new Error(`there is no ${WORLDS_FILE} (or .gz), which holds the recorded games`);
  const games = recordedGames(worlds);
  let [steps, episodes, mismatches] = [0, 0, 0];
  let first: TraceMismatch | undefined;
  for (const file of files.filter(({ name }) => TRACES_FILE.test(name))) {
    for (const [index, episode] of recordedEpisodes(file).entries()) {
      const game = games.get(episode.game);
      if (game === undefined) {
        throw new Error(`${file.name}:${index + 1}: no game "${episode.game}" in ${worlds.name}`);
      }
      const found = replayEpisode(game, episode);
      episodes++;
      steps += episode.steps.length;
      mismatches += found.length;
      if (found[0] !== undefined) first ??= { file: file.name, episode: game.id, ...found[0] };
    }
  }
  return { steps, episodes, mismatches, first };
}

/** All differences of one episode from its recording, in order. */
export function replayEpisode(
  game: RecordedGame,
  episode: RecordedEpisode,
): readonly Pick<TraceMismatch, "step" | "what" | "expected" | "actual">[] {
  const house = houseOf(game.data, { dialect: episode.dialect, quirks: "faithful" });
  const found: Pick<TraceMismatch, "step" | "what" | "expected" | "actual">[] = [];
  let facts = house.start;
  const compare = (step: number, recorded: RecordedMoment, observation: string) => {
    const won = goalHolds(house, facts);
    const equal = (what: string, expected: string | undefined, actual: string) => {
      if (expected !== undefined && expected !== actual) found.push({ step, what, expected, actual });
    };
    equal("observation", recorded.observation, observation);
    equal("admissible", recorded.admissible?.join("\n"), admissibleCommands(house, facts).join("\n"));
    equal("won", recorded.won?.toString(), String(won));
    equal("score", recorded.score?.toString(), won ? "1" : "0");
    equal("done", recorded.done?.toString(), String(won));
  };
  compare(0, episode.initial, introText(house, game.data.goal));
  for (const [index, recorded] of episode.steps.entries()) {
    const command = parseCommand(house, recorded.command.trim());
    const effect = command && perform(house, facts, command);
    facts = effect?.facts ?? facts;
    compare(index + 1, recorded, effect?.text ?? NOTHING_HAPPENS);
  }
  return found;
}

/** The games by id. @throws {Error} naming file and line. */
export function recordedGames(file: TraceFile): ReadonlyMap<string, RecordedGame> {
  return new Map(rowsOf(file, recordedGame).map((game) => [game.id, game]));
}

/** The episodes of one file, in order. @throws {Error} naming file and line. */
export function recordedEpisodes(file: TraceFile): readonly RecordedEpisode[] {
  return rowsOf(file, episodeOf);
}

function episodeOf(value: unknown): RecordedEpisode {
  const { game, dialect, steps, init, initAdmissible, initWon } = fields(value, "an episode");
  if (typeof game !== "string") throw new Error('"game" must name a game');
  if (dialect !== "v2" && dialect !== "v0")
    throw new Error(`"dialect" must be v2 or v0, not ${JSON.stringify(dialect)}`);
  if (!Array.isArray(steps)) throw new Error('"steps" must be a list');
  return {
    game,
    dialect,
    initial: moment({ o: init, adm: initAdmissible, won: initWon }),
    steps: steps.map((each: unknown) => {
      const step = fields(each, "a step");
      if (typeof step["a"] !== "string") throw new Error('a step must have its command as "a"');
      if (typeof step["o"] !== "string") throw new Error('a step must have its observation as "o"');
      return { command: step["a"], ...moment(step) };
    }),
  };
}

function moment({ o, adm, won, r, done }: Readonly<Record<string, unknown>>): RecordedMoment {
  return {
    ...(o === undefined ? {} : { observation: String(o) }),
    ...(Array.isArray(adm) ? { admissible: adm as readonly string[] } : {}),
    ...(won === undefined ? {} : { won: won === true }),
    ...(r === undefined ? {} : { score: Number(r) }),
    ...(done === undefined ? {} : { done: done === true }),
  };
}

function rowsOf<Row>({ name, text }: TraceFile, read: (value: unknown) => Row): Row[] {
  return text.split("\n").flatMap((line, index) => {
    if (line.trim() === "") return [];
    try {
      return [read(JSON.parse(line))];
    } catch (error) {
      throw new Error(`${name}:${index + 1}: ${error instanceof Error ? error.message : error}`, { cause: error });
    }
  });
}

function fields(value: unknown, what: string): Readonly<Record<string, unknown>> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw new Error(`${what} must be an object`);
  return value as Readonly<Record<string, unknown>>;
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
