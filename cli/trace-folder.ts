// Reads a folder of recordings into texts for the worlds' own replay functions, which open no file themselves.

import { readdir, readFile, stat } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import { gunzipSync } from "node:zlib";
import { UsageError } from "./exit.ts";

/** One file as text, decompressed; the name is its path inside the folder, with "/" and without `.gz`. */
export interface FolderFile {
  readonly name: string;
  readonly text: string;
}

/** Recordings are JSON lines, one JSON document, or levels as plain text. */
const WANTED = /\.(jsonl|json|txt)(\.gz)?$/;

/** @throws {UsageError} when the folder is no folder, holds no recording, or a file in it cannot be decompressed. */
export async function readTraceFolder(directory: string): Promise<readonly FolderFile[]> {
  const found = await stat(directory).catch(() => undefined);
  if (!found?.isDirectory()) throw new UsageError(`${directory} is no folder; name the one that holds the recordings`);
  const entries = await readdir(directory, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile() && WANTED.test(entry.name));
  if (paths.length === 0) throw new UsageError(`${directory} holds no .jsonl or .jsonl.gz file to replay`);
  const files = paths.map(({ parentPath, name }) => readFolderFile(directory, join(parentPath, name)));
  return (await Promise.all(files)).sort((a, b) => (a.name < b.name ? -1 : 1));
}

async function readFolderFile(directory: string, path: string): Promise<FolderFile> {
  const bytes = await readFile(path);
  const name = relative(directory, path).split(sep).join("/");
  if (!name.endsWith(".gz")) return { name, text: bytes.toString("utf8") };
  try {
    return { name: name.slice(0, -".gz".length), text: gunzipSync(bytes).toString("utf8") };
  } catch (error) {
    throw new UsageError(`${path} is not gzip, or cut short; fetch it again`, { cause: error });
  }
}
