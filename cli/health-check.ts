// Asks a server of this host through gRPC's health service whether it serves: exit code 0 for SERVING, 1 otherwise. For
// container health checks; README.md of server/ says how.
//   node health-check.js 127.0.0.1:50051 [--certificate server.pem [--client-cert probe.pem --client-key probe.key]]
// Under TLS the server is held to the very certificate that it serves, so that neither an authority nor a name for
// 127.0.0.1 is needed. Where the command is fixed, as in an image, environment variables say the same as the flags.

import { readFileSync } from "node:fs";
import { type ChannelCredentials, makeGenericClientConstructor, type ServiceError, status } from "@grpc/grpc-js";
import { Command, Option } from "commander";
import { service } from "grpc-health-check";
import { handshakeProblem } from "../client/transport/handshake.ts";
import { pinnedCredentials } from "../server/security/forwarding.ts";

/** Below the limit of the image's HEALTHCHECK, 3 s. */
const TIMEOUT_MS = 2_500;
/** Of one connection. UNAVAILABLE comes at once, so there is time left to find out why. */
const DIAGNOSIS_MS = 500;

interface HealthFlags {
  readonly certificate?: string;
  readonly clientCert?: string;
  readonly clientKey?: string;
}

/** @throws {Error} for a file that cannot be read or used */
function credentialsOf({ certificate, clientCert, clientKey }: HealthFlags): ChannelCredentials {
  const read = (path: string): string => readFileSync(path, "utf8");
  if ((clientCert === undefined) !== (clientKey === undefined)) {
    throw new Error("--client-cert and --client-key go together");
  }
  if (certificate === undefined) {
    if (clientCert !== undefined) throw new Error("--client-cert needs the server's own --certificate beside it");
    return pinnedCredentials(undefined);
  }
  const own =
    clientCert === undefined || clientKey === undefined
      ? undefined
      : { certificate: read(clientCert), key: read(clientKey) };
  return pinnedCredentials({ certificate: read(certificate) }, own);
}

/** What the health service says; rejects with gRPC's error. */
async function healthOf(address: string, credentials: ChannelCredentials): Promise<string> {
  const HealthClient = makeGenericClientConstructor(service, "Health");
  // The name is never held against the certificate; it only must be one that TLS can carry, which an address is not.
  const client = new HealthClient(address, credentials, { "grpc.ssl_target_name_override": "localhost" });
  const deadline = Date.now() + TIMEOUT_MS;
  return new Promise((resolve, reject) => {
    client["check"]?.(
      { service: "" },
      { deadline },
      (error: ServiceError | null, reply: { status?: string | number } | undefined) => {
        client.close();
        if (error === null) resolve(reply?.status === 1 ? "SERVING" : String(reply?.status));
        else reject(error);
      },
    );
  });
}

/** Why it is not known to serve, with the cure where it is the flags'. */
async function whyNot(thrown: unknown, address: string, { certificate }: HealthFlags): Promise<string> {
  const said = thrown instanceof Error ? thrown.message : String(thrown);
  if (certificate !== undefined || (thrown as Partial<ServiceError>).code !== status.UNAVAILABLE) return said;
  const problem = await handshakeProblem(address, {}, DIAGNOSIS_MS);
  if (problem?.fault !== "TLS_WANTED") return said;
  return "it speaks TLS; name the certificate that it serves with --certificate or ANCHORGYM_HEALTH_CERTIFICATE";
}

async function check(address: string, flags: HealthFlags): Promise<void> {
  try {
    const health = await healthOf(address, credentialsOf(flags));
    if (health === "SERVING") return;
    console.error(`${address}: status ${health}`);
  } catch (thrown) {
    console.error(`${address}: ${await whyNot(thrown, address, flags)}`);
  }
  process.exitCode = 1;
}

await new Command("health-check")
  .description("ask a server of this host whether it serves")
  .argument("[address]", "host:port", "127.0.0.1:50051")
  .addOption(
    new Option("--certificate <file>", "PEM that the server serves; absent: plain text").env(
      "ANCHORGYM_HEALTH_CERTIFICATE",
    ),
  )
  .addOption(
    new Option("--client-cert <file>", "PEM, for a server that asks for a client certificate").env(
      "ANCHORGYM_HEALTH_CLIENT_CERTIFICATE",
    ),
  )
  .addOption(new Option("--client-key <file>", "PEM of its key").env("ANCHORGYM_HEALTH_CLIENT_KEY"))
  .action(check)
  .parseAsync();
