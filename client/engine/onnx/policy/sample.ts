// Samples a mixed list of requests: rows with choices walk them, rows without run to a stop token. Each way batches on
// its own; the answers come back in the order of the requests.

import { fail } from "../../../../proto/errors.ts";
import type { Completion, PolicyVersion, SampleRequest } from "../../engine.ts";
import type { Model } from "../model/model.ts";
import type { SessionCache } from "../session/session-cache.ts";
import { type ChoiceRequest, sampleChoices } from "./constrained.ts";
import { generate } from "./generate.ts";

export async function sampleRequests(
  model: Model,
  sessions: SessionCache,
  requests: readonly SampleRequest[],
  maxTokens: number,
  policyVersion: PolicyVersion,
): Promise<Completion[]> {
  requests.forEach((request, i) => {
    if (!(request.temperature > 0)) {
      throw fail(
        "MESSAGE_INVALID",
        `sample request ${i}: temperature ${request.temperature} is not above 0; use greedy`,
      );
    }
    if (!Number.isInteger(request.maxTokens) || request.maxTokens < 1) {
      throw fail("MESSAGE_INVALID", `sample request ${i}: maxTokens ${request.maxTokens} is not an integer above 0`);
    }
  });
  const isChoice = (request: SampleRequest): request is ChoiceRequest => request.choices_C !== undefined;
  const choices = await sampleChoices(model, sessions, requests.filter(isChoice), maxTokens, policyVersion);
  const free = requests.filter((request) => !isChoice(request));
  const texts = free.length === 0 ? [] : await generate(model, sessions, free, maxTokens, policyVersion);
  let [nextChoice, nextText] = [0, 0];
  return requests.map((request) => (isChoice(request) ? choices[nextChoice++] : texts[nextText++]) as Completion);
}
