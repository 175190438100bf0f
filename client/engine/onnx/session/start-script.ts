// A module as a script for another thread or process, which is started with a text (`eval`, `node -e`).

import { createRequire } from "node:module";
import { pathToFileURL } from "node:url";

/**
 * Compiled, the module is imported as it is; from sources it is its .ts file and needs tsx, whose --import form skips threads.
 * @param file of the compiled module, ending in .js
 */
export function startScript(file: URL): string {
  if (!import.meta.url.endsWith(".ts")) return `import(${JSON.stringify(file.href)})`;
  const tsxPackage = pathToFileURL(createRequire(import.meta.url).resolve("tsx/package.json"));
  const api = new URL("./dist/esm/api/index.mjs", tsxPackage);
  return `import(${JSON.stringify(api.href)}).then((tsx) => {
    tsx.register();
    return import(${JSON.stringify(file.href.replace(/\.js$/, ".ts"))});
  })`;
}
