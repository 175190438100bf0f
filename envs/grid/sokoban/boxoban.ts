// Reads level files of the Boxoban collection (google-deepmind/boxoban-levels): `; n`, the rows, a blank line. Takes text, not
// paths: worlds read no files. Accepts CRLF and a missing last blank line; refuses anything else by line number.

import type { SplitKind } from "../../core/types.ts";
import { parseLevel, type SokobanLevel } from "./level.ts";

export interface BoxobanLevel {
  /** The number after the semicolon. */
  readonly id: number;
  readonly rows: readonly string[];
  readonly level: SokobanLevel;
}

/** A split made of a level file: task i is level i of the file. */
export interface LevelFile {
  /** Name of the split: letters, digits, dots and hyphens, for example `boxoban-hard-000`. */
  readonly split: string;
  readonly kind: SplitKind;
  readonly text: string;
}

/** @throws {Error} naming file, line and fault. */
export function parseBoxoban(text: string, fileName: string): BoxobanLevel[] {
  const lines = text.split(/\r?\n/);
  const levels: BoxobanLevel[] = [];
  let line = 0;
  while (line < lines.length) {
    const header = lines[line] as string;
    if (header.trim() === "") {
      line++;
      continue;
    }
    const id = /^;\s*(\d+)\s*$/.exec(header)?.[1];
    if (id === undefined) {
      throw new Error(
        `${fileName} line ${line + 1}: expected "; <number>", got ${JSON.stringify(header.slice(0, 40))}`,
      );
    }
    const first = ++line;
    while (line < lines.length && (lines[line] as string).trim() !== "") line++;
    const rows = lines.slice(first, line);
    levels.push({ id: Number(id), rows, level: parseLevel(rows, `${fileName} line ${first + 1}`) });
  }
  if (levels.length === 0) throw new Error(`${fileName}: no level in the file`);
  return levels;
}
