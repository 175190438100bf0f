// Demonstrations on disk, as JSON lines. Line 1 is the header, every other line one episode:
//
//   {"kind":"anchorgym-demonstrations","schema":1,"environment":"household","version":"2.0.0","policy":"oracle",
//    "noise":0.3,"seed":1,"vocabulary":["apple 1", ...]}
//   {"taskId":"...","split":"train","seed":7,"score":1,"initial":{"observation":"...","admissible":["..."]},
//    "steps":[{"label":"go to fridge 1","action":"go to desk 1","validity":"VALID","observation":"...","admissible":["..."]}]}
//
// `label` is what the expert would do (null: it has no plan), `action` what was done; `observation` and `admissible` are
// those after the action. A reader checks every line and names the one that is wrong; it repairs nothing.

import { readFile } from "node:fs/promises";
import { z } from "zod";
import { fail } from "../../proto/errors.ts";
import { writeFileAtomically } from "../engine/weights/atomic-file.ts";

const words = z.array(z.string()).readonly();

const headerSchema = z.strictObject({
  kind: z.literal("anchorgym-demonstrations"),
  schema: z.literal(1),
  environment: z.string().min(1),
  /** Version of the world that wrote the texts. */
  version: z.string().min(1),
  /** Who labelled: a name for people. */
  policy: z.string(),
  noise: z.number().min(0).max(1),
  seed: z.int().min(0),
  /** Every word and entity name that the world can say; a tokenizer is made from it. */
  vocabulary: words,
});

const stepSchema = z.strictObject({
  label: z.string().nullable(),
  action: z.string(),
  validity: z.string(),
  observation: z.string(),
  admissible: words,
});

const episodeSchema = z.strictObject({
  taskId: z.string(),
  split: z.string(),
  seed: z.int().min(0),
  score: z.number().min(0).max(1).nullable(),
  initial: z.strictObject({ observation: z.string(), admissible: words }),
  steps: z.array(stepSchema).readonly(),
});

export type DemonstrationHeader = Readonly<z.infer<typeof headerSchema>>;
export type DemonstrationStep = Readonly<z.infer<typeof stepSchema>>;
export type DemonstrationEpisode = Readonly<z.infer<typeof episodeSchema>>;

export interface Demonstrations {
  readonly header: DemonstrationHeader;
  readonly episodes: readonly DemonstrationEpisode[];
}

export function formatDemonstrations({ header, episodes }: Demonstrations): string {
  return [header, ...episodes].map((line) => `${JSON.stringify(line)}\n`).join("");
}

/** @param place names the text in errors, for example its path. @throws {ConfigError} CONFIG_INVALID naming the line. */
export function parseDemonstrations(text: string, place: string): Demonstrations {
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  const [first, ...rest] = lines;
  if (first === undefined) throw fail("CONFIG_INVALID", `${place} is empty; the first line must be the header`);
  const header = parseLine(headerSchema, first, place, 1);
  const episodes = rest.map((line, i) => parseLine(episodeSchema, line, place, i + 2));
  return { header, episodes };
}

/** @throws {ConfigError} CONFIG_INVALID when the file cannot be read or a line is wrong. */
export async function readDemonstrations(file: string): Promise<Demonstrations> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    const sentence = `cannot read the demonstrations ${file}; make them with "anchorgym rollout --out ${file}"`;
    throw fail("CONFIG_INVALID", sentence, { cause: error });
  }
  return parseDemonstrations(text, file);
}

/** Written whole or not at all. @throws {ConfigError} CONFIG_INVALID when `file` cannot be written. */
export async function writeDemonstrations(file: string, demonstrations: Demonstrations): Promise<void> {
  try {
    await writeFileAtomically(file, formatDemonstrations(demonstrations));
  } catch (error) {
    const sentence = `cannot write the demonstrations ${file}; name a file in a folder that can be written`;
    throw fail("CONFIG_INVALID", sentence, { cause: error });
  }
}

function parseLine<T>(schema: z.ZodType<T>, line: string, place: string, lineNumber: number): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const sentence = `${place}:${lineNumber} is not JSON; the file may be cut off: make it again`;
    throw fail("CONFIG_INVALID", sentence, { cause: error });
  }
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  const where = issue?.path.length ? ` ${issue.path.join(".")}:` : "";
  throw fail("CONFIG_INVALID", `${place}:${lineNumber}:${where} ${issue?.message ?? "unexpected content"}`);
}
