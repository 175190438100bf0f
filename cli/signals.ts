// Ctrl-C and SIGTERM as an abort signal: the first asks the work to stop at its next safe place, the second ends the process.

import { EXIT } from "./exit.ts";

export interface StopSignals {
  readonly signal: AbortSignal;
  /** Gives the signals back to their defaults. */
  release(): void;
}

export function stopOnSignals(): StopSignals {
  const controller = new AbortController();
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(EXIT.interrupted);
    process.stderr.write("\nstopping after the work in progress; once more to stop at once\n");
    controller.abort(new Error("interrupted"));
  };
  process.on("SIGINT", onSignal);
  process.on("SIGTERM", onSignal);
  return {
    signal: controller.signal,
    release: () => {
      process.off("SIGINT", onSignal);
      process.off("SIGTERM", onSignal);
    },
  };
}
