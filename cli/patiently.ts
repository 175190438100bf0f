// Waits for a lost server to come back before giving up: as long as starting a server takes on a busy machine, several times.

import { setTimeout as sleep } from "node:timers/promises";
import { isAnchorgymError } from "../proto/errors.ts";

/** Tries again after an error that may pass; also what rollouts are told to do with groups. */
export const PATIENCE = { retries: 6, firstDelayMs: 200 } as const;

/** The first success of `call`; its last error after all tries, or at once when the error will not pass by itself. */
export async function patiently<T>(call: () => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await call();
    } catch (error) {
      if (!isAnchorgymError(error) || !error.retryable || attempt === PATIENCE.retries) throw error;
    }
    await sleep(PATIENCE.firstDelayMs * 2 ** attempt);
  }
}
