// Writes the TypeScript types of the .proto files into gen/ (`npm run gen`), or with --check generates them into a
// temporary folder and compares: stale, missing and surplus files are listed and the exit code is 1 (`npm run gen:check`).

import { execFileSync } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { GENERATOR_FLAGS, PROTO_FILES } from "./proto-files.ts";

const protoRoot = dirname(fileURLToPath(import.meta.url));
const committedDir = join(protoRoot, "gen");

/** Generates all types into `outDir`. @throws {Error} when the generator fails; its own words are in the message. */
export function generateTypes(outDir: string): void {
  const packageJson = createRequire(import.meta.url).resolve("@grpc/proto-loader/package.json");
  const generator = join(dirname(packageJson), "build", "bin", "proto-loader-gen-types.js");
  const flags = [...GENERATOR_FLAGS, `--outDir=${outDir}`, "--includeDirs=."];
  // A relative include keeps this machine's paths out of the header of every file. The "--" is needed: --includeDirs swallows
  // the file names behind it, silently, and nothing is generated.
  execFileSync(process.execPath, [generator, ...flags, "--", ...PROTO_FILES], { cwd: protoRoot, stdio: "pipe" });
}

function filesBelow(root: string): ReadonlyMap<string, string> {
  if (!existsSync(root)) return new Map();
  const names = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  return new Map(names.sort().map((name) => [name, readFileSync(join(root, name), "utf8")]));
}

/** One sentence per file of `committed` that is not what the generator writes today; empty when all are fresh. */
export function staleTypes(committed: string = committedDir): readonly string[] {
  const outDir = mkdtempSync(join(tmpdir(), "anchorgym-gen-"));
  try {
    generateTypes(outDir);
    const fresh = filesBelow(outDir);
    const present = filesBelow(committed);
    const changed = [...fresh].flatMap(([name, text]) => {
      if (!present.has(name)) return [`missing: proto/gen/${name}`];
      return present.get(name) === text ? [] : [`stale: proto/gen/${name}`];
    });
    const surplus = [...present.keys()].filter((name) => !fresh.has(name)).map((name) => `surplus: proto/gen/${name}`);
    return [...changed, ...surplus];
  } finally {
    rmSync(outDir, { recursive: true, force: true });
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  if (process.argv.includes("--check")) {
    const stale = staleTypes();
    for (const sentence of stale) console.error(sentence);
    if (stale.length > 0) console.error("proto/gen is not what the .proto files say; run: npm run gen");
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    rmSync(committedDir, { recursive: true, force: true });
    generateTypes(committedDir);
  }
}
