// All sampling of an engine, across calls: the rows of every call wait in one line and are admitted in its order as far as
// the budget for keys and values allows; prompts are read, and each lane makes one run in turn. Whoever has ended leaves
// between runs, whoever has arrived joins, and a call is answered as soon as its own rows have ended. What rows do not
// take of the budget keeps prefixes for later. A row alone is always admitted; nothing fails for want of room.
// The weights stay as they are while rows are on their way: that is the caller's promise (`call-order.ts`).

import { setImmediate } from "node:timers/promises";
import { fail } from "../../../../proto/errors.ts";
import type { Completion, PolicyVersion, SampleCounts, SampleRequest } from "../../engine.ts";
import type { Model } from "../model/model.ts";
import type { EngineForm } from "../session/device.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { ChoiceLane, type ChoiceRequest, ChoiceRow } from "./constrained.ts";
import { DecodeRow, type DecodeText } from "./decode-row.ts";
import type { DecodeWeights } from "./decode-weights.ts";
import { DeviceLane } from "./device-lane.ts";
import { checkDrawSettings, isFiltered } from "./filtered-draw.ts";
import { FreeLane } from "./generate.ts";
import { attempt, type Lane, type LaneLoad, type SampledRow } from "./lane.ts";
import { PrefillRuns } from "./prefill.ts";
import { type Block, kvBytesPerToken, PrefixCache } from "./prefix-cache.ts";
import { PromptReader } from "./prompt-reader.ts";

export interface SamplerOptions {
  readonly model: Model;
  /** Of prompt reading. */
  readonly sessions: SessionCache;
  readonly weights: DecodeWeights;
  /** Bound on padded tokens per prompt-reading run. */
  readonly maxBatchTokens: number;
  /** Bound on the bytes of keys and values, of rows on their way and of prefixes that are kept. */
  readonly maxKvBytes: number;
  /** Loads what turns tokens into text, for stop strings; null where the model's folder has no tokenizer. */
  readonly loadText: () => Promise<DecodeText | null>;
  /** "device": whole completions in one run, where the draws need no filters. */
  readonly form: EngineForm;
}

/** One call on its way. */
interface Call {
  readonly rows: readonly SampledRow[];
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

interface Entry {
  readonly row: SampledRow;
  readonly lane: Lane<SampledRow>;
  hasWaited: boolean;
}

export class SampleScheduler {
  readonly #options: SamplerOptions;
  readonly #cache: PrefixCache;
  readonly #reader: PromptReader;
  readonly #lanes: { readonly [Kind in "plain" | "filtered" | "choices"]: Lane<SampledRow> };
  readonly #counts = { prefilledTokens: 0, reusedTokens: 0, rowSteps: 0, idleRowSteps: 0, queuedRows: 0 };
  readonly #calls = new Set<Call>();
  #waiting: Entry[] = [];
  /** Admitted, not yet at their end. */
  #going: Entry[] = [];
  #isRunning = false;

  constructor(options: SamplerOptions) {
    const { model, sessions, weights, maxBatchTokens, maxKvBytes, form } = options;
    this.#options = options;
    this.#cache = new PrefixCache(maxKvBytes);
    const runs = new PrefillRuns(model, sessions);
    this.#reader = new PromptReader(model.config, runs, this.#cache, maxBatchTokens, this.#counts);
    this.#lanes = {
      plain:
        form === "device"
          ? new DeviceLane(model, weights, maxBatchTokens, this.#counts)
          : new FreeLane(model, weights, false, this.#counts),
      filtered: new FreeLane(model, weights, true, this.#counts),
      choices: new ChoiceLane(runs, maxBatchTokens),
    };
  }

  /** Since the engine was made. */
  get counts(): SampleCounts {
    return { ...this.#counts, evictedBlocks: this.#cache.evictions };
  }

  /** Nothing that is kept belongs to the new weights. No row may be on its way. */
  weightsChanged(): void {
    this.#cache.clear();
  }

  /** One completion per request, in order. A row that cannot be drawn rejects its own call. */
  async sample(requests: readonly SampleRequest[], policyVersion: PolicyVersion): Promise<Completion[]> {
    const entries = await this.#entriesOf(requests);
    const rows = entries.map(({ row }) => row);
    await new Promise<void>((resolve, reject) => {
      this.#calls.add({ rows, resolve, reject });
      this.#waiting.push(...entries.filter(({ row }) => !row.hasEnded));
      void this.#run();
    });
    return rows.map((row) => row.completion(policyVersion));
  }

  async #entriesOf(requests: readonly SampleRequest[]): Promise<readonly Entry[]> {
    const { model, loadText } = this.#options;
    requests.forEach((request, i) => {
      checkDrawSettings(request, `sample request ${i}`);
      if (!Number.isInteger(request.maxTokens) || request.maxTokens < 1) {
        throw fail("MESSAGE_INVALID", `sample request ${i}: maxTokens ${request.maxTokens} is not an integer above 0`);
      }
    });
    const stringsAt = requests.findIndex((request) => !isChoice(request) && (request.stopStrings?.length ?? 0) > 0);
    const decodeText = stringsAt < 0 ? null : await loadText();
    if (stringsAt >= 0 && decodeText === null) {
      throw fail(
        "MESSAGE_INVALID",
        `sample request ${stringsAt} has stop strings, but the model's folder has no tokenizer.json to read them with: add it, or use stop tokens`,
      );
    }
    return requests.map((request, i) => {
      const row = isChoice(request)
        ? new ChoiceRow(request, `sample request ${i}`)
        : new DecodeRow(request, decodeText);
      model.checkSequence(request.prompt_T, row.longest - request.prompt_T.length, `sample request ${i}`);
      const kind = isChoice(request) ? "choices" : isFiltered(request) ? "filtered" : "plain";
      return { row, lane: this.#lanes[kind], hasWaited: false };
    });
  }

  /** Goes on until nothing is left to do. Never rejects. */
  async #run(): Promise<void> {
    if (this.#isRunning) return;
    this.#isRunning = true;
    // Calls that arrived together begin together.
    await setImmediate();
    while (this.#calls.size > 0) {
      const loads = this.#loads();
      for (const entries of this.#slices(this.#admit(loads))) await this.#begin(entries, loads);
      for (const lane of Object.values(this.#lanes)) await runLane(lane);
      this.#settle();
    }
    this.#isRunning = false;
  }

  #loads(): Map<Lane<SampledRow>, LaneLoad> {
    const loads = new Map(Object.values(this.#lanes).map((lane) => [lane, { rows: 0, longest: 0, total: 0 }]));
    for (const { row, lane } of this.#going) grow(loads.get(lane) as LaneLoad, row);
    return loads;
  }

  /** Takes from the line what fits beside the rows on their way, in order; one row at least if there are none. */
  #admit(loads: Map<Lane<SampledRow>, LaneLoad>): readonly Entry[] {
    const { model, maxKvBytes } = this.#options;
    const bytes = () => {
      const tokens = [...loads].reduce((sum, [lane, load]) => sum + lane.tokensOf(load), 0);
      return tokens * kvBytesPerToken(model.config);
    };
    let count = 0;
    for (const { row, lane } of this.#waiting) {
      const load = loads.get(lane) as LaneLoad;
      const before = { ...load };
      grow(load, row);
      if (this.#going.length + count > 0 && bytes() > maxKvBytes) {
        Object.assign(load, before);
        break;
      }
      count += 1;
    }
    const admitted = this.#waiting.splice(0, count);
    this.#going.push(...admitted);
    for (const entry of this.#waiting) {
      if (!entry.hasWaited) this.#counts.queuedRows += 1;
      entry.hasWaited = true;
    }
    this.#cache.limit(Math.max(0, maxKvBytes - bytes()));
    return admitted;
  }

  /** Prompts whose blocks are in memory beside the rows' own keys and values at the same time. */
  #slices(entries: readonly Entry[]): readonly (readonly Entry[])[] {
    const slices: Entry[][] = [];
    let tokens = Number.POSITIVE_INFINITY;
    for (const entry of entries) {
      tokens += entry.row.prefix_T.length;
      if (tokens > this.#options.maxBatchTokens) {
        slices.push([]);
        tokens = entry.row.prefix_T.length;
      }
      slices.at(-1)?.push(entry);
    }
    return slices;
  }

  /** Reads the prompts of new rows, draws their first tokens, and hands those to their lanes that go on. */
  async #begin(admitted: readonly Entry[], loads: ReadonlyMap<Lane<SampledRow>, LaneLoad>): Promise<void> {
    const entries = admitted.filter(({ lane }) => !lane.readsPrompts);
    for (const { row, lane } of admitted) if (lane.readsPrompts) lane.add(row, [], loads.get(lane) as LaneLoad);
    try {
      const blocks = await this.#reader.read(entries.map(({ row }) => row.prefix_T));
      entries.forEach(({ row, lane }, i) => {
        const read = blocks[i] as readonly Block[];
        attempt(row, () => {
          row.draw(read.at(-1)?.logits_V as Float32Array);
          if (!row.hasEnded) lane.add(row, read, loads.get(lane) as LaneLoad);
        });
      });
    } catch (error) {
      for (const { row } of entries) row.failure ??= error;
    }
  }

  /** Answers the calls whose rows have ended. Where one row has failed, the others of its call need not go on. */
  #settle(): void {
    for (const call of this.#calls) {
      const failed = call.rows.find((row) => row.failure !== null);
      if (failed === undefined && !call.rows.every((row) => row.hasEnded)) continue;
      this.#calls.delete(call);
      if (failed === undefined) call.resolve();
      else {
        for (const row of call.rows) row.failure ??= failed.failure;
        call.reject(failed.failure);
      }
    }
    for (const lane of Object.values(this.#lanes)) lane.sweep();
    const isOnItsWay = ({ row }: Entry) => !row.hasEnded;
    this.#waiting = this.#waiting.filter(isOnItsWay);
    this.#going = this.#going.filter(isOnItsWay);
  }
}

/** A run that breaks ends the rows that were in it. */
async function runLane(lane: Lane<SampledRow>): Promise<void> {
  if (lane.active.length === 0) return;
  try {
    await lane.run();
  } catch (error) {
    for (const row of lane.active) row.failure ??= error;
  }
}

function grow(load: LaneLoad, { longest }: SampledRow): void {
  load.rows += 1;
  load.longest = Math.max(load.longest, longest);
  load.total += longest;
}

function isChoice(request: SampleRequest): request is ChoiceRequest {
  return request.choices_C !== undefined;
}
