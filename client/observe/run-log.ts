// metrics.jsonl: one JSON object a line, `{"stage", "position", "<metric>": number, ...}`. Appends only; a resumed run first
// cuts the file back to the byte where its checkpoint stood, which also removes a line that a kill tore. A file that ends
// before that byte has lost lines: it goes on behind its last whole one, and says how much is missing.

import { closeSync, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import type { Metrics } from "./metrics.ts";
import { METRICS } from "./metrics.ts";

/** `position` counts updates in imitation and iterations elsewhere. */
export type MetricStage = "imitation" | "training" | "evaluation";

/** An open metrics file. Written synchronously: a line is on its way to the disk before the work goes on. */
export class RunLog {
  readonly #descriptor: number;
  #sizeBytes: number;
  /** Of the bytes that were to be kept, how many the file no longer had. */
  readonly lostBytes: number;

  /** Opens or creates `file` and cuts it to `keepBytes`; undefined: all of it. */
  constructor(file: string, keepBytes?: number) {
    this.#descriptor = openSync(file, "a+");
    const text = readFileSync(this.#descriptor);
    const isWhole = keepBytes === undefined || text.length >= keepBytes;
    this.#sizeBytes = isWhole ? (keepBytes ?? text.length) : text.lastIndexOf("\n") + 1;
    this.lostBytes = isWhole ? 0 : keepBytes - this.#sizeBytes;
    if (this.#sizeBytes < text.length) ftruncateSync(this.#descriptor, this.#sizeBytes);
  }

  /** Where the next line begins. */
  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /**
   * One line. Metrics that are undefined are left out.
   * @throws {Error} for a name outside the table or a number that is not finite: both are bugs of the caller.
   */
  append(stage: MetricStage, position: number, metrics: Metrics): void {
    for (const [name, value] of Object.entries(metrics)) {
      if (!Object.hasOwn(METRICS, name)) throw new Error(`metric "${name}" is not in client/observe/metrics.ts`);
      if (!Number.isFinite(value)) throw new Error(`metric "${name}" is ${value} at ${stage} ${position}`);
    }
    const line = Buffer.from(`${JSON.stringify({ stage, position, ...metrics })}\n`);
    writeSync(this.#descriptor, line);
    this.#sizeBytes += line.length;
  }

  close(): void {
    closeSync(this.#descriptor);
  }
}
