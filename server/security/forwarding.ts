// How a worker learns who called its front. The front passes on what the caller proved itself with, over TLS on loopback to
// a port of the worker's that only the front can use: each call there names a key that the two share. What a caller says
// of itself in the same headers is never looked at on any other port, and the front passes no header on.

import { createHash, randomBytes, timingSafeEqual, X509Certificate } from "node:crypto";
import { createSecureContext } from "node:tls";
import { type ChannelCredentials, credentials, Metadata } from "@grpc/grpc-js";
import { fail } from "../../proto/errors.ts";
import type { TlsSettings } from "./transport-security.ts";

/** What a caller proves itself with. */
export interface CallerProof {
  /** The header; undefined when absent. */
  readonly authorization: string | undefined;
  /** Common name of the verified client certificate. */
  readonly certificateName: string | undefined;
}

const KEY_HEADER = "anchorgym-front-key";
/** Binary: names are not bound to ASCII. */
const CERTIFICATE_HEADER = "anchorgym-certificate-name-bin";

/** A key for one front and its workers. */
export function newForwardKey(): string {
  return randomBytes(32).toString("hex");
}

interface ConnectionAuth {
  readonly sslPeerCertificate?: { readonly subject?: { readonly CN?: string | string[] } } | undefined;
}

/** The proof of whoever holds the connection. The header goes no further. */
export function proofOfConnection(metadata: Metadata, { sslPeerCertificate }: ConnectionAuth): CallerProof {
  const name = sslPeerCertificate?.subject?.CN;
  return { authorization: takeAuthorization(metadata), certificateName: Array.isArray(name) ? name[0] : name };
}

/** The proof as the front had it. @throws {RequestError} TOKEN_INVALID for anybody but the front */
export function proofForwarded(metadata: Metadata, key: string): CallerProof {
  const [given] = metadata.get(KEY_HEADER);
  const [name] = metadata.get(CERTIFICATE_HEADER);
  metadata.remove(KEY_HEADER);
  metadata.remove(CERTIFICATE_HEADER);
  const digest = (text: string): Buffer => createHash("sha256").update(text).digest();
  if (!timingSafeEqual(digest(String(given ?? "")), digest(key))) {
    throw fail("TOKEN_INVALID", "this port is for the front of this worker alone; call Session.endpoint");
  }
  return { authorization: takeAuthorization(metadata), certificateName: name === undefined ? undefined : String(name) };
}

/** Metadata of a call that the front makes for a caller. */
export function forwardedMetadata(key: string, { authorization, certificateName }: CallerProof): Metadata {
  const metadata = new Metadata();
  metadata.set(KEY_HEADER, key);
  if (authorization !== undefined) metadata.set("authorization", authorization);
  if (certificateName !== undefined) metadata.set(CERTIFICATE_HEADER, Buffer.from(certificateName));
  return metadata;
}

/**
 * For channels to a server that serves exactly this certificate, under whatever name; plain text where there is none.
 * @param own pair of the caller, for a server that asks for a client certificate
 */
export function pinnedCredentials(
  tls: Pick<TlsSettings, "certificate"> | undefined,
  own?: Pick<TlsSettings, "certificate" | "key">,
): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const served = new X509Certificate(tls.certificate).raw;
  const pair = own === undefined ? {} : { cert: own.certificate, key: own.key };
  const context = createSecureContext({ ca: tls.certificate, allowPartialTrustChain: true, ...pair });
  return credentials.createFromSecureContext(context, {
    checkServerIdentity: (_host, { raw }) => (raw.equals(served) ? undefined : new Error("it is another server's")),
  });
}

function takeAuthorization(metadata: Metadata): string | undefined {
  const [header] = metadata.get("authorization");
  metadata.remove("authorization");
  return header === undefined ? undefined : String(header);
}
