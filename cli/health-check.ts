// Asks a server's gRPC health service whether it serves: exit code 0 for SERVING, 1 otherwise. For container health checks.
//   node health-check.js 127.0.0.1:50051

import { credentials, makeGenericClientConstructor } from "@grpc/grpc-js";
import { service } from "grpc-health-check";

const TIMEOUT_MS = 2500;
const address = process.argv[2] ?? "127.0.0.1:50051";

const HealthClient = makeGenericClientConstructor(service, "Health");
const client = new HealthClient(address, credentials.createInsecure());
const deadline = new Date(Date.now() + TIMEOUT_MS);

client["check"]?.(
  { service: "" },
  { deadline },
  (error: Error | null, reply: { status?: string | number } | undefined) => {
    const serving = error === null && (reply?.status === "SERVING" || reply?.status === 1);
    if (!serving) console.error(`${address}: ${error?.message ?? `status ${reply?.status}`}`);
    process.exit(serving ? 0 : 1);
  },
);
