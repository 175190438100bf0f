// Writes a directory whole or not at all: a sibling is filled, flushed to disk and renamed into place. A process that is
// killed at any moment leaves the old directory, the new one, or one rename that recoverDirectory finishes.
// One writer per directory; readers that may follow a killed writer call recoverDirectory first.

import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { makeDirectory } from "../../../platform/make-directory.ts";

/** The three siblings a save may leave behind. "ready" is complete and on disk; "saving" is worthless; "replaced" is old. */
interface Siblings {
  readonly saving: string;
  readonly ready: string;
  readonly replaced: string;
}

function siblingsOf(directory: string): Siblings {
  const sibling = (state: string) => join(dirname(directory), `.${basename(directory)}.${state}`);
  return { saving: sibling("saving"), ready: sibling("ready"), replaced: sibling("replaced") };
}

/**
 * Calls `write` with an empty directory beside `directory`; when it returns, every file is flushed and the directory
 * takes the place of `directory`. When it throws, `directory` is as it was and the error passes on.
 */
export async function writeDirectoryAtomically(
  directory: string,
  write: (temporaryDirectory: string) => Promise<void>,
): Promise<void> {
  const { saving, ready } = siblingsOf(directory);
  makeDirectory(dirname(directory));
  await recoverDirectory(directory);
  await mkdir(saving);
  try {
    await write(saving);
    await syncTree(saving);
    await rename(saving, ready);
  } catch (error) {
    await rm(saving, { recursive: true, force: true });
    throw error;
  }
  await syncDirectory(dirname(directory));
  await recoverDirectory(directory);
}

/**
 * Finishes or undoes what a killed save left: a complete new directory takes its place, an old one that was moved away
 * without a successor comes back, the rest is removed. Does nothing where nothing was left.
 */
export async function recoverDirectory(directory: string): Promise<void> {
  const { saving, ready, replaced } = siblingsOf(directory);
  if (await exists(ready)) {
    if (await exists(directory)) {
      await rm(replaced, { recursive: true, force: true });
      await rename(directory, replaced);
    }
    await rename(ready, directory);
    await syncDirectory(dirname(directory));
  } else if (!(await exists(directory)) && (await exists(replaced))) {
    await rename(replaced, directory);
    await syncDirectory(dirname(directory));
  }
  await rm(replaced, { recursive: true, force: true });
  await rm(saving, { recursive: true, force: true });
}

async function syncTree(directory: string): Promise<void> {
  for (const entry of await readdir(directory, { withFileTypes: true })) {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) await syncTree(path);
    else if (entry.isFile()) await syncPath(path, "r+");
  }
  await syncDirectory(directory);
}

/** Makes renames and new names inside `directory` durable. */
export async function syncDirectory(directory: string): Promise<void> {
  await syncPath(directory, "r");
}

async function syncPath(path: string, flags: "r" | "r+"): Promise<void> {
  const handle = await open(path, flags);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function exists(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}
