// What a scrape of /metrics says after a short life that has everything in it: every name of the protocol, with its labels.

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { credentials } from "@grpc/grpc-js";
import { pino } from "pino";
import { afterEach, expect, it } from "vitest";
import { anchorgymV1 } from "../../../proto/definition.ts";
import { createServer } from "../../../server/server.ts";
import { corridorWorld } from "../../doubles/corridor-world.ts";
import { InteractProbe } from "../../doubles/interact-probe.ts";
import {
  call,
  closeAll,
  createGroup,
  createGroups,
  environmentClient,
  onClose,
  stepItem,
  stepOnce,
} from "../../doubles/running-server.ts";
import { sumsWorld } from "../../doubles/sums-world.ts";

afterEach(closeAll);

/** Series that `protocol.md` section 12 names, with the labels that this test gives rise to. */
const SERIES: readonly string[] = [
  'sessions{environment="corridor",state="ACTIVE"} 6',
  'groups_created_total{result="created"} 1',
  'steps_total{environment="corridor",validity="VALID"} 2',
  'step_seconds_count{phase="queue"} 2',
  'step_seconds_count{phase="env"} 2',
  'episodes_ended_total{environment="corridor",end_reason="GOAL_REACHED"} 1',
  "outcomes_replayed_total 1",
  "step_conflicts_total 1",
  "branch_candidates_total 2",
  'forks_total{mode="COPY"} 2',
  'forks_total{mode="REPLAY"} 3',
  'fork_seconds_count{mode="COPY"} 1',
  'fork_seconds_count{mode="REPLAY"} 1',
  "leases 2",
  "lease_expirations_total 0",
  'sessions_resumed_total{result="taken_over"} 1',
  'sessions_resumed_total{result="refused"} 1',
  "replay_divergences_total 0",
  'admission_rejections_total{reason="CAPACITY_EXHAUSTED"} 1',
  "stream_in_flight_items 0",
  "stream_write_stalls_total 0",
  'message_bytes_total{direction="in"} ',
  'message_bytes_total{direction="out"} ',
  "log_append_seconds_count ",
  "log_bytes ",
  "event_loop_lag_seconds_count ",
  'verify_seconds_count{result="passed"} 1',
  'verify_seconds_count{result="failed"} 1',
  'verify_seconds_count{result="remembered"} 1',
  'verify_seconds_count{result="broken"} 1',
  'verify_seconds_count{result="refused"} 1',
];

it("every series of the protocol is there, with its labels and its count", async () => {
  const dir = mkdtempSync(join(tmpdir(), "anchorgym-metrics-"));
  onClose(() => rmSync(dir, { recursive: true }));
  const server = await createServer({
    worlds: [corridorWorld(), sumsWorld()] as never,
    limits: { maxSessions: 8 },
    logger: pino({ level: "silent" }),
    log: { dir },
    metricsPort: 0,
  });
  onClose(() => server.close());
  const { address } = server;
  const { sessions } = await createGroup(address, 1, 2);
  const [first = "", second = ""] = sessions.map(({ sessionId }) => sessionId);
  const client = environmentClient(address);
  const verifier = new anchorgymV1.VerifierService(address, credentials.createInsecure());
  onClose(() => verifier.close());

  const candidates = ["go right", "look"].map((text) => ({ actions: [{ text }] }));
  await call(client, "BranchStep", { items: [{ sessionId: first, epoch: 1, seq: 1, candidates }] });
  for (const [seq, text] of [
    [1, "go right"],
    [2, "go right"],
    [2, "go right"],
    [2, "go left"],
  ] as const) {
    await stepOnce(address, stepItem(first, seq, text));
  }
  const fork = (more: object, requestId: string) =>
    call(client, "Fork", { requestId, leaseId: "lease-1", items: [{ epoch: 1, ...more }] });
  await fork({ sessionId: second, count: 2 }, "now");
  await fork({ sessionId: first, count: 3, atSeq: 1 }, "then");
  await createGroups(address, [2], 2);
  await call(client, "ResumeSessions", { requestId: "r", leaseId: "lease-2", sessionIds: [second, "nobody"] });
  const item = { itemId: "a", environment: "sums", taskId: "sums/1.0.0/train/7", completion: "12" };
  for (const more of [{}, {}, { completion: "13" }, { completion: "break" }, { taskId: "none" }]) {
    await call(verifier, "Verify", { items: [{ ...item, ...more }] });
  }
  await new InteractProbe(address).hello();

  const scrape = async (): Promise<string> => (await fetch(`http://${server.metricsAddress}/metrics`)).text();
  let text = await scrape();
  while (!text.includes("event_loop_lag_seconds_count")) text = await scrape();
  const lines = text.split("\n");
  const isTold = (series: string): boolean =>
    lines.some((line) => (series.endsWith(" ") ? line.startsWith(series) : line === series));
  const missing = SERIES.filter((series) => !isTold(`anchorgym_${series}`));
  expect(missing, text).toEqual([]);
});
