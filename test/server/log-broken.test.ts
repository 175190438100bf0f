// A disk that takes nothing more: what cannot be written down is not answered, and what was answered comes back.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pino } from "pino";
import { afterEach, expect, it, vi } from "vitest";
import type { World } from "../../envs/core/world.ts";
import type { ResumeSessionsResponse } from "../../proto/gen/anchorgym/v1/ResumeSessionsResponse.ts";
import { createServer } from "../../server/server.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import {
  call,
  closeAll,
  createGroup,
  environmentClient,
  onClose,
  stepItem,
  stepOnce,
} from "../doubles/running-server.ts";

const disk = vi.hoisted(() => ({ isFull: false }));
vi.mock("node:fs", async (original) => {
  const real = await original<typeof import("node:fs")>();
  const writeSync = (...words: Parameters<typeof real.writeSync>): number => {
    if (disk.isFull) throw new Error("ENOSPC: no space left on device, write");
    return real.writeSync(...words);
  };
  return { ...real, writeSync };
});

afterEach(async () => {
  disk.isFull = false;
  await closeAll();
});

it("a step that cannot be logged is not answered, and did not happen after a restart", async () => {
  const dir = mkdtempSync(join(tmpdir(), "anchorgym-full-"));
  onClose(() => rmSync(dir, { recursive: true }));
  const open = async () => {
    const logger = pino({ level: "silent" });
    const server = await createServer({ worlds: [corridorWorld() as World], log: { dir }, logger });
    onClose(() => server.close());
    return server;
  };
  const { address, close } = await open();
  const { sessions } = await createGroup(address, 4, 1);
  const sessionId = sessions[0]?.sessionId ?? "";
  const first = await stepOnce(address, stepItem(sessionId, 1, "go right"));
  disk.isFull = true;
  await expect(stepOnce(address, stepItem(sessionId, 2, "go right"))).rejects.toMatchObject({ name: "TransportError" });
  // The server has stopped by itself, and says nothing of the step to those who ask again.
  await expect(stepOnce(address, stepItem(sessionId, 2, "go right"))).rejects.toMatchObject({ name: "TransportError" });
  disk.isFull = false;
  await close();

  const again = await open();
  const request = { requestId: "r", leaseId: "l", sessionIds: [sessionId] };
  const { results } = await call<object, ResumeSessionsResponse>(
    environmentClient(again.address),
    "ResumeSessions",
    request,
  );
  expect(results[0]?.resumed?.session).toMatchObject({ nextSeq: 2, fullStateHash: first.outcome?.fullStateHash });
});
