// Constrained decoding: each row walks its choices, and the model is asked only where more than one token is possible.
// The tokens that all choices begin with are read together with the prompt; every later question reads what followed it
// as one chunk against the prompt's cache. Equal prompts, as the replicas of a group begin with, are read once.

import { RandomStream } from "../../../random.ts";
import type { Completion, PolicyVersion, SampleRequest } from "../../engine.ts";
import type { Model } from "../model/model.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { ChoiceWalk } from "./choice-walk.ts";
import { type ExtendRow, type PrefillRun, runExtend, runPrefill } from "./prefill.ts";
import { groupRows, paddedChunkLength, paddedPromptLength } from "./row-batches.ts";
import { drawToken } from "./sampler.ts";

export interface ChoiceRequest extends SampleRequest {
  readonly choices_C: readonly Int32Array[];
}

interface Row {
  readonly request: ChoiceRequest;
  readonly walk: ChoiceWalk;
  readonly stream: RandomStream;
  /** Prompt and the tokens forced before the first draw. */
  readonly prefix: Int32Array;
}

interface ReadPrompt {
  readonly run: PrefillRun;
  readonly row: number;
}

/** One completion per request, in order. `maxTokens` and stop tokens are not consulted: the choices end themselves. */
export async function sampleChoices(
  model: Model,
  sessions: SessionCache,
  requests: readonly ChoiceRequest[],
  maxTokens: number,
  policyVersion: PolicyVersion,
): Promise<Completion[]> {
  const rows = requests.map((request, i): Row => {
    const walk = new ChoiceWalk(request.choices_C, `sample request ${i}`);
    const longest = request.choices_C.reduce((length, choice) => Math.max(length, choice.length), 0);
    model.checkSequence(request.prompt_T, longest, `sample request ${i}`);
    const prefix = Int32Array.from([...request.prompt_T, ...walk.tokens]);
    return { request, walk, stream: new RandomStream(request.seed), prefix };
  });
  let asking = rows.filter((row) => !row.walk.isComplete);
  const read = await readPrompts(model, sessions, asking, maxTokens);
  for (const row of asking) {
    const { run, row: at } = read.get(row) as ReadPrompt;
    draw(row, run.logits[at] as Float32Array);
  }
  for (;;) {
    asking = asking.filter((row) => !row.walk.isComplete);
    if (asking.length === 0) break;
    await askFurther(model, sessions, asking, read, maxTokens);
  }
  return rows.map(({ walk }) => ({
    tokens_T: Int32Array.from(walk.tokens),
    drawn_T: Uint8Array.from(walk.drawn),
    logprobs_T: Float32Array.from(walk.logprobs),
    allowed_T: walk.allowed,
    stopReason: "choice",
    policyVersion,
  }));
}

async function readPrompts(
  model: Model,
  sessions: SessionCache,
  rows: readonly Row[],
  maxTokens: number,
): Promise<ReadonlyMap<Row, ReadPrompt>> {
  const byPrefix = new Map<string, Row[]>();
  for (const row of rows) {
    const key = row.prefix.join(" ");
    const same = byPrefix.get(key);
    if (same === undefined) byPrefix.set(key, [row]);
    else same.push(row);
  }
  const width = (same: readonly Row[]) => paddedPromptLength((same[0] as Row).prefix.length);
  const read = new Map<Row, ReadPrompt>();
  for (const group of groupRows([...byPrefix.values()], (same) => String(width(same)), width, maxTokens)) {
    const prefixes = group.map((same) => (same[0] as Row).prefix);
    const run = await runPrefill(model, sessions, prefixes, width(group[0] as Row[]));
    group.forEach((same, at) => {
      for (const row of same) read.set(row, { run, row: at });
    });
  }
  return read;
}

/** One further draw for every row: its completion since the prefix is the chunk. */
async function askFurther(
  model: Model,
  sessions: SessionCache,
  rows: readonly Row[],
  read: ReadonlyMap<Row, ReadPrompt>,
  maxTokens: number,
): Promise<void> {
  const runIds = new Map<PrefillRun, number>();
  for (const { run } of read.values()) if (!runIds.has(run)) runIds.set(run, runIds.size);
  const items = rows.map((row) => {
    const { run, row: at } = read.get(row) as ReadPrompt;
    const chunk_C = Int32Array.from(row.walk.tokens.slice(row.prefix.length - row.request.prompt_T.length));
    const extend: ExtendRow = { row: at, promptLength: row.prefix.length, chunk_C };
    return { row, run, extend, width: paddedChunkLength(chunk_C.length) };
  });
  const key = (item: (typeof items)[number]) => `${runIds.get(item.run)} ${item.width}`;
  for (const group of groupRows(items, key, (item) => item.width, maxTokens)) {
    const { run, width } = group[0] as (typeof items)[number];
    const logits = await runExtend(
      model,
      sessions,
      run,
      group.map((item) => item.extend),
      width,
    );
    group.forEach((item, i) => {
      draw(item.row, logits[i] as Float32Array);
    });
  }
}

function draw({ request, walk, stream }: Row, logits_V: Float32Array): void {
  const allowed = walk.possibleTokens();
  const { token, logprob } = drawToken(
    logits_V,
    allowed,
    1 / request.temperature,
    request.greedy ? null : stream.real(),
  );
  walk.take(token, logprob, allowed);
}
