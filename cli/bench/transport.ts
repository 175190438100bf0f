// Steps per second over gRPC between two processes of this machine: unary, batched and stream, with 1, 32 and 256
// sessions in flight. The forms take turns inside one run, so that their ratio does not depend on when each was measured.
// Wall time, because it is spent in two processes; creating and closing sessions is not timed.

import { LocalServers, nodeCommand } from "../../client/transport/local-servers.ts";
import { type BenchRecord, median, rounded } from "./bench-record.ts";
import { type FormName, openForms, type TransportForms } from "./transport-forms.ts";

export interface TransportParams {
  /** Name of the world. */
  readonly env: string;
  /** Timed seconds of one form at one number of sessions. */
  readonly seconds: number;
}

const IN_FLIGHT = [1, 32, 256] as const;
const METRICS: Readonly<Record<FormName, string>> = {
  unary: "unary_per_s",
  batched: "batched_steps_per_s",
  stream: "stream_steps_per_s",
};
const FORMS = Object.keys(METRICS) as readonly FormName[];
/** Turns that the forms take; medians are over turns. */
const TURNS = 5;
/** Steps of one episode: below the worlds' own limits, and fewer where many sessions make a round long already. */
const MAX_EPISODE_STEPS = 40;
const ROUND_STEPS = 4096;
const SPLIT = "train";

export async function* runTransport(params: TransportParams): AsyncIterable<BenchRecord> {
  const command = [...nodeCommand("cli/main.ts"), "serve", "--env", params.env];
  const servers = await LocalServers.start({ command, count: 1 });
  const forms = openForms(servers.addresses[0]!);
  try {
    for (const inFlight of IN_FLIGHT) yield* measure(forms, inFlight, params);
  } finally {
    forms.close();
    await servers.stop();
  }
}

async function* measure(
  transport: TransportForms,
  inFlight: number,
  { env, seconds }: TransportParams,
): AsyncIterable<BenchRecord> {
  const rates: Record<FormName, number[]> = { unary: [], batched: [], stream: [] };
  for (let turn = 0; turn <= TURNS; turn++) {
    for (const form of FORMS) {
      const rate = await playFor(transport, form, env, inFlight, seconds / TURNS);
      // The first turn warms both processes up.
      if (turn > 0) rates[form].push(rate);
    }
  }
  const params = { env, inFlight, turns: TURNS, detail: "FULL", connections: 1, serverProcesses: 1 };
  for (const form of FORMS) {
    yield { bench: "transport", metric: METRICS[form], value: rounded(median(rates[form])), unit: "steps/s", params };
  }
  const ratios = rates.stream.map((rate, turn) => rate / rates.unary[turn]!);
  yield { bench: "transport", metric: "stream_over_unary", value: rounded(median(ratios)), unit: "ratio", params };
}

/** Whole rounds of fresh episodes until the time is spent. @returns steps per second */
export async function playFor(
  transport: TransportForms,
  form: FormName,
  env: string,
  inFlight: number,
  seconds: number,
): Promise<number> {
  const maxSteps = Math.min(MAX_EPISODE_STEPS, Math.ceil(ROUND_STEPS / inFlight));
  let steps = 0;
  let spentMs = 0;
  while (spentMs < seconds * 1_000) {
    const round = await transport.createSessions(env, SPLIT, inFlight);
    const startMs = performance.now();
    steps += await transport.forms[form](round.sessions, maxSteps);
    spentMs += performance.now() - startMs;
    await round.close();
  }
  return (steps / spentMs) * 1_000;
}
