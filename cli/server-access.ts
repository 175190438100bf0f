// Who a command says it is to the servers that it calls, and whom it trusts: settings of a run configuration or flags of
// the same meaning, read into a `ClientIdentity`. Secrets come from files and environment variables alone, and appear in no
// error, log or run directory. Also the words for servers that refuse a client, with the setting that cures it.

import { createPrivateKey, type KeyObject, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import type { Command } from "commander";
import type { RunConfig } from "../client/config/run-config.ts";
import type { ClientIdentity } from "../client/transport/client-identity.ts";
import { ANONYMOUS_CLIENT } from "../client/transport/client-identity.ts";
import { type HandshakeFault, handshakeProblem } from "../client/transport/handshake.ts";
import { fail, isAnchorgymError } from "../proto/errors.ts";
import { isLoopback } from "../server/security/transport-security.ts";
import { UsageError } from "./exit.ts";

/** As `environment.servers` of a run configuration has it. */
export type AccessSettings = Pick<RunConfig["environment"]["servers"], "tokenFile" | "tokenVariable" | "tls">;

/** What a setting is called where it was written. */
interface Names {
  readonly tokenFile: string;
  readonly tokenVariable: string;
  readonly tls: string;
  readonly caFile: string;
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly serverName: string;
}

const IN_YAML: Names = {
  tokenFile: "environment.servers.tokenFile",
  tokenVariable: "environment.servers.tokenVariable",
  tls: "environment.servers.tls",
  caFile: "environment.servers.tls.caFile",
  certificateFile: "environment.servers.tls.certificateFile",
  keyFile: "environment.servers.tls.keyFile",
  serverName: "environment.servers.tls.serverName",
};

const IN_FLAGS: Names = {
  tokenFile: "--token-file",
  tokenVariable: "--token-variable",
  tls: "--tls",
  caFile: "--tls-ca",
  certificateFile: "--tls-cert",
  keyFile: "--tls-key",
  serverName: "--tls-server-name",
};

export interface ServerAccess {
  readonly identity: ClientIdentity;
  readonly names: Names;
}

/** No token, plain text. */
export const OPEN_ACCESS: ServerAccess = { identity: ANONYMOUS_CLIENT, names: IN_YAML };

/** @throws {ConfigError} CONFIG_INVALID naming the setting whose file or variable does not hold what it should */
export function accessOfConfig({ environment }: RunConfig): ServerAccess {
  const { addresses = [], ...settings } = environment.servers;
  return readAccess(settings, addresses, IN_YAML);
}

export interface AccessFlags {
  readonly tokenFile?: string;
  readonly tokenVariable?: string;
  readonly tls?: boolean;
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly tlsServerName?: string;
}

export function addAccessFlags(command: Command): Command {
  return command
    .option("--token-file <file>", "file with the bearer token to call with")
    .option("--token-variable <name>", "environment variable with the bearer token, instead of a file")
    .option("--tls", "speak TLS, trusting the system's authorities; the flags below imply it")
    .option("--tls-ca <file>", "PEM of the authority to trust instead")
    .option("--tls-cert <file>", "PEM of the own certificate, for servers that ask for one")
    .option("--tls-key <file>", "PEM of its key")
    .option("--tls-server-name <name>", "name that the server's certificate is for, where it is not the address");
}

/** @throws {UsageError} for flags that do not go together; {ConfigError} as `accessOfConfig` */
export function accessOfFlags(flags: AccessFlags, addresses: readonly string[]): ServerAccess {
  const { tokenFile, tokenVariable, tlsCa: caFile, tlsCert: certificateFile, tlsKey: keyFile } = flags;
  const { tlsServerName: serverName } = flags;
  if (tokenFile !== undefined && tokenVariable !== undefined) {
    throw new UsageError("give either --token-file or --token-variable, not both");
  }
  if ((certificateFile === undefined) !== (keyFile === undefined)) {
    throw new UsageError("--tls-cert and --tls-key go together");
  }
  const tls = { caFile, certificateFile, keyFile, serverName };
  const wantsTls = flags.tls === true || Object.values(tls).some((value) => value !== undefined);
  return readAccess({ tokenFile, tokenVariable, tls: wantsTls ? tls : undefined }, addresses, IN_FLAGS);
}

/** Any of them was given. */
export function hasAccessFlags({ tokenFile, tokenVariable, tls, ...others }: AccessFlags): boolean {
  const { tlsCa, tlsCert, tlsKey, tlsServerName } = others;
  return [tokenFile, tokenVariable, tls, tlsCa, tlsCert, tlsKey, tlsServerName].some((flag) => flag !== undefined);
}

function readAccess(settings: AccessSettings, addresses: readonly string[], names: Names): ServerAccess {
  const { tls } = settings;
  const token = readToken(settings, names);
  const readable = tls === undefined ? addresses.find((address) => !isLoopback(hostOf(address))) : undefined;
  if (token !== undefined && readable !== undefined) {
    const where = settings.tokenFile === undefined ? names.tokenVariable : names.tokenFile;
    throw fail("CONFIG_INVALID", `${where}: the token would travel in plain text to ${readable}; set ${names.tls}`);
  }
  const identity: ClientIdentity = {
    ...(token === undefined ? {} : { token }),
    ...(tls === undefined ? {} : { tls: readTls(tls, names) }),
  };
  return { identity, names };
}

function readToken({ tokenFile, tokenVariable }: AccessSettings, names: Names): string | undefined {
  if (tokenVariable !== undefined) {
    const text = process.env[tokenVariable];
    const place = `${names.tokenVariable}: the environment variable ${tokenVariable}`;
    if (text === undefined) throw fail("CONFIG_INVALID", `${place} is not set; set it to the token`);
    return checkedToken(text, place);
  }
  if (tokenFile === undefined) return undefined;
  return checkedToken(readText(tokenFile, names.tokenFile), `${names.tokenFile}: ${tokenFile}`);
}

/** What is refused is not shown: it may be a token with a blank in it. */
function checkedToken(text: string, place: string): string {
  const token = text.trim();
  if (/^[\x21-\x7e]+$/.test(token)) return token;
  const found = token === "" ? "is empty" : "holds more than one word of ASCII";
  throw fail("CONFIG_INVALID", `${place} ${found}; expected the bearer token and nothing else`);
}

function readTls(
  { caFile, certificateFile, keyFile, serverName }: NonNullable<AccessSettings["tls"]>,
  names: Names,
): NonNullable<ClientIdentity["tls"]> {
  const ca = caFile === undefined ? {} : { ca: readText(caFile, names.caFile) };
  if (ca.ca !== undefined) certificateIn(ca.ca, `${names.caFile}: ${caFile}`);
  const name = serverName === undefined ? {} : { serverName };
  if (certificateFile === undefined || keyFile === undefined) return { ...ca, ...name };
  const certificate = readText(certificateFile, names.certificateFile);
  const key = readText(keyFile, names.keyFile);
  const own = certificateIn(certificate, `${names.certificateFile}: ${certificateFile}`);
  if (!own.checkPrivateKey(keyIn(key, `${names.keyFile}: ${keyFile}`))) {
    const cure = `name the key that ${names.certificateFile} was made with`;
    throw fail("CONFIG_INVALID", `${names.keyFile}: ${keyFile} is the key of another certificate; ${cure}`);
  }
  return { ...ca, certificate, key, ...name };
}

function certificateIn(pem: string, place: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch (cause) {
    throw fail("CONFIG_INVALID", `${place} holds no certificate; expected a PEM with BEGIN CERTIFICATE`, { cause });
  }
}

function keyIn(pem: string, place: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (cause) {
    const sentence = `${place} holds no usable key; expected a PEM with BEGIN PRIVATE KEY and without a passphrase`;
    throw fail("CONFIG_INVALID", sentence, { cause });
  }
}

function readText(path: string, name: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw fail("CONFIG_INVALID", `${name}: ${path} cannot be read: ${why}; name a readable file`, { cause });
  }
}

const hostOf = (address: string): string => address.slice(0, address.lastIndexOf(":")).replace(/^\[|\]$/g, "");

/** What a server and this client disagree on, and the setting that cures it. */
const FAULTS: Readonly<Record<HandshakeFault, (names: Names) => string>> = {
  TLS_WANTED: ({ tls, caFile }) => `the server speaks TLS and was spoken to in plain text; set ${tls}, or ${caFile}`,
  PLAIN_TEXT_WANTED: ({ tls }) => `the server speaks plain text and was spoken to in TLS; leave ${tls} out`,
  AUTHORITY_UNKNOWN: ({ caFile }) =>
    `the server's certificate is of no authority that is trusted here; set ${caFile} to the PEM of its authority`,
  NAME_DIFFERS: ({ serverName }) =>
    `the server's certificate is not for this address; call the server by a name of its certificate, or set ${serverName}`,
  CERTIFICATE_OUT_OF_DATE: () => "the server's certificate is out of date; have it renewed, or check the clock",
  CLIENT_CERTIFICATE_WANTED: ({ certificateFile, keyFile }) =>
    `the server asks for a client certificate; set ${certificateFile} and ${keyFile}`,
  CLIENT_CERTIFICATE_REFUSED: ({ certificateFile }) =>
    `the server refuses the client certificate; set ${certificateFile} to one of the authority that it trusts`,
};

/**
 * Finds a server that will never understand this client, before calls wait for it in vain. Servers that are not there
 * yet pass.
 * @throws {ConfigError} CONFIG_INVALID with the setting that cures it
 */
export async function requireUnderstanding(
  addresses: readonly string[],
  { identity, names }: ServerAccess,
): Promise<void> {
  const problems = await Promise.all(addresses.map((address) => handshakeProblem(address, identity)));
  problems.forEach((problem, index) => {
    if (problem === undefined) return;
    const ids = { endpoint: addresses[index] ?? "" };
    const detail = problem.detail === "" ? "" : ` (${problem.detail})`;
    throw fail("CONFIG_INVALID", `${FAULTS[problem.fault](names)}${detail}`, { ids });
  });
}

/** The error with the setting that cures it where a server refused the caller; any other error as it is. */
export function explainRefusal(error: unknown, { identity, names }: ServerAccess): unknown {
  if (!isAnchorgymError(error)) return error;
  const { reason, sentence, ids } = error;
  const token = `${names.tokenFile} or ${names.tokenVariable}`;
  if (reason === "SCOPE_MISSING") {
    return fail(reason, `${sentence}; have the server's operator give this caller the scope`, { ids, cause: error });
  }
  if (reason !== "TOKEN_INVALID") return error;
  const cure =
    identity.token !== undefined
      ? `correct the token of ${token}, or have its SHA-256 listed in the server's auth`
      : identity.tls?.certificate !== undefined
        ? `have the common name of ${names.certificateFile} listed in the server's auth, or set ${token}`
        : `set ${token}`;
  return fail(reason, `${sentence}; ${cure}`, { ids, cause: error });
}
