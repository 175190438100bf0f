// RenewLease, for the unary call and for the frame of Interact.

import type { RenewLeaseRequest } from "../../proto/gen/anchorgym/v1/RenewLeaseRequest.ts";
import type { RenewLeaseResponseInit } from "../../proto/gen/anchorgym/v1/RenewLeaseResponse.ts";
import { checkClientId, decodeDuration } from "../codec/field-checks.ts";
import { encodeLease } from "../codec/group-codec.ts";
import type { ServiceContext } from "./service-context.ts";

/** @throws {RequestError} MESSAGE_INVALID for a lease id or ttl that cannot be. */
export function renewLease(context: ServiceContext, request: RenewLeaseRequest): RenewLeaseResponseInit {
  const leaseId = checkClientId(request.leaseId, "lease_id");
  const nowMs = context.nowMs();
  const lease = context.table.leases.renew(leaseId, decodeDuration(request.ttl, "ttl"), nowMs);
  return { lease: encodeLease(lease, context.table.suspendedOf(leaseId).size, nowMs, Date.now()) };
}
