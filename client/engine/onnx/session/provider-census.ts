// Which providers really run the kernels of some work. A session on a device accepts nodes that have no kernel there: they
// run on the CPU, with copies in between, and nothing but the runtime's profile says so.

import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { OpenSession } from "./graph-session.ts";
import { openOrtSession } from "./ort-session.ts";

/** Kernels that ran, by provider and operator. */
export type ProviderCensus = Readonly<Record<string, Readonly<Record<string, number>>>>;

interface ProfileEvent {
  readonly args?: { readonly provider?: string; readonly op_name?: string };
}

/** @param work opens its sessions with what it is given, and has released them when it is done */
export async function takeCensus(work: (open: OpenSession) => Promise<void>): Promise<ProviderCensus> {
  const folder = mkdtempSync(join(tmpdir(), "anchorgym-profile-"));
  try {
    let sessions = 0;
    await work((model, options, weights) =>
      openOrtSession(model, { ...options, profile: join(folder, `session-${sessions++}`) }, weights),
    );
    const census: Record<string, Record<string, number>> = {};
    for (const file of readdirSync(folder)) {
      for (const { args } of JSON.parse(readFileSync(join(folder, file), "utf8")) as ProfileEvent[]) {
        if (args?.provider === undefined || args.op_name === undefined) continue;
        census[args.provider] ??= {};
        const ofProvider = census[args.provider] as Record<string, number>;
        ofProvider[args.op_name] = (ofProvider[args.op_name] ?? 0) + 1;
      }
    }
    return census;
  } finally {
    rmSync(folder, { recursive: true });
  }
}
