// Starts a module of this package on a worker thread, from sources and from compiled files alike. It knows no messages:
// who starts a thread says what crosses. Server and client both use it, and neither may import the other.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

/** The module `path` beside `base`, which ends with .ts in a checkout and with .js once compiled. @param path without its ending */
export function moduleBeside(path: string, base: string): URL {
  return new URL(`${path}.${base.endsWith(".ts") ? "ts" : "js"}`, base);
}

/** A text that loads the module, for what is started with one: `node -e`, a thread's `eval`. From sources it needs tsx. */
export function startScript(file: URL): string {
  if (!file.href.endsWith(".ts")) return `import(${JSON.stringify(file.href)})`;
  const tsxPackage = pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json"));
  const api = new URL("./dist/esm/api/index.mjs", tsxPackage);
  return `import(${JSON.stringify(api.href)}).then((tsx) => {
    tsx.register();
    return import(${JSON.stringify(file.href)});
  })`;
}

/** Compiled, a thread's file is a module like any other; tsx's --import form skips threads, so from sources it is a script. */
export function startThread(file: URL, workerData: unknown): Worker {
  if (!file.href.endsWith(".ts")) return new Worker(file, { workerData });
  return new Worker(startScript(file), { eval: true, workerData, execArgv: [] });
}
