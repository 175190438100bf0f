// Samples a mixed list of requests: rows with choices walk them, rows without decode freely. Each way batches on its own;
// the answers come back in the order of the requests.

import { fail } from "../../../../proto/errors.ts";
import type { Completion, PolicyVersion, SampleRequest } from "../../engine.ts";
import { type ChoiceRequest, sampleChoices } from "./constrained.ts";
import { checkDrawSettings } from "./filtered-draw.ts";
import { type Decoder, generate } from "./generate.ts";

export async function sampleRequests(
  decoder: Decoder,
  requests: readonly SampleRequest[],
  policyVersion: PolicyVersion,
): Promise<Completion[]> {
  requests.forEach((request, i) => {
    checkDrawSettings(request, `sample request ${i}`);
    if (!Number.isInteger(request.maxTokens) || request.maxTokens < 1) {
      throw fail("MESSAGE_INVALID", `sample request ${i}: maxTokens ${request.maxTokens} is not an integer above 0`);
    }
  });
  const isChoice = (request: SampleRequest): request is ChoiceRequest => request.choices_C !== undefined;
  const { model, sessions, maxBatchTokens } = decoder;
  const constrained = requests.filter(isChoice);
  const choices = await sampleChoices(model, sessions, constrained, maxBatchTokens, policyVersion);
  const texts = await generate(
    decoder,
    requests.filter((request) => !isChoice(request)),
    policyVersion,
  );
  let [nextChoice, nextText] = [0, 0];
  return requests.map((request) => (isChoice(request) ? choices[nextChoice++] : texts[nextText++]) as Completion);
}
