// Reads grid fixtures from the data folder beside the checkout. Tests that need them skip with a printed reason elsewhere.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type { TraceFile } from "../../../envs/core/trace-report.ts";

const ROOT = join(import.meta.dirname, "../../../../shared/data/grids");
const GOLDEN = join(import.meta.dirname, "../../../../shared/data/golden");

const present = existsSync(ROOT);
if (!present) console.warn("skipped: ../shared/data/grids is absent");

export function hasGridFixtures(): boolean {
  return present;
}

export function readText(name: string): string {
  return readFileSync(join(ROOT, name), "utf8");
}

export function readGolden(name: string): unknown {
  return JSON.parse(readFileSync(join(GOLDEN, name), "utf8"));
}

/** All files of the folder, decompressed, named by their path without `.gz`. */
export function readFixtureFiles(): TraceFile[] {
  const names = (readdirSync(ROOT, { recursive: true }) as string[]).filter((name) =>
    /\.(jsonl|gz|txt|json)$/.test(name),
  );
  return names.map((name) => {
    const bytes = readFileSync(join(ROOT, name));
    const text = (name.endsWith(".gz") ? gunzipSync(bytes) : bytes).toString("utf8");
    return { name: name.replace(/\.gz$/, "").replaceAll("\\", "/"), text };
  });
}
