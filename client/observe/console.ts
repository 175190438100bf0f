// What a run says to the person who watches it: one live line on a terminal, plain lines elsewhere, a table at the end.
// It decides nothing and stores nothing; everything it says is also in the run directory.

/** Where the text goes: `process.stderr` fits. */
export interface TextSink {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Plain lines are said at most this often, except the first and the last of a stage. */
const PLAIN_INTERVAL_MS = 10_000;

export interface Progress {
  /** "train", "imitate", "evaluate". */
  readonly stage: string;
  readonly done: number;
  readonly total: number;
  /** Short facts, for example "success 0.43". */
  readonly facts: readonly string[];
}

export class RunConsole {
  readonly #sink: TextSink;
  readonly #nowMs: () => number;
  #stage = "";
  #stageStartMs = 0;
  /** Units that were done before this process: they say nothing about its speed. */
  #stageStartDone = 0;
  #lastPlainMs = Number.NEGATIVE_INFINITY;
  #live = false;

  constructor(sink: TextSink, nowMs: () => number = Date.now) {
    this.#sink = sink;
    this.#nowMs = nowMs;
  }

  /** A lasting line. */
  say(text: string): void {
    this.#clear();
    this.#sink.write(`${text}\n`);
  }

  /** Replaces the live line, or adds a plain one now and then. */
  progress(progress: Progress): void {
    const now = this.#nowMs();
    if (progress.stage !== this.#stage) {
      this.#stage = progress.stage;
      this.#stageStartMs = now;
      this.#stageStartDone = progress.done;
      this.#lastPlainMs = Number.NEGATIVE_INFINITY;
    }
    const line = this.#line(progress, now);
    if (this.#sink.isTTY === true) {
      this.#sink.write(`\r\x1b[2K${line.slice(0, Math.max(20, (this.#sink.columns ?? 80) - 1))}`);
      this.#live = true;
    } else if (progress.done >= progress.total || now - this.#lastPlainMs >= PLAIN_INTERVAL_MS) {
      this.#lastPlainMs = now;
      this.#sink.write(`${line}\n`);
    }
  }

  #line({ stage, done, total, facts }: Progress, now: number): string {
    const fresh = done - this.#stageStartDone;
    const leftMs = fresh > 0 ? ((now - this.#stageStartMs) / fresh) * (total - done) : Number.NaN;
    const left = done >= total ? [] : [Number.isNaN(leftMs) ? "time left ?" : `time left ${duration(leftMs)}`];
    return [`${stage.padEnd(9)}${bar(done, total)} ${done}/${total}`, ...facts, ...left].join("  ");
  }

  #clear(): void {
    if (this.#live) this.#sink.write("\r\x1b[2K");
    this.#live = false;
  }
}

const BAR_WIDTH = 16;

function bar(done: number, total: number): string {
  const filled = total === 0 ? BAR_WIDTH : Math.round((BAR_WIDTH * Math.min(done, total)) / total);
  return `[${"#".repeat(filled)}${".".repeat(BAR_WIDTH - filled)}]`;
}

/** "45 s", "3 min 20 s", "2 h 5 min". */
export function duration(durationMs: number): string {
  const seconds = Math.max(0, Math.round(durationMs / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${seconds % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** Columns aligned by width; the first row is the head. */
export function textTable(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) => cell.padEnd(widths[i] ?? 0))
      .join("  ")
      .trimEnd();
  const [head, ...body] = rows.map(line);
  const rule = widths.map((width) => "-".repeat(width)).join("  ");
  return [head ?? "", rule, ...body].join("\n");
}
