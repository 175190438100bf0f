// What `serve` runs with: a YAML file and flags over it, checked strictly and told with every wrong place and its cure.
// Key and certificate files are read here, once; the server gets their contents.

import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { z } from "zod";
import { configError } from "../client/config/config-problem.ts";
import { choice, integer, text } from "../client/config/fields.ts";
import { explain } from "../client/config/load-config.ts";
import { readYaml } from "../client/config/yaml-document.ts";
import { fail } from "../proto/errors.ts";
import { DEFAULT_LIMITS, LOG_LEVELS, type LogLevel, type ServerLimits } from "../server/config.ts";
import { type AuthSettings, SCOPES, type Scope } from "../server/security/identity.ts";
import type { TlsSettings } from "../server/security/transport-security.ts";

/** Limits in the order of `server/config.ts`, each a positive integer in its own unit. */
const limitFields = Object.fromEntries(
  Object.keys(DEFAULT_LIMITS).map((name) => [
    name,
    integer({ min: 1, doc: `See server/config.ts: ${name}.` }).optional(),
  ]),
) as Record<keyof ServerLimits, z.ZodOptional<z.ZodNumber>>;

const principal = z.strictObject({
  name: text({ doc: "Owner of sessions; others cannot see them." }),
  scopes: z
    .array(choice(SCOPES as readonly [Scope, ...Scope[]], { doc: "What it may call." }))
    .default([...SCOPES])
    .describe("catalog: read tasks; control: create, step, close; verify: score completions."),
  tokenSha256: z
    .array(
      text({
        doc: "SHA-256 of a bearer token.",
        form: "64 hex digits",
        pattern: /^[0-9a-f]{64}$/,
        cure: "write the SHA-256 of the token, never the token: printf %s TOKEN | sha256sum",
      }),
    )
    .optional(),
  certificateNames: z.array(text({ doc: "Common name of a client certificate." })).optional(),
});

const fields = z.strictObject({
  environments: z
    .array(text({ doc: "World to serve." }), { error: "expected a list of worlds; or name one with --env" })
    .min(1, { error: "expected at least one world" }),
  host: text({ doc: "Address to listen on." }).default("127.0.0.1"),
  port: integer({ min: 0, max: 65_535, doc: "Port to listen on; 0: any free one." }).default(50_051),
  workers: integer({ min: 1, max: 256, doc: "Server processes; above 1 a front refers clients to them." }).default(1),
  metricsPort: integer({ min: 0, max: 65_535, doc: "Port of GET /metrics; absent: none." }).optional(),
  logDir: text({ doc: "Folder of the action log; absent: sessions end with the process." }).optional(),
  logName: text({ doc: "File of this process in logDir." }).optional(),
  durability: choice(["LOG", "SYNC"], { doc: "LOG survives the process, SYNC the machine." }).default("LOG"),
  worldThreads: integer({ min: 1, max: 256, doc: "Threads that worlds run on; absent: the event loop." }).optional(),
  threadedEnvironments: z
    .array(text({ doc: "World that runs on worldThreads." }), { error: "expected a list of served worlds" })
    .min(1, { error: "expected at least one world; leave it out to run all on threads" })
    .optional(),
  logLevel: choice(LOG_LEVELS as readonly [LogLevel, ...LogLevel[]], { doc: "Least severe log line." }).default("warn"),
  limits: z.strictObject(limitFields).default({} as never),
  tls: z
    .strictObject({
      certificateFile: text({ doc: "PEM, from the folder of this file." }),
      keyFile: text({ doc: "PEM, from the folder of this file." }),
      clientCaFile: text({ doc: "PEM; clients without a certificate of it are cut off." }).optional(),
    })
    .optional(),
  auth: z
    .strictObject({ principals: z.array(principal).min(1, { error: "expected at least one principal" }) })
    .optional(),
});

/** Worlds on threads are among those that are served, and there are threads. */
const schema = fields.superRefine(({ environments, worldThreads, threadedEnvironments }, context) => {
  threadedEnvironments?.forEach((name, index) => {
    const path = ["threadedEnvironments", index];
    const cure = `expected one of environments: ${environments.join(", ")}`;
    if (!environments.includes(name)) context.addIssue({ code: "custom", path, message: cure });
  });
  if (threadedEnvironments === undefined || worldThreads !== undefined) return;
  const message = "expected the number of threads for threadedEnvironments; or set --world-threads";
  context.addIssue({ code: "custom", path: ["worldThreads"], message });
});

export interface ServeSettings {
  readonly environments: readonly string[];
  readonly host: string;
  readonly port: number;
  readonly workers: number;
  readonly metricsPort: number | undefined;
  readonly logDir: string | undefined;
  readonly logName: string | undefined;
  readonly durability: "LOG" | "SYNC";
  /** Undefined: every world runs in the event loop. */
  readonly worldThreads: number | undefined;
  /** Undefined: all of `environments`, where there are threads. */
  readonly threadedEnvironments: readonly string[] | undefined;
  readonly logLevel: LogLevel;
  readonly limits: Partial<ServerLimits>;
  readonly tls: TlsSettings | undefined;
  readonly auth: AuthSettings | undefined;
}

/**
 * @param file undefined: flags alone
 * @param flags values that were given on the command line, by dotted path of the file
 * @throws {ConfigError} CONFIG_INVALID with every problem
 */
export function loadServeSettings(file: string | undefined, flags: Readonly<Record<string, unknown>>): ServeSettings {
  const place = file ?? "the command line";
  const yaml = readYaml(file === undefined ? "{}" : readText(file, "--config"), flags);
  if (yaml.problems.length > 0) throw configError(place, yaml.problems);
  const parsed = schema.safeParse(yaml.value);
  if (!parsed.success) {
    const named = file === undefined ? { ...yaml, placeOf: nowhere, placeOfKey: nowhere } : yaml;
    throw configError(
      place,
      parsed.error.issues.flatMap((issue) => explain(issue, [], named, schema)),
    );
  }
  const { tls, auth, limits, metricsPort, logDir, logName, worldThreads, threadedEnvironments, ...plain } = parsed.data;
  const folder = file === undefined ? "." : dirname(file);
  const read = (path: string, field: string): string => readText(resolve(folder, path), `tls.${field}`);
  return {
    ...plain,
    metricsPort,
    logDir,
    logName,
    worldThreads,
    threadedEnvironments,
    limits: Object.fromEntries(Object.entries(limits).filter(([, value]) => value !== undefined)),
    tls:
      tls === undefined
        ? undefined
        : {
            certificate: read(tls.certificateFile, "certificateFile"),
            key: read(tls.keyFile, "keyFile"),
            ...(tls.clientCaFile === undefined ? {} : { clientCa: read(tls.clientCaFile, "clientCaFile") }),
          },
    auth: auth === undefined ? undefined : { principals: auth.principals.map(withoutAbsent) },
  };
}

const nowhere = (): { readonly line: undefined; readonly column: undefined } => ({
  line: undefined,
  column: undefined,
});

function withoutAbsent({ name, scopes, tokenSha256, certificateNames }: z.infer<typeof principal>) {
  return {
    name,
    scopes,
    ...(tokenSha256 === undefined ? {} : { tokenSha256 }),
    ...(certificateNames === undefined ? {} : { certificateNames }),
  };
}

function readText(path: string, field: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw fail("CONFIG_INVALID", `${field}: ${path} cannot be read: ${why}; name a readable file`, { cause });
  }
}
