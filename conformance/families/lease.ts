// LEA: a lease says that its client lives. Expiry stops sessions, and never comes early. Waits as long as the server's
// shortest ttl demands, and skips where that is too long for a check.

import type { RenewLeaseResponse } from "../../proto/gen/anchorgym/v1/RenewLeaseResponse.ts";
import type { Duration } from "../../proto/gen/google/protobuf/Duration.ts";
import { Episode } from "../episode.ts";
import { demand, NotApplicable, rule } from "../rule.ts";
import { demandReason, type Subject } from "../subject.ts";

const LONGEST_TTL_MS = 3_000;
/** A server may look for expired leases this late. */
const LATE_MS = 5_000;

const durationMs = (duration: Duration | null): number =>
  duration === null ? 0 : Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000;
const sleep = (waitMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, waitMs));

function shortTtl(subject: Subject): { readonly ttlMs: number; readonly ttl: object } {
  const ttlMs = Math.max(1_000, durationMs(subject.limits.minLeaseTtl));
  if (ttlMs > LONGEST_TTL_MS) throw new NotApplicable(`the shortest lease lasts ${ttlMs} ms`);
  return { ttlMs, ttl: { seconds: Math.floor(ttlMs / 1_000), nanos: (ttlMs % 1_000) * 1_000_000 } };
}

async function renew(subject: Subject, leaseId: string, ttl?: object): Promise<RenewLeaseResponse> {
  return subject.wire.call("EnvironmentService", "RenewLease", { leaseId, ...(ttl === undefined ? {} : { ttl }) });
}

async function renewalTells(subject: Subject): Promise<void> {
  const leaseId = subject.uuid();
  await subject.groups([{ task: await subject.task(), replicas: 3 }], { leaseId });
  const { lease } = await renew(subject, leaseId, { seconds: 100_000_000, nanos: 0 });
  demand(lease?.leaseId === leaseId, `RenewLease answers lease ${lease?.leaseId}`);
  demand(lease.activeSessions === 3, `a lease of 3 sessions counts ${lease.activeSessions}`);
  const most = durationMs(subject.limits.maxLeaseTtl);
  demand(
    most === 0 || durationMs(lease.ttl) <= most,
    `a ttl of ${durationMs(lease.ttl)} ms exceeds the limit of ${most} ms`,
  );
}

async function renewalKeepsSessions(subject: Subject): Promise<void> {
  const { ttlMs, ttl } = shortTtl(subject);
  const leaseId = subject.uuid();
  const [group] = await subject.groups([{ task: await subject.task(), replicas: 3 }], { leaseId, leaseTtl: ttl });
  const endMs = performance.now() + 3 * ttlMs;
  while (performance.now() < endMs) {
    await sleep(ttlMs / 3);
    const { lease } = await renew(subject, leaseId);
    demand(
      lease?.activeSessions === 3,
      `after renewals every ttl/3 only ${lease?.activeSessions} of 3 sessions are active`,
    );
  }
  for (const episode of Episode.of(subject, group!)) await episode.step();
}

async function expiryStopsSessions(subject: Subject): Promise<void> {
  const { ttlMs, ttl } = shortTtl(subject);
  const leaseId = subject.uuid();
  const wish = { task: await subject.task(), replicas: 2 };
  const [group] = await subject.groups([wish], { leaseId, leaseTtl: ttl });
  const [early, late] = Episode.of(subject, group!);
  await sleep(ttlMs * 0.6);
  // A step is a sign of life: it must be answered, and the ttl begins anew.
  await early!.step();
  await sleep(ttlMs + LATE_MS);
  const status = subject.refused(await subject.stepOne(late!.item()));
  demandReason(status, "SESSION_SUSPENDED", "SESSION_CLOSED");
}

export const leaseRules = [
  rule("LEA-1", "core", "RenewLease answers the lease with its sessions and a ttl within the limits.", renewalTells),
  rule("LEA-2", "core", "Renewing one lease keeps all its sessions beyond the ttl.", renewalKeepsSessions),
  rule("LEA-3", "core", "A silent client loses its sessions after the ttl, and never before.", expiryStopsSessions),
];
