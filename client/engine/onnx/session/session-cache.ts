// Sessions by name, each graph built and compiled on first use. Dimensions are symbolic, so one session serves every
// batch shape, and weights are inputs, so none is ever made again.

import { encodeModel } from "../graph/encode.ts";
import type { Graph } from "../graph/value.ts";
import type { GraphSession, OpenSession, SessionOptions } from "./graph-session.ts";

export class SessionCache {
  readonly #open: OpenSession;
  readonly #options: SessionOptions;
  readonly #sessions = new Map<string, Promise<GraphSession>>();

  constructor(open: OpenSession, options: SessionOptions) {
    this.#open = open;
    this.#options = options;
  }

  get(key: string, build: () => Graph): Promise<GraphSession> {
    const known = this.#sessions.get(key);
    if (known !== undefined) return known;
    const opening = this.#open(encodeModel(build()), this.#options);
    this.#sessions.set(key, opening);
    return opening;
  }

  async release(): Promise<void> {
    const sessions = [...this.#sessions.values()];
    this.#sessions.clear();
    for (const session of sessions) await (await session).release();
  }
}
