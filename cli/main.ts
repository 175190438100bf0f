// The process around the command line: standard streams, exit code.

import { runCommandLine } from "./program.ts";

// A reader that closes early (`anchorgym ... | head`) is no error.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code === "EPIPE") process.exit(0);
  throw error;
});

const exitCode = await runCommandLine(process.argv.slice(2), (text) => process.stderr.write(text));
// A pipe takes what fits into it at once and the rest later; an exit in between would cut the answer off.
await Promise.all(
  [process.stdout, process.stderr].map((stream) => new Promise((resolve) => stream.write("", resolve))),
);
// Workers, channels or servers that did not end by themselves must not hold a finished command open.
process.exit(exitCode);
