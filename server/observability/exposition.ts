// The Prometheus text format (version 0.0.4), as much of it as this server needs: counters, gauges and histograms with a
// few labels each. It keeps no time series and draws no conclusions; `metrics.ts` says what is measured.

export type Labels = Readonly<Record<string, string>>;

/** Anything that can be written into an exposition. */
export interface Instrument {
  /** Lines without the prefix of the whole. */
  render(prefix: string): string;
}

function labelText(labels: Labels): string {
  const pairs = Object.entries(labels).map(
    ([name, value]) => `${name}="${value.replace(/\\/g, "\\\\").replace(/\n/g, "\\n").replace(/"/g, '\\"')}"`,
  );
  return pairs.length === 0 ? "" : `{${pairs.join(",")}}`;
}

const keys = new WeakMap<Labels, string>();

/** As `labelText`, once per object: hot paths keep their labels. */
function keyOf(labels: Labels): string {
  let key = keys.get(labels);
  if (key === undefined) {
    key = labelText(labels);
    keys.set(labels, key);
  }
  return key;
}

function header(name: string, type: string, help: string): string {
  return `# HELP ${name} ${help.replace(/\\/g, "\\\\").replace(/\n/g, "\\n")}\n# TYPE ${name} ${type}\n`;
}

/** A count per combination of labels; it only grows. */
export class CounterFamily implements Instrument {
  readonly #name: string;
  readonly #help: string;
  readonly #series = new Map<string, number>();

  constructor(name: string, help: string) {
    this.#name = name;
    this.#help = help;
  }

  /** `amount` is at least 0. The same labels object is recognised without being read again. */
  add(labels: Labels, amount = 1): void {
    const key = keyOf(labels);
    this.#series.set(key, (this.#series.get(key) ?? 0) + amount);
  }

  render(prefix: string): string {
    const name = prefix + this.#name;
    const lines = [...this.#series].map(([labels, value]) => `${name}${labels} ${value}\n`);
    return lines.length === 0 ? "" : header(name, "counter", this.#help) + lines.join("");
  }
}

/** A number that is read when somebody asks: a gauge, or a counter that lives elsewhere. */
export class ReadFamily implements Instrument {
  readonly #name: string;
  readonly #help: string;
  readonly #type: "gauge" | "counter";
  readonly #read: () => Iterable<readonly [Labels, number]>;

  constructor(name: string, help: string, type: "gauge" | "counter", read: () => Iterable<readonly [Labels, number]>) {
    this.#name = name;
    this.#help = help;
    this.#type = type;
    this.#read = read;
  }

  render(prefix: string): string {
    const name = prefix + this.#name;
    const lines = [...this.#read()].map(([labels, value]) => `${name}${labelText(labels)} ${value}\n`);
    return lines.length === 0 ? "" : header(name, this.#type, this.#help) + lines.join("");
  }
}

/** Upper bounds in seconds, from 50 us to 30 s: a step, a fork and a drain fit on one scale. */
export const SECONDS_BUCKETS: readonly number[] = [
  0.000_05, 0.000_1, 0.000_25, 0.000_5, 0.001, 0.002_5, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
];

interface Series {
  readonly labels: Labels;
  /** Per bucket, not cumulated; the last one has no upper bound. */
  readonly counts: number[];
  sum: number;
}

/** Durations in seconds per combination of labels. */
export class HistogramFamily implements Instrument {
  readonly #name: string;
  readonly #help: string;
  readonly #bounds: readonly number[];
  readonly #series = new Map<string, Series>();

  constructor(name: string, help: string, bounds: readonly number[] = SECONDS_BUCKETS) {
    this.#name = name;
    this.#help = help;
    this.#bounds = bounds;
  }

  observe(labels: Labels, value: number): void {
    const key = keyOf(labels);
    let series = this.#series.get(key);
    if (series === undefined) {
      series = { labels, counts: new Array<number>(this.#bounds.length + 1).fill(0), sum: 0 };
      this.#series.set(key, series);
    }
    let bucket = 0;
    while (bucket < this.#bounds.length && value > (this.#bounds[bucket] as number)) bucket++;
    series.counts[bucket] = (series.counts[bucket] as number) + 1;
    series.sum += value;
  }

  render(prefix: string): string {
    const name = prefix + this.#name;
    let text = "";
    for (const { labels, counts, sum } of this.#series.values()) {
      let cumulated = 0;
      counts.forEach((count, bucket) => {
        cumulated += count;
        const le = bucket < this.#bounds.length ? String(this.#bounds[bucket]) : "+Inf";
        text += `${name}_bucket${labelText({ ...labels, le })} ${cumulated}\n`;
      });
      text += `${name}_sum${labelText(labels)} ${sum}\n${name}_count${labelText(labels)} ${cumulated}\n`;
    }
    return text === "" ? "" : header(name, "histogram", this.#help) + text;
  }
}
