// The thread that owns an embedded engine: weights, gradients, moments and every session. Calls begin as they arrive, and
// the engine orders them (`call-order.ts`): between two runs this thread takes messages, so a sampling call joins those on
// their way. Runs block this thread, which is why it is not the main one.

import { parentPort, workerData } from "node:worker_threads";
import { LocalEngine, type LocalEngineOptions } from "../local-engine.ts";
import {
  type AnswerMessage,
  type CallMessage,
  type EngineAnswer,
  type EngineCall,
  packCompletions,
  packError,
  READY_ID,
  unpackRequests,
  unpackRows,
  unpackSequences,
  unpackUpdates,
} from "./messages.ts";
import { openOrtSession } from "./ort-session.ts";
import { buffersOf, float32s, packRagged } from "./ragged.ts";

const port = parentPort;
if (port === null) throw new Error("session-worker runs as a worker thread only");

const post = (message: AnswerMessage): void => {
  port.postMessage(message, buffersOf(message));
};

async function answer(engine: LocalEngine, call: EngineCall): Promise<EngineAnswer> {
  switch (call.method) {
    case "sample": {
      const completions = await engine.sample(unpackRequests(call.requests));
      const policyVersion = completions[0]?.policyVersion ?? engine.policyVersion;
      return { method: "sample", completions: packCompletions(completions, policyVersion), counts: engine.counts };
    }
    case "logprobs": {
      const logprobs = await engine.logprobs(unpackSequences(call.sequences), call.policy);
      return { method: "logprobs", logprobs: packRagged(logprobs, float32s) };
    }
    case "forwardBackward":
      return {
        method: "forwardBackward",
        report: await engine.forwardBackward({ rows: unpackRows(call.rows) }, call.loss),
      };
    case "optimStep":
      return { method: "optimStep", report: await engine.optimStep(call.step) };
    case "runUpdates": {
      if (engine.runUpdates === undefined) throw new Error("the host's form has no runUpdates");
      return { method: "runUpdates", reports: await engine.runUpdates(unpackUpdates(call.updates)) };
    }
    case "save":
      await engine.save(call.directory, call.what);
      return { method: "save" };
    case "load":
      await engine.load(call.directory, call.what);
      return { method: "load", policyVersion: engine.policyVersion };
    case "holdReference":
      await engine.holdReference(call.directory);
      return { method: "holdReference" };
    case "close":
      await engine.close();
      return { method: "close" };
  }
}

try {
  const engine = await LocalEngine.create(openOrtSession, workerData as LocalEngineOptions);
  post({ id: READY_ID, answer: { method: "ready", policyVersion: engine.policyVersion } });
  port.on("message", async ({ id, call }: CallMessage) => {
    try {
      post({ id, answer: await answer(engine, call) });
    } catch (error) {
      post({ id, error: packError(error), policyVersion: engine.policyVersion });
    }
    if (call.method === "close") port.close();
  });
} catch (error) {
  post({ id: READY_ID, error: packError(error), policyVersion: null });
}
