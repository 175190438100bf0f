// What replaying recordings of an original system found: the shape that every world's replay reports and the command line
// prints. Data only; the worlds compare.

/** One file of recordings as text, decompressed; the name is its path inside the folder, without `.gz`. */
export interface TraceFile {
  readonly name: string;
  readonly text: string;
}

/** One value that differs from the recording. */
export interface TraceMismatch {
  readonly file: string;
  /** The game, level or seed. */
  readonly episode: string;
  /** Number of the action, from 1; 0 is the start. */
  readonly step: number;
  readonly what: string;
  /** As recorded. */
  readonly expected: string;
  readonly actual: string;
}

export interface TraceReport {
  readonly steps: number;
  readonly episodes: number;
  /** Values that differ, of all steps and starts. */
  readonly mismatches: number;
  readonly first: TraceMismatch | undefined;
}
