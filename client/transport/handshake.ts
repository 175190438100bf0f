// Why a server that is there and this client do not understand each other: plain text to a TLS port, TLS to a plain one,
// a certificate of the one that the other does not accept. gRPC tells most of these as "no connection" after a long wait.
// It opens connections of its own, sends the first frame of HTTP/2 and nothing of the caller's, no token above all. It
// names what it is sure of: a server that is absent, silent or slow is none of its faults.

import { readFileSync } from "node:fs";
import { connect as connectTcp, isIP, type Socket } from "node:net";
import { type ConnectionOptions, connect as connectTls } from "node:tls";
import type { ClientIdentity } from "./client-identity.ts";

export type HandshakeFault =
  | "TLS_WANTED"
  | "PLAIN_TEXT_WANTED"
  | "AUTHORITY_UNKNOWN"
  | "NAME_DIFFERS"
  | "CERTIFICATE_OUT_OF_DATE"
  | "CLIENT_CERTIFICATE_WANTED"
  | "CLIENT_CERTIFICATE_REFUSED";

export interface HandshakeProblem {
  readonly fault: HandshakeFault;
  /** Words of the system, for the error; empty where the fault says it all. */
  readonly detail: string;
}

/** How one connection went: what came back first, or the code and words of what ended it. */
type Trial =
  | { readonly kind: "answered"; readonly bytes: Buffer }
  | { readonly kind: "ended"; readonly wasSecure: boolean; readonly code: string; readonly words: string }
  | { readonly kind: "silent" };

const TRIAL_LIMIT_MS = 2_000;
/** What every HTTP/2 client says first: the preface and an empty SETTINGS frame. The server answers with its own SETTINGS. */
const PREFACE = Buffer.concat([
  Buffer.from("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
  Buffer.from("000000040000000000", "hex"),
]);
const SETTINGS_TYPE = 4;
/** Alerts with which a server ends a handshake over the client's certificate, in OpenSSL's words. */
const CLIENT_CERTIFICATE_ALERTS =
  /ALERT_(CERTIFICATE|BAD_CERTIFICATE|UNSUPPORTED_CERTIFICATE|UNKNOWN_CA|HANDSHAKE_FAILURE)/;
const OUT_OF_DATE: ReadonlySet<string> = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"]);
const UNKNOWN_AUTHORITY =
  /^(UNABLE_TO_(VERIFY_LEAF_SIGNATURE|GET_ISSUER_CERT(_LOCALLY)?)|SELF_SIGNED_CERT_IN_CHAIN|DEPTH_ZERO_SELF_SIGNED_CERT|CERT_SIGNATURE_FAILURE|CERT_UNTRUSTED|INVALID_CA)$/;

/** @param address host:port. @param limitMs of one connection; there are at most two. @returns undefined where nothing is surely wrong. Never rejects. */
export async function handshakeProblem(
  address: string,
  { tls }: ClientIdentity,
  limitMs = TRIAL_LIMIT_MS,
): Promise<HandshakeProblem | undefined> {
  const { host, port } = placeOf(address);
  if (tls === undefined) {
    const plain = await tryPlain(host, port, limitMs);
    if (plain.kind === "silent" || isRefusal(plain) || isSettings(plain)) return undefined;
    // It shut the door, or said an alert of TLS; only a handshake shows that it is TLS.
    const secure = await tryTls(host, port, { rejectUnauthorized: false }, limitMs);
    const speaksTls = secure.kind === "answered" || (secure.kind === "ended" && secure.wasSecure);
    return speaksTls ? { fault: "TLS_WANTED", detail: "" } : undefined;
  }
  const { ca = systemRoots(), certificate, key, serverName } = tls;
  const options = {
    ...(ca === undefined ? {} : { ca }),
    ...(certificate === undefined ? {} : { cert: certificate }),
    ...(key === undefined ? {} : { key }),
    servername: serverName ?? (isIP(host) === 0 ? host : ""),
  };
  const trial = await tryTls(host, port, options, limitMs);
  if (trial.kind !== "ended" || isRefusal(trial)) return undefined;
  const { code, words, wasSecure } = trial;
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID") return { fault: "NAME_DIFFERS", detail: words };
  if (OUT_OF_DATE.has(code)) return { fault: "CERTIFICATE_OUT_OF_DATE", detail: words };
  if (UNKNOWN_AUTHORITY.test(code)) return { fault: "AUTHORITY_UNKNOWN", detail: words };
  if (wasSecure || CLIENT_CERTIFICATE_ALERTS.test(code)) {
    const fault = certificate === undefined ? "CLIENT_CERTIFICATE_WANTED" : "CLIENT_CERTIFICATE_REFUSED";
    return { fault, detail: "" };
  }
  return isSettings(await tryPlain(host, port, limitMs)) ? { fault: "PLAIN_TEXT_WANTED", detail: "" } : undefined;
}

function placeOf(address: string): { readonly host: string; readonly port: number } {
  const colon = address.lastIndexOf(":");
  return { host: address.slice(0, colon).replace(/^\[|\]$/g, ""), port: Number(address.slice(colon + 1)) };
}

/** gRPC reads the same variable where no authority is given. */
function systemRoots(): string | undefined {
  const path = process.env["GRPC_DEFAULT_SSL_ROOTS_FILE_PATH"];
  try {
    return path === undefined ? undefined : readFileSync(path, "utf8");
  } catch {
    return undefined; // gRPC says so itself
  }
}

/** Nobody listens, or no such host. */
function isRefusal(trial: Trial): boolean {
  return (
    trial.kind === "ended" && /^(ECONNREFUSED|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH|ETIMEDOUT)$/.test(trial.code)
  );
}

function isSettings(trial: Trial): boolean {
  return trial.kind === "answered" && trial.bytes[3] === SETTINGS_TYPE;
}

function tryPlain(host: string, port: number, limitMs: number): Promise<Trial> {
  return outcomeOf(connectTcp({ host, port }), "connect", limitMs);
}

/** The certificate is held against `servername`, and against `host` where that is empty. */
function tryTls(host: string, port: number, options: ConnectionOptions, limitMs: number): Promise<Trial> {
  return outcomeOf(connectTls({ ...options, host, port, ALPNProtocols: ["h2"] }), "secureConnect", limitMs);
}

function outcomeOf(socket: Socket, connected: "connect" | "secureConnect", limitMs: number): Promise<Trial> {
  return new Promise((resolve) => {
    let wasSecure = false;
    const settle = (trial: Trial): void => {
      clearTimeout(timer);
      resolve(trial);
      socket.destroy();
    };
    const timer = setTimeout(() => settle({ kind: "silent" }), limitMs);
    socket.once(connected, () => {
      wasSecure = connected === "secureConnect";
      socket.write(PREFACE);
    });
    socket.once("data", (bytes: Buffer) => settle({ kind: "answered", bytes }));
    // Stays for what a destroyed socket still says.
    socket.on("error", (error: NodeJS.ErrnoException) =>
      settle({ kind: "ended", wasSecure, code: error.code ?? "", words: error.message.trim() }),
    );
    socket.once("close", () => settle({ kind: "ended", wasSecure, code: "", words: "it closed the connection" }));
  });
}
