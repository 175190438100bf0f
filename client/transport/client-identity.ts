// How this client proves itself to servers: a bearer token, a certificate, or neither; and whom it trusts. The token
// travels in metadata and is never logged.

import { type ChannelCredentials, type ChannelOptions, credentials, Metadata } from "@grpc/grpc-js";

export interface ClientIdentity {
  /** Sent as "authorization: Bearer ..." with every call. */
  readonly token?: string;
  /** Absent: plain text. */
  readonly tls?: {
    /** PEM of the authority to trust; absent: those of the system. */
    readonly ca?: string;
    /** PEM pair of this client, for mTLS. */
    readonly certificate?: string;
    readonly key?: string;
    /** Name that certificates are held against instead of the host of each address. */
    readonly serverName?: string;
  };
}

export const ANONYMOUS_CLIENT: ClientIdentity = {};

/** @throws {Error} for a PEM that is none */
export function channelCredentials({ tls }: ClientIdentity): ChannelCredentials {
  if (tls === undefined) return credentials.createInsecure();
  const pem = (text: string | undefined): Buffer | null => (text === undefined ? null : Buffer.from(text));
  return credentials.createSsl(pem(tls.ca), pem(tls.key), pem(tls.certificate));
}

/** Of every channel to servers that meet this identity. */
export function identityOptions({ tls }: ClientIdentity): ChannelOptions {
  return tls?.serverName === undefined ? {} : { "grpc.ssl_target_name_override": tls.serverName };
}

export function callMetadata({ token }: ClientIdentity, waitForReady = false): Metadata {
  const metadata = new Metadata({ waitForReady });
  if (token !== undefined) metadata.set("authorization", `Bearer ${token}`);
  return metadata;
}
