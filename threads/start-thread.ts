// Starts a module of this package on a worker thread, from sources and from compiled files alike. It knows no messages:
// who starts a thread says what crosses. Server and client both use it, and neither may import the other.

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";
import { Worker } from "node:worker_threads";

/** The module `path` beside `base`, which ends with .ts in a checkout and with .js once compiled. @param path without its ending */
export function moduleBeside(path: string, base: string): URL {
  return new URL(`${path}.${base.endsWith(".ts") ? "ts" : "js"}`, base);
}

/** Compiled, a thread's file is a module like any other; from sources it needs tsx, whose --import form skips threads. */
export function startThread(file: URL, workerData: unknown): Worker {
  if (!file.href.endsWith(".ts")) return new Worker(file, { workerData });
  const tsxPackage = pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json"));
  const api = new URL("./dist/esm/api/index.mjs", tsxPackage);
  const start = `import(${JSON.stringify(api.href)}).then((tsx) => {
    tsx.register();
    return import(${JSON.stringify(file.href)});
  })`;
  return new Worker(start, { eval: true, workerData, execArgv: [] });
}
