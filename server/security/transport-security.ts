// TLS and mTLS of the listening port. Plain text is for loopback; off loopback a server that authenticates refuses it,
// because tokens would travel readable. Without authentication it is the operator's network that decides.

import { X509Certificate } from "node:crypto";
import { isIP } from "node:net";
import { createSecureContext } from "node:tls";
import { ServerCredentials } from "@grpc/grpc-js";
import { fail } from "../../proto/errors.ts";

export interface TlsSettings {
  /** PEM, the server's own certificate first. */
  readonly certificate: string;
  /** PEM. */
  readonly key: string;
  /** PEM of the authority that signs client certificates. Given: a client without one is cut off (mTLS). */
  readonly clientCa?: string;
}

/** TLS that asks no client for a certificate. */
export function withoutClientCa(tls: TlsSettings | undefined): TlsSettings | undefined {
  return tls === undefined ? undefined : { certificate: tls.certificate, key: tls.key };
}

export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host);
}

/** @throws {ConfigError} CONFIG_INVALID for a key or certificate that is none, and for tokens in plain text off loopback */
export function serverCredentials(
  host: string,
  tls: TlsSettings | undefined,
  authenticates: boolean,
): ServerCredentials {
  if (tls === undefined) {
    if (authenticates && !isLoopback(host)) {
      throw fail("CONFIG_INVALID", `tokens would travel in plain text to ${host}; set tls, or listen on 127.0.0.1`);
    }
    return ServerCredentials.createInsecure();
  }
  const { certificate, key, clientCa } = tls;
  try {
    createSecureContext({ cert: certificate, key, ...(clientCa === undefined ? {} : { ca: clientCa }) });
    const ca = clientCa === undefined ? null : Buffer.from(clientCa);
    const pairs = [{ cert_chain: Buffer.from(certificate), private_key: Buffer.from(key) }];
    return ServerCredentials.createSsl(ca, pairs, clientCa !== undefined);
  } catch (cause) {
    throw fail("CONFIG_INVALID", "tls: the certificate, key or clientCa is not a PEM that fits the others", { cause });
  }
}

/**
 * Clients are referred to this host and hold the certificate against it.
 * @throws {ConfigError} CONFIG_INVALID when they would refuse it
 */
export function requireCertificateFor(host: string, { certificate }: TlsSettings): void {
  let own: X509Certificate;
  try {
    own = new X509Certificate(certificate);
  } catch (cause) {
    throw fail("CONFIG_INVALID", "tls: the certificate is not a PEM", { cause });
  }
  const isValid = isIP(host) === 0 ? own.checkHost(host) : own.checkIP(host);
  if (isValid !== undefined) return;
  const names = own.subjectAltName ?? own.subject.replaceAll("\n", ", ");
  const sentence = `clients are referred to ${host}, for which the certificate is not valid (it is for ${names})`;
  throw fail("CONFIG_INVALID", `${sentence}; set advertiseHost to a name of the certificate, or renew it`);
}
