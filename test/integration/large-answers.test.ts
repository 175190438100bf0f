// What does not fit into a pipe at once still arrives whole: a command ends when its reader has everything.

import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { CommandProcess } from "./command-process.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "anchorgym-large-"));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it("advantages of 20,000 rows leave through a pipe without a byte missing", async () => {
  const rows = Array.from({ length: 20_000 }, (_, i) => ({
    group: `g${i % 160}`,
    trajectory: `t${i % 1280}`,
    step: Math.floor(i / 1280),
    anchor: `a${i % 37}`,
    reward: i % 11 === 0 ? 1 : 0,
  }));
  const input = join(folder, "rows.json");
  writeFileSync(input, JSON.stringify({ batches: [{ rows }] }));
  const { code, stdout } = await new CommandProcess(["advantages", "--input", input]).ended;
  expect(code).toBe(0);
  expect(stdout.length).toBeGreaterThan(512 * 1024);
  expect(JSON.parse(stdout).batches[0].advantage).toHaveLength(rows.length);
});
