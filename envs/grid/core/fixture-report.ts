// What replaying recorded fixtures found. Worlds compare value by value and record the first difference with its place, so that
// a report names the file, the episode and the step instead of a count alone.

import type { TraceFile, TraceMismatch, TraceReport } from "../../core/trace-report.ts";

/** Counts episodes, steps and differences while a world replays its fixtures. */
export class FixtureComparison {
  #steps = 0;
  #episodes = 0;
  #mismatches = 0;
  #first: TraceMismatch | undefined;
  #file = "";
  #episode = "";
  #step = 0;

  beginEpisode(file: string, episode: string): void {
    this.#episodes++;
    this.#file = file;
    this.#episode = episode;
    this.#step = 0;
  }

  beginStep(): void {
    this.#steps++;
    this.#step++;
  }

  /** Records a difference of two values that are compared as JSON. */
  equal(what: string, expected: unknown, actual: unknown): void {
    const [left, right] = [JSON.stringify(expected), JSON.stringify(actual)];
    if (left !== right) this.#differ(what, String(left), String(right));
  }

  /** Records a difference of more than `tolerance`; 0 demands equal doubles. */
  near(what: string, expected: number, actual: number, tolerance: number): void {
    if (!(Math.abs(expected - actual) <= tolerance)) this.#differ(what, String(expected), String(actual));
  }

  report(): TraceReport {
    return { steps: this.#steps, episodes: this.#episodes, mismatches: this.#mismatches, first: this.#first };
  }

  #differ(what: string, expected: string, actual: string): void {
    this.#mismatches++;
    this.#first ??= { file: this.#file, episode: this.#episode, step: this.#step, what, expected, actual };
  }
}

/** The rows of the JSONL file of that base name among `files`; none where it is absent. */
export function fixtureRows<Row>(files: readonly TraceFile[], baseName: string): Row[] {
  const file = files.find((candidate) => candidate.name.split("/").at(-1) === baseName);
  if (file === undefined) return [];
  const lines = file.text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line) => JSON.parse(line) as Row);
}
