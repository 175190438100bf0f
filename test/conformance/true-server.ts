// Our own server for the kit: several environments, so that their order can be wrong, one of them a verifier; short leases, so that they end within
// a test; a log, so that it can be restarted where it stood.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { tally, tallySequential } from "../../envs/tally/tally-world.ts";
import { createServer } from "../../server/server.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { onClose } from "../doubles/running-server.ts";
import { sumsWorld } from "../doubles/sums-world.ts";

export interface TrueServer {
  readonly address: string;
  /** Drains, and serves again at the same address. */
  readonly restart: () => Promise<void>;
}

export async function startTrueServer(): Promise<TrueServer> {
  const dir = mkdtempSync(join(tmpdir(), "anchorgym-conformance-"));
  const start = (port: number) =>
    createServer({
      worlds: [
        corridorWorld(),
        corridorWorld({ name: "corridor-two", toolsAndInlineTasks: true }),
        sumsWorld(),
        tally,
        tallySequential,
      ] as never,
      limits: { minLeaseTtlMs: 1_000, drainGraceMs: 2_000 },
      logger: pino({ level: "silent" }),
      log: { dir, durability: "LOG" },
      port,
    });
  let server = await start(0);
  const { address } = server;
  onClose(async () => {
    await server.close();
    rmSync(dir, { recursive: true, force: true });
  });
  const restart = async (): Promise<void> => {
    await server.drain();
    server = await start(Number(address.slice(address.lastIndexOf(":") + 1)));
  };
  return { address, restart };
}
