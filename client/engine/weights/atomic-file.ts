// Writes a small file whole or not at all: a sibling is written, flushed and renamed over it, so that a reader sees the
// old content or the new and a killed writer leaves the old. One writer per file.

import { open, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeDirectory } from "../../../platform/make-directory.ts";
import { syncDirectory } from "./atomic-directory.ts";

/** Replaces `file` by `content`; missing parent directories are made. */
export async function writeFileAtomically(file: string, content: string | Uint8Array): Promise<void> {
  const directory = dirname(file);
  makeDirectory(directory);
  const temporary = join(directory, `.${basename(file)}.saving`);
  try {
    const handle = await open(temporary, "w");
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, file);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
  await syncDirectory(directory);
}
