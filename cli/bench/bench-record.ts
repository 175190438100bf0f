// One measured number, as `anchorgym bench` prints it, and the statistics that benchmarks share.
// Figures of other projects are parameters of a record with their source, never results of ours.

export interface BenchRecord {
  /** Name of the benchmark: "grouping", "envs", ... */
  readonly bench: string;
  readonly metric: string;
  readonly value: number;
  readonly unit: string;
  /** What was measured and how; `peers` holds other projects' figures. */
  readonly params: Readonly<Record<string, unknown>>;
}

/** A figure of another project, measured elsewhere. */
export interface PeerFigure {
  readonly peer: string;
  readonly value: number;
  readonly unit: string;
  /** Where and how it was obtained. */
  readonly source: string;
}

/** The middle value; the mean of the two middle ones of an even count. @throws {RangeError} of no values */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** By linear interpolation between order statistics. @throws {RangeError} of no values */
export function quantile(values: readonly number[], fraction: number): number {
  if (values.length === 0) throw new RangeError("a quantile needs at least one value");
  const sorted = values.toSorted((a, b) => a - b);
  const position = (sorted.length - 1) * fraction;
  const low = Math.floor(position);
  const high = Math.min(low + 1, sorted.length - 1);
  return sorted[low]! + (sorted[high]! - sorted[low]!) * (position - low);
}

/** User and system time of this process, all threads, in seconds. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

/** What a benchmark of the engine counts: the process's CPU time on the CPU, the clock's time on a device. */
export interface EngineClock {
  readonly name: "cpu" | "wall";
  seconds(): number;
}

export function engineClock(device: string): EngineClock {
  if (device === "cpu") return { name: "cpu", seconds: cpuSeconds };
  return { name: "wall", seconds: () => performance.now() / 1000 };
}

/** Enough digits to compare, few enough to read. */
export function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
