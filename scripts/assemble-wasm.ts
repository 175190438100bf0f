// Writes the bytes of every WebAssembly text beside it as a module (`npm run gen`), or with --check compares and exits with 1
// where one is stale (`npm run gen:check`). The bytes are committed, so that nobody needs an assembler to run them.

import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import createWabt from "wabt";

const SOURCES = ["client/engine/onnx/learner/optimizer.wat"];

const pathOf = (source: string): string => fileURLToPath(new URL(`../${source}`, import.meta.url));
const modulePathOf = (source: string): string => pathOf(source).replace(/\.wat$/, "-wasm.ts");

async function moduleText(source: string): Promise<string> {
  const wabt = await createWabt();
  const parsed = wabt.parseWat(source, readFileSync(pathOf(source), "utf8"), { simd: true });
  try {
    parsed.validate();
    const base64 = Buffer.from(parsed.toBinary({}).buffer).toString("base64");
    const lines = (base64.match(/.{1,112}/g) ?? []).map((line) => `  "${line}",`);
    const name = source.split("/").at(-1);
    return [
      `// Generated from ${name} by \`npm run gen\`; do not edit.`,
      "",
      "const BASE64 = [",
      ...lines,
      "];",
      "",
      'export const WASM: Uint8Array<ArrayBuffer> = new Uint8Array(Buffer.from(BASE64.join(""), "base64"));',
      "",
    ].join("\n");
  } finally {
    parsed.destroy();
  }
}

/** One sentence per module that is not what its text says. */
export async function staleModules(): Promise<string[]> {
  const stale: string[] = [];
  for (const source of SOURCES) {
    const fresh = await moduleText(source);
    if (readFileSync(modulePathOf(source), "utf8") !== fresh) stale.push(`stale: ${source}; run: npm run gen`);
  }
  return stale;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  if (process.argv.includes("--check")) {
    const stale = await staleModules();
    for (const sentence of stale) console.error(sentence);
    process.exitCode = stale.length > 0 ? 1 : 0;
  } else {
    for (const source of SOURCES) writeFileSync(modulePathOf(source), await moduleText(source));
  }
}
