// Our own server for the kit: two environments, so that their order can be wrong; short leases, so that they end within
// a test; a log, so that it can be restarted where it stood.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { createServer } from "../../server/server.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { onClose } from "../doubles/running-server.ts";

export interface TrueServer {
  readonly address: string;
  /** Drains, and serves again at the same address. */
  readonly restart: () => Promise<void>;
}

export async function startTrueServer(): Promise<TrueServer> {
  const dir = mkdtempSync(join(tmpdir(), "anchorgym-conformance-"));
  const start = (port: number) =>
    createServer({
      worlds: [corridorWorld(), corridorWorld({ name: "corridor-two" })] as never,
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
