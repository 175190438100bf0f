// One file over HTTP into place: into a sibling first, from where the last attempt ended (Range), checked, then renamed.
// The token goes to the hub alone: fetch drops it where a redirect leaves for another host.

import { existsSync } from "node:fs";
import { open, rename, rm, stat } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import { fail } from "../../../proto/errors.ts";
import { fileSha256 } from "./checksums.ts";

export interface HubPlace {
  readonly endpoint: string;
  readonly token: string | null;
  /** org/name */
  readonly name: string;
}

export interface HubFile {
  readonly path: string;
  /** As announced; null: not said. */
  readonly sizeBytes: number | null;
  readonly sha256: string | null;
}

/** The hub did not answer, or stopped answering. */
export class NetworkError extends Error {
  override readonly name = "NetworkError";
}

const ATTEMPTS = 4;
const FIRST_PAUSE_MS = 200;
const PARTIAL_CONTENT = 206;
const RANGE_NOT_SATISFIABLE = 416;

/** @returns whether anything had to be fetched. @throws {NetworkError} after several attempts */
export async function download(place: HubPlace, commit: string, file: HubFile, target: string): Promise<boolean> {
  if (existsSync(target)) return false;
  const partial = `${target}.incomplete`;
  for (let attempt = 1; ; attempt++) {
    try {
      await continueInto(partial, place, `${place.name}/resolve/${commit}/${encodeURIComponent(file.path)}`);
      break;
    } catch (error) {
      if (!(error instanceof NetworkError) || attempt === ATTEMPTS) throw error;
      await sleep(FIRST_PAUSE_MS * 2 ** (attempt - 1));
    }
  }
  const problem = await differenceTo(file, partial);
  if (problem !== null) {
    await rm(partial, { force: true });
    throw fail("CHECKPOINT_CORRUPT", `${place.name}/${file.path} arrived with ${problem}; fetch it again`);
  }
  await rename(partial, target);
  return true;
}

async function continueInto(partial: string, place: HubPlace, path: string): Promise<void> {
  const have = existsSync(partial) ? (await stat(partial)).size : 0;
  const response = await request(place, path, have > 0 ? { range: `bytes=${have}-` } : {}, [RANGE_NOT_SATISFIABLE]);
  if (response.status === RANGE_NOT_SATISFIABLE) {
    await response.body?.cancel();
    // All of it is there already, or it is longer than the file: what follows tells which.
    return;
  }
  const continues =
    response.status === PARTIAL_CONTENT && response.headers.get("content-range")?.startsWith(`bytes ${have}-`);
  const handle = await open(partial, continues ? "a" : "w");
  try {
    if (response.body === null) return;
    for await (const chunk of response.body) await handle.writeFile(chunk as Uint8Array);
  } catch (error) {
    throw networkError(error);
  } finally {
    await handle.close();
  }
}

/**
 * A GET of the hub.
 * @param accepted further status codes that are answers
 * @throws {NetworkError} no answer, or one that says to come again; typed errors for every other refusal
 */
export async function request(
  { endpoint, token, name }: HubPlace,
  path: string,
  headers: Readonly<Record<string, string>>,
  accepted: readonly number[] = [],
): Promise<Response> {
  const authorization: Record<string, string> =
    token === null || token === "" ? {} : { authorization: `Bearer ${token}` };
  let response: Response;
  try {
    // Compressed answers have no byte ranges.
    response = await fetch(`${endpoint}/${path}`, {
      headers: { ...headers, ...authorization, "accept-encoding": "identity" },
    });
  } catch (error) {
    throw networkError(error);
  }
  const { status } = response;
  if (response.ok || accepted.includes(status)) return response;
  await response.body?.cancel();
  if (status === 401 || status === 403 || status === 404) {
    const cure =
      token === null
        ? "if it is private or gated, accept its terms and set HF_TOKEN"
        : "if it is private or gated, see that HF_TOKEN may read it";
    const sentence = `${endpoint} answers ${status} for ${path}: no such model, revision or file of ${name}, or no access; ${cure}`;
    throw fail("ENGINE_UNREACHABLE", sentence, { retryable: false });
  }
  if (status === 429 || status >= 500) throw new NetworkError(`status ${status}`);
  throw fail("ENGINE_UNREACHABLE", `${endpoint} answers ${status} for ${path}`, { retryable: false });
}

async function differenceTo({ sizeBytes, sha256 }: HubFile, path: string): Promise<string | null> {
  const { size } = await stat(path);
  if (sizeBytes !== null && size !== sizeBytes) return `${size} bytes instead of ${sizeBytes}`;
  if (sha256 === null) return null;
  const digest = await fileSha256(path);
  return digest === sha256 ? null : `SHA-256 ${digest} instead of ${sha256}`;
}

function networkError(error: unknown): NetworkError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = (cause as NodeJS.ErrnoException | null)?.code;
  const message = cause instanceof Error ? cause.message : String(cause);
  return new NetworkError([code, message].filter((part) => part !== undefined && part !== "").join(": "), {
    cause: error,
  });
}
