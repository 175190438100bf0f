// What it costs that a step survives: steps per second through the stream and by unary calls, 32 in flight, with
// durability MEMORY, LOG (a write per turn of the event loop) and SYNC (and an fsync). One server of each mode runs
// throughout and they take turns, so that ratios do not depend on when each was measured. Then the cost of compacting.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LocalServers, nodeCommand } from "../../client/transport/local-servers.ts";
import { type BenchRecord, median, rounded } from "./bench-record.ts";
import { runCompaction } from "./compaction.ts";
import { playFor, type TransportParams } from "./transport.ts";
import { openForms, type TransportForms } from "./transport-forms.ts";

const MODES = ["MEMORY", "LOG", "SYNC"] as const;
const FORMS = ["unary", "stream"] as const;
const IN_FLIGHT = 32;
const TURNS = 5;

export async function* runDurability({ env, seconds }: TransportParams): AsyncIterable<BenchRecord> {
  const dir = mkdtempSync(join(tmpdir(), "anchorgym-durability-"));
  const servers: LocalServers[] = [];
  const forms: TransportForms[] = [];
  try {
    for (const mode of MODES) {
      const log = mode === "MEMORY" ? [] : ["--log-dir", join(dir, mode), "--durability", mode];
      const started = await LocalServers.start({
        command: [...nodeCommand("cli/main.ts"), "serve", "--env", env, ...log],
        count: 1,
      });
      servers.push(started);
      forms.push(openForms(started.addresses[0]!));
    }
    for (const form of FORMS) {
      const rates: number[][] = MODES.map(() => []);
      for (let turn = 0; turn <= TURNS; turn++) {
        for (const [at, transport] of forms.entries()) {
          const rate = await playFor(transport, form, env, IN_FLIGHT, seconds / TURNS);
          // The first turn warms the processes up.
          if (turn > 0) rates[at]!.push(rate);
        }
      }
      for (const [at, durability] of MODES.entries()) {
        const params = { env, form, durability, inFlight: IN_FLIGHT, turns: TURNS };
        const ratios = rates[at]!.map((rate, turn) => rate / rates[0]![turn]!);
        yield {
          bench: "durability",
          metric: "steps_per_s",
          value: rounded(median(rates[at]!)),
          unit: "steps/s",
          params,
        };
        yield { bench: "durability", metric: "over_memory", value: rounded(median(ratios)), unit: "ratio", params };
      }
    }
  } finally {
    for (const each of forms) each.close();
    for (const each of servers) await each.stop();
    rmSync(dir, { recursive: true, force: true });
  }
  yield* runCompaction(env);
}
