// `anchorgym bench <name>`: measures this build on this machine. With --json one object per line,
// {"bench", "metric", "value", "unit", "params"}; otherwise a table. Peers' figures are parameters with their source.

import { Argument, Command, InvalidArgumentError, Option } from "commander";
import type { BenchRecord, PeerFigure } from "../bench/bench-record.ts";
import { UsageError } from "../exit.ts";
import { addPlaceFlags, type EnginePlace } from "../flag-values.ts";

const HELP = `
Benchmarks:
  grouping    advantages of 1,536 and 6,400 step rows
  envs        steps per CPU-second of every world of one agent (or of --env), with observation and admissible list, with and without hashes
  transport   steps per second over gRPC: unary, batched and stream, with 1, 32 and 256 in flight
  durability  steps per second without a log, with one, and with an fsync: stream and unary, 32 in flight; compaction
  sessions    thousands of live sessions on one server: connect, create, step and close apart, memory, failures
  train-step  tokens per CPU-second of a training step, per model size
  decode      tokens per CPU-second of generation, per model size and batch

With --against, train-step and decode (at batch 32) also print ratio_to_torch, the median of ours over the baseline's: five rounds of
ours and theirs in turns, CPU time of each process. Below 1 is faster for train-step, above 1 for decode. On a loaded machine, believe neither.

Example:
  $ anchorgym bench grouping --json
  {"bench":"grouping","metric":"gigpo_ms","value":1.2,"unit":"ms","params":{"rows":1536,...}}
`;

interface Flags extends EnginePlace {
  readonly json: boolean;
  readonly env?: string;
  readonly seconds: number;
  readonly repetitions: number;
  readonly seed: number;
  readonly sessions?: number;
  readonly size?: string;
  readonly threads?: number;
  readonly against?: string;
}

/** Benchmarks of the service measure one world. */
const onHousehold = (flags: Flags) => ({ ...flags, env: flags.env ?? "household" });

/** Only the named benchmark is loaded: some need a model runtime, some a server. */
const BENCHES = {
  grouping: async (flags) => (await import("../bench/grouping.ts")).runGrouping(flags),
  envs: async (flags) => (await import("../bench/envs.ts")).runEnvs(flags),
  transport: async (flags) => (await import("../bench/transport.ts")).runTransport(onHousehold(flags)),
  durability: async (flags) => (await import("../bench/durability.ts")).runDurability(onHousehold(flags)),
  sessions: async (flags) => (await import("../bench/sessions.ts")).runSessions(onHousehold(flags)),
  "train-step": async (flags) => (await import("../bench/train-step.ts")).runTrainStep(flags),
  decode: async (flags) => (await import("../bench/decode.ts")).runDecode(flags),
} as const satisfies Record<string, (flags: Flags) => Promise<AsyncIterable<BenchRecord>>>;

/** Of bench/model-sizes.ts, which needs the runtime. */
const SIZES = ["d128", "d256", "d512"];

type BenchName = keyof typeof BENCHES;

/** The subcommand, ready for the program of cli/main.ts. */
export function benchCommand(): Command {
  const command = new Command("bench")
    .description("measure this build on this machine")
    .addArgument(new Argument("<name>", "benchmark").choices(Object.keys(BENCHES)))
    .option("--json", "one JSON object per line", false)
    .option("--env <name>", "world (default: household; of envs: every world of one agent)")
    .option("--sessions <n>", "sessions alive at once in sessions; absent: 1,024, 4,096 and 16,384", countOf)
    .option("--seconds <n>", "length of one timed measurement of envs, transport and durability", positive, 2)
    .option("--repetitions <n>", "timed repetitions of grouping", positive, 31)
    .option("--seed <n>", "of everything random", nonNegative, 1)
    .option("--threads <n>", "of one operator in train-step, default 1; decode samples on one", countOf)
    .option("--against <command>", 'torch baseline for train-step and decode: "<python> <torch_baseline.py>"')
    .addOption(
      new Option("--size <name>", "of train-step and decode; absent: those with a peer's figure").choices(SIZES),
    );
  return addPlaceFlags(command)
    .addHelpText("after", HELP)
    .action(async (name: BenchName, flags: Flags) => {
      if (flags.against !== undefined && name !== "train-step" && name !== "decode") {
        throw new UsageError(`--against is for train-step and decode; there is no baseline of ${name}`);
      }
      if (flags.threads !== undefined && name !== "train-step" && (name !== "decode" || flags.threads > 1)) {
        throw new UsageError(
          name === "decode"
            ? "decode samples on one thread, so that a completion never depends on its batch; leave --threads out"
            : `--threads is for train-step; leave it out of ${name}`,
        );
      }
      if (flags.against !== undefined && (flags.device ?? "cpu") !== "cpu") {
        throw new UsageError(`--against compares CPU time; leave --device ${flags.device} out`);
      }
      const records = await BENCHES[name](flags);
      let isFirst = true;
      for await (const record of records) {
        process.stdout.write(flags.json ? `${JSON.stringify(record)}\n` : tableLine(record, isFirst));
        isFirst = false;
      }
    });
}

function tableLine(record: BenchRecord, withTitle: boolean): string {
  const { peers, ...params } = record.params;
  const cells = (metric: string, value: string, unit: string, rest: string) =>
    `${metric.padEnd(28)} ${value.padStart(12)} ${unit.padEnd(14)} ${rest}\n`;
  const title = withTitle ? cells("metric", "value", "unit", "parameters") : "";
  const described = Object.entries(params).map(([key, value]) => `${key}=${JSON.stringify(value)}`);
  const others = ((peers ?? []) as readonly PeerFigure[]).map(({ peer, value, unit }) => `(${peer}: ${value} ${unit})`);
  return title + cells(record.metric, String(record.value), record.unit, [...described, ...others].join(" "));
}

function positive(text: string): number {
  const value = Number(text);
  if (!(Number.isFinite(value) && value > 0)) throw new InvalidArgumentError("expected a number above 0.");
  return value;
}

function countOf(text: string): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 1 && value <= 1_000_000)) {
    throw new InvalidArgumentError("expected an integer in 1 .. 1000000.");
  }
  return value;
}

function nonNegative(text: string): number {
  const value = Number(text);
  if (!(Number.isSafeInteger(value) && value >= 0)) throw new InvalidArgumentError("expected an integer from 0.");
  return value;
}
