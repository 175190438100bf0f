// VerifierService: verdicts on completions, a batch at a time, each item alone and beside the others. An answer that runs
// too long scores 0; a verifier that breaks, or says what is no score, is a status and nobody's score. Verdicts are pure,
// so equal (build, task, completion) are answered from memory.

import { createHash } from "node:crypto";
import type { Task } from "../../envs/core/types.ts";
import type { Verdict } from "../../envs/core/verifier.ts";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import type { VerdictInit } from "../../proto/gen/anchorgym/v1/Verdict.ts";
import type { VerifierServiceHandlers } from "../../proto/gen/anchorgym/v1/VerifierService.ts";
import type { VerifyItem } from "../../proto/gen/anchorgym/v1/VerifyItem.ts";
import type { VerifyRequest } from "../../proto/gen/anchorgym/v1/VerifyRequest.ts";
import type { VerifyResponseInit } from "../../proto/gen/anchorgym/v1/VerifyResponse.ts";
import type { VerifyResultInit } from "../../proto/gen/anchorgym/v1/VerifyResult.ts";
import { encodeStatus } from "../../proto/rich-status.ts";
import { decodeDuration, decodeTaskRef, encodeHash, invalidField } from "../codec/field-checks.ts";
import { findTask } from "../worlds/find-task.ts";
import type { HostedWorld } from "../worlds/hosted-world.ts";
import type { ServiceContext } from "./service-context.ts";
import { unary } from "./unary.ts";

/** Bound of an item that names none. */
const DEFAULT_TIMEOUT_MS = 10_000;
/** Grace beyond a verifier's own timeout, after which it is not waited for. */
const GRACE_MS = 1_000;
/** Verdicts kept; one is a score and a sentence. */
const REMEMBERED_VERDICTS = 4_096;
const UINT32_MAX = 2 ** 32 - 1;

const TIMED_OUT: Verdict = {
  score: 0,
  passed: false,
  components: [],
  explanation: "the answer ran for too long",
};

export function verifierService(context: ServiceContext): VerifierServiceHandlers {
  const remembered = new Map<string, Verdict>();
  return {
    Verify: unary("Verify", context, (request: VerifyRequest) => verifyAll(context, request, remembered)),
  };
}

async function verifyAll(
  context: ServiceContext,
  { items }: VerifyRequest,
  remembered: Map<string, Verdict>,
): Promise<VerifyResponseInit> {
  const { maxBatchItems } = context.limits;
  if (items.length === 0) throw invalidField("items", "must not be empty");
  if (items.length > maxBatchItems) {
    throw invalidField("items", `must hold at most ${maxBatchItems} items, holds ${items.length}`);
  }
  const ids = new Set<string>();
  items.forEach(({ itemId }, index) => {
    if (ids.has(itemId)) throw invalidField(`items[${index}].item_id`, "must be unique in the request");
    ids.add(itemId);
  });
  const results = await Promise.all(
    items.map(async (item, index): Promise<VerifyResultInit> => {
      try {
        return { itemId: item.itemId, verdict: encodeVerdict(await verifyOne(context, item, index, remembered)) };
      } catch (thrown) {
        const error = AnchorgymError.from(thrown, "VERIFIER_FAULT");
        if (error.reason === "VERIFIER_FAULT") context.logger.error({ ids: error.ids }, "a verifier broke");
        return { itemId: item.itemId, status: encodeStatus(error) };
      }
    }),
  );
  return { results };
}

async function verifyOne(
  context: ServiceContext,
  item: VerifyItem,
  index: number,
  remembered: Map<string, Verdict>,
): Promise<Verdict> {
  const { environment, completion } = item;
  const field = `items[${index}]`;
  const timeoutMs = decodeDuration(item.timeout, `${field}.timeout`) ?? DEFAULT_TIMEOUT_MS;
  if (timeoutMs === 0) throw invalidField(`${field}.timeout`, "must be longer than 0");
  const hosted = context.worlds.find(environment, "");
  if (hosted.world.verify === undefined) {
    throw fail("ENVIRONMENT_NOT_FOUND", `${environment} is no verifier; it is played in sessions`, {
      ids: { environment },
    });
  }
  const ids = { item: item.itemId };
  const task = findTask(hosted.world, decodeTaskRef(item, field), `${field}.inline_task_json`, ids);
  const key = createHash("sha256")
    .update(JSON.stringify([hosted.buildDigest, task.contentDigest, completion]))
    .digest("base64");
  const known = remembered.get(key);
  if (known !== undefined) return known;
  const verdict = await judge(hosted, task, completion, timeoutMs);
  // Another timeout may come to another verdict.
  if (verdict !== TIMED_OUT && verdict.sandbox?.timedOut !== true) {
    const oldest = remembered.keys().next();
    if (remembered.size >= REMEMBERED_VERDICTS && !oldest.done) remembered.delete(oldest.value);
    remembered.set(key, verdict);
  }
  return verdict;
}

async function judge({ world }: HostedWorld, task: Task, completion: string, timeoutMs: number): Promise<Verdict> {
  const ids = { task: task.taskId };
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<Verdict>((resolve) => {
    timer = setTimeout(() => resolve(TIMED_OUT), timeoutMs + GRACE_MS);
  });
  try {
    const verdict = await Promise.race([world.verify?.(task, completion, timeoutMs) ?? late, late]);
    const { score, components } = verdict;
    const isScore = score >= 0 && score <= 1;
    if (isScore && components.every(({ value }) => Number.isFinite(value))) return verdict;
    throw fail("VERIFIER_FAULT", `${world.description.name}.verify says ${score}, which is no score`, { ids });
  } catch (thrown) {
    const { reason, sentence } = AnchorgymError.from(thrown, "VERIFIER_FAULT");
    if (reason === "SANDBOX_UNAVAILABLE") throw thrown;
    throw fail("VERIFIER_FAULT", `${world.description.name}.verify failed: ${sentence}`, { ids, cause: thrown });
  } finally {
    clearTimeout(timer);
  }
}

function encodeVerdict({ score, passed, components, explanation, sandbox }: Verdict): VerdictInit {
  const report =
    sandbox === undefined
      ? {}
      : {
          sandbox: {
            exitCode: sandbox.exitCode,
            timedOut: sandbox.timedOut,
            cpuMs: Math.round(sandbox.cpuMs),
            peakBytes: Math.min(UINT32_MAX, sandbox.peakBytes),
            stdoutDigest: encodeHash(sandbox.stdoutDigest),
          },
        };
  return { score, passed, components: [...components], explanation, ...report };
}
