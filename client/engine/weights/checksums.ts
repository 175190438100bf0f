// SHA-256 of weight files, in a file beside them that `sha256sum -c` reads too. A disk or a copy that changes bytes inside a
// file leaves sizes and headers right and every number finite; only this sees it. Other tools' folders have none and are
// taken as they are.

import { createHash } from "node:crypto";
import { createReadStream, existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fail } from "../../../proto/errors.ts";

export const CHECKSUMS = "SHA256SUMS";

/** File name to digest, in hexadecimal. */
export type Checksums = ReadonlyMap<string, string>;

export async function writeChecksums(directory: string, sums: Checksums): Promise<void> {
  await writeFile(join(directory, CHECKSUMS), [...sums].map(([name, digest]) => `${digest}  ${name}\n`).join(""));
}

/**
 * Reads every file of `directory` that its checksums list.
 * @param isWanted by name; default all
 * @throws {EngineError} CHECKPOINT_CORRUPT naming the first that differs
 */
export async function checkChecksums(directory: string, isWanted: (name: string) => boolean = () => true) {
  for (const [name, expected] of await readChecksums(directory)) {
    if (!isWanted(name)) continue;
    const file = join(directory, name);
    const digest = await fileSha256(file);
    if (digest === expected) continue;
    throw fail(
      "CHECKPOINT_CORRUPT",
      `${file} is not what was saved: its SHA-256 is ${digest}, ${CHECKSUMS} says ${expected}. Use another checkpoint, ` +
        `copy this one again, or remove ${CHECKSUMS} where the file was changed on purpose`,
      { ids: { file } },
    );
  }
}

async function readChecksums(directory: string): Promise<Checksums> {
  const file = join(directory, CHECKSUMS);
  if (!existsSync(file)) return new Map();
  const lines = (await readFile(file, "utf8")).split("\n").filter((line) => line !== "");
  return new Map(
    lines.map((line): [string, string] => {
      const [, digest, name] = /^([0-9a-f]{64}) [ *]([^/\\]+)$/.exec(line) ?? [];
      if (digest !== undefined && name !== undefined) return [name, digest];
      throw fail(
        "CHECKPOINT_CORRUPT",
        `${file} is no list of checksums. Use another checkpoint, or copy this one again`,
        {
          ids: { file },
        },
      );
    }),
  );
}

/** Of what the file holds now, in hexadecimal. */
export async function fileSha256(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 22 })) hash.update(chunk as Uint8Array);
  return hash.digest("hex");
}
