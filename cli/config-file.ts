// A configuration file on disk -> checked RunConfig, with what the command line sets over it, held against its world.

import { readFile } from "node:fs/promises";
import { ALGORITHM_NAMES, algorithmSchema } from "../client/algorithms/registry.ts";
import { loadConfig } from "../client/config/load-config.ts";
import type { RunConfig } from "../client/config/run-config.ts";
import { fail } from "../proto/errors.ts";
import { worldProblems } from "./check-world.ts";

/** @throws {ConfigError} CONFIG_INVALID with every problem of the file, or because it cannot be read. */
export async function readConfigFile(
  file: string,
  overrides: Readonly<Record<string, unknown>> = {},
): Promise<RunConfig> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (error) {
    throw fail("CONFIG_INVALID", `cannot read ${file}; give the path of a configuration, see configs/`, {
      cause: error,
    });
  }
  const algorithms = Object.fromEntries(ALGORITHM_NAMES.map((name) => [name, algorithmSchema(name)]));
  const given = Object.fromEntries(Object.entries(overrides).filter(([, value]) => value !== undefined));
  return loadConfig(text, file, { algorithms, overrides: given, check: worldProblems });
}
