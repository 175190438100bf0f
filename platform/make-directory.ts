// Makes a directory and what is missing above it. Node's own recursive mkdir does not return where the system answers "no such
// file" although the parent is there, as it does below /proc and behind a link that leads nowhere: it makes the parent again
// and again. Here every missing directory is tried once, and the system's answer is the error. Server and client both use it,
// and neither may import the other.

import { existsSync, mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";

/** Does nothing where the directory is there. @throws {Error} of the file system, with its `code` */
export function makeDirectory(directory: string): void {
  const missing: string[] = [];
  let path = resolve(directory);
  while (!existsSync(path) && path !== dirname(path)) {
    missing.unshift(path);
    path = dirname(path);
  }
  for (const next of missing.length === 0 ? [path] : missing) {
    try {
      mkdirSync(next);
    } catch (error) {
      // There already, or made by another process in between; a file or a link to nothing is no directory.
      if (statSync(next, { throwIfNoEntry: false })?.isDirectory() !== true) throw error;
    }
  }
}
