// Models by name: files of a Hugging Face repository, fetched once into a cache of the layout that other tools use
// (models--org--name/{refs,snapshots}). A broken transfer goes on where it stopped; what arrives is held to the size and,
// for large files, the SHA-256 that the hub states. Without network a cached copy serves, or the message says what to do.
// Environment: HF_ENDPOINT, HF_TOKEN, HF_HOME, HF_HUB_CACHE, HF_HUB_OFFLINE. One process per model fetches at a time.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { makeDirectory } from "../../../platform/make-directory.ts";
import { fail } from "../../../proto/errors.ts";
import { writeFileAtomically } from "./atomic-file.ts";
import { download, type HubFile, type HubPlace, NetworkError, request } from "./hub-download.ts";

export interface HubOptions {
  /** Branch, tag or commit; default "main". */
  readonly revision?: string;
  /** Default: the variables of this process. */
  readonly environment?: Readonly<Record<string, string | undefined>>;
  /** Told once per file that is fetched. */
  readonly onFile?: (line: string) => void;
}

const NAME = /^[\w.-]+\/[\w.-]+$/;
/** What a model needs of a repository; other formats of the same weights stay where they are. */
const WANTED = /^(?:(?:model|adapter_model)[\w.-]*\.safetensors|[\w.-]+\.json|[\w.-]+\.jinja)$/;
const COMMIT = /^[0-9a-f]{7,64}$/;

/**
 * The folder of a model: a folder that is there is taken as it is, anything of the form `org/name` or
 * `org/name@revision` comes from the hub or its cache.
 * @throws {ConfigError | EngineError} CONFIG_INVALID for a name that is neither, ENGINE_UNREACHABLE without network or
 * access, CHECKPOINT_CORRUPT when what arrives is not what the hub announced
 */
export async function resolveModel(named: string, options: HubOptions = {}): Promise<string> {
  if (existsSync(named)) return named;
  const [name = "", atRevision] = named.split("@", 2);
  if (!NAME.test(name)) {
    throw fail("CONFIG_INVALID", `${named} is no folder that exists, and no name of a model on the hub (org/name)`);
  }
  const environment = options.environment ?? process.env;
  const revision = atRevision ?? options.revision ?? "main";
  const cache = cacheDirectory(environment, name);
  const reference = join(cache, "refs", encodeURIComponent(revision));
  const cached = await cachedSnapshot(cache, reference, revision);
  if (isSet(environment["HF_HUB_OFFLINE"])) {
    if (cached !== null) return cached;
    throw unreachable(`HF_HUB_OFFLINE is set, and ${name} at ${revision} is not in ${cache}`);
  }
  // A commit never changes: what is there needs no question.
  if (cached !== null && COMMIT.test(revision) && revision.length === 40) return cached;
  const place: HubPlace = {
    endpoint: (environment["HF_ENDPOINT"] ?? "https://huggingface.co").replace(/\/+$/, ""),
    token: environment["HF_TOKEN"] ?? null,
    name,
  };
  try {
    const { commit, files } = await listFiles(place, revision);
    const snapshot = join(cache, "snapshots", commit);
    makeDirectory(snapshot);
    for (const file of files) {
      if (await download(place, commit, file, join(snapshot, file.path)))
        options.onFile?.(`fetched ${name}/${file.path}`);
    }
    await writeFileAtomically(reference, commit);
    return snapshot;
  } catch (error) {
    if (!(error instanceof NetworkError)) throw error;
    if (cached !== null) return cached;
    throw unreachable(
      `${place.endpoint} cannot be reached (${error.message}), and ${name} at ${revision} is not in ${cache}. ` +
        "Connect, set HF_ENDPOINT to a mirror, or fetch the folder elsewhere and name its path instead",
    );
  }
}

function cacheDirectory(environment: Readonly<Record<string, string | undefined>>, name: string): string {
  const home = environment["HF_HOME"] ?? join(homedir(), ".cache", "huggingface");
  const hub = environment["HF_HUB_CACHE"] ?? join(home, "hub");
  return join(hub, `models--${name.replace("/", "--")}`);
}

/** A snapshot whose reference was written is whole. */
async function cachedSnapshot(cache: string, reference: string, revision: string): Promise<string | null> {
  const commit = existsSync(reference) ? (await readFile(reference, "utf8")).trim() : revision;
  if (!COMMIT.test(commit) || (!existsSync(reference) && commit.length !== 40)) return null;
  const snapshot = join(cache, "snapshots", commit);
  return existsSync(join(snapshot, "config.json")) || existsSync(join(snapshot, "adapter_config.json"))
    ? snapshot
    : null;
}

interface Listing {
  readonly sha?: unknown;
  readonly siblings?: readonly {
    readonly rfilename?: unknown;
    readonly size?: unknown;
    readonly lfs?: { readonly sha256?: unknown } | null;
  }[];
}

async function listFiles(place: HubPlace, revision: string): Promise<{ commit: string; files: readonly HubFile[] }> {
  const path = `api/models/${place.name}/revision/${encodeURIComponent(revision)}?blobs=true`;
  const response = await request(place, path, {});
  const listing = (await response.json()) as Listing;
  const { sha, siblings } = listing;
  if (typeof sha !== "string" || !COMMIT.test(sha) || !Array.isArray(siblings)) {
    throw fail("CHECKPOINT_CORRUPT", `${place.endpoint}/${path} does not list a repository's files`);
  }
  const files = (siblings as NonNullable<Listing["siblings"]>).flatMap(({ rfilename, size, lfs }): HubFile[] =>
    typeof rfilename === "string" && WANTED.test(rfilename)
      ? [
          {
            path: rfilename,
            sizeBytes: typeof size === "number" ? size : null,
            sha256: typeof lfs?.sha256 === "string" ? lfs.sha256 : null,
          },
        ]
      : [],
  );
  if (!files.some(({ path: file }) => file.endsWith(".safetensors"))) {
    throw fail(
      "CHECKPOINT_CORRUPT",
      `${place.name} at ${revision} holds no model.safetensors; choose another revision`,
    );
  }
  return { commit: sha, files };
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && !["", "0", "false", "no", "off"].includes(value.toLowerCase());
}

function unreachable(sentence: string): Error {
  return fail("ENGINE_UNREACHABLE", sentence, { retryable: false });
}
