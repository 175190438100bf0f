// The processes of the workers below a front.

import { readdirSync, readFileSync } from "node:fs";

/** Process ids. @param front of the front's process */
export function workersOf(front: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        const parent = Number(readFileSync(`/proc/${pid}/stat`, "latin1").split(") ")[1]?.split(" ")[1]);
        // The TypeScript loader has a child process of its own.
        return parent === front && readFileSync(`/proc/${pid}/cmdline`, "latin1").includes("\0serve\0");
      } catch {
        return false;
      }
    })
    .map(Number);
}
