// The published hashes, made a second time: H(kind, schema, body) over RFC 8785 JSON (`protocol.md` section 7). Written
// apart from envs/core on purpose, so that a mistake there is seen here. Bodies are strings, finite numbers, booleans,
// arrays and plain objects; JSON.stringify writes their scalars as RFC 8785 demands.

import { createHash } from "node:crypto";

export type Body = null | boolean | number | string | readonly Body[] | { readonly [name: string]: Body };

function canonical(body: Body): string {
  if (Array.isArray(body)) return `[${body.map(canonical).join(",")}]`;
  if (body === null || typeof body !== "object") return JSON.stringify(body);
  const fields = body as { readonly [name: string]: Body };
  const names = Object.keys(fields).sort();
  return `{${names.map((name) => `${JSON.stringify(name)}:${canonical(fields[name] as Body)}`).join(",")}}`;
}

/** Lower-case hex. Kinds other than full and semantic take their own name plus "/1" as schema. */
export function publishedHash(kind: string, schema: string, body: Body): string {
  const text = `anchorgym-jcs-sha256-v1\n${kind}\n${schema}\n${canonical(body)}`;
  return createHash("sha256").update(text).digest("hex");
}

export function sha256Hex(bytes: Buffer): string {
  return createHash("sha256").update(bytes).digest("hex");
}

/** The first 53 bits, big-endian, of SHA-256 over "anchorgym-seed-v1\n" seed "\n" label. */
export function deriveSeed(seed: number, label: string): number {
  const digest = createHash("sha256").update(`anchorgym-seed-v1\n${seed}\n${label}`).digest();
  return Number(digest.readBigUInt64BE(0) >> 11n);
}
