// Build step after tsc, which does not copy .proto files: without them dist/proto/definition.js fails at import. The vectors go with them:
// `anchorgym conformance` reads them.

import { cpSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const protoRoot = dirname(fileURLToPath(import.meta.url));
const target = join(protoRoot, "..", "dist", "proto");
for (const folder of ["anchorgym", "google", "vectors"]) {
  cpSync(join(protoRoot, folder), join(target, folder), { recursive: true });
}
