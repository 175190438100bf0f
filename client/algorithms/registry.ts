// The algorithms by name, and the one door from a configuration object to a ready algorithm. A wrong name or field is
// refused with one sentence that gives its path; nothing starts half configured.

import type { z } from "zod";
import { fail } from "../../proto/errors.ts";
import { didYouMean } from "../config/did-you-mean.ts";
import type { AgentStep } from "../types.ts";
import type { Algorithm, ConfiguredAlgorithm, DynamicSampling } from "./algorithm.ts";
import { drGrpo } from "./dr-grpo.ts";
import { gigpo } from "./gigpo.ts";
import { graphCredit } from "./graph-credit.ts";
import { grpo } from "./grpo.ts";
import { hgpo } from "./hgpo.ts";
import { rloo } from "./rloo.ts";

/** What every algorithm's configuration has, whatever else. */
type AnyConfig = { readonly dynamicSampling: DynamicSampling };

interface RegisteredAlgorithm {
  readonly name: string;
  readonly configSchema: z.ZodType;
  configure(config: unknown): ConfiguredAlgorithm;
}

/** Closes an algorithm over its configuration type, so that algorithms of different types share one table. */
function register<Config extends AnyConfig>(algorithm: Algorithm<Config>): RegisteredAlgorithm {
  return {
    name: algorithm.name,
    configSchema: algorithm.configSchema,
    configure: (given) => {
      const parsed = algorithm.configSchema.safeParse(given);
      if (!parsed.success) throw fail("CONFIG_INVALID", issueSentence(parsed.error.issues[0]!, given));
      const config = parsed.data;
      const { tokenMask } = algorithm;
      return {
        name: algorithm.name,
        sampler: algorithm.sampler,
        config: { name: algorithm.name, ...config },
        dynamicSampling: config.dynamicSampling,
        loss: algorithm.loss,
        groupKey: (row) => algorithm.groupKey(row, config),
        advantage: (rows) => algorithm.advantage(rows, config),
        tokenMask: (step: AgentStep) => tokenMask?.(step, config) ?? step.completion.drawn_T,
        router: (row) => algorithm.router(row, config),
      };
    },
  };
}

const REGISTERED: readonly RegisteredAlgorithm[] = [
  register(gigpo),
  register(grpo),
  register(drGrpo),
  register(rloo),
  register(hgpo),
  register(graphCredit),
];

export const ALGORITHM_NAMES: readonly string[] = REGISTERED.map(({ name }) => name);

/** The schema of one algorithm's fields, for configuration files. @throws {ConfigError} CONFIG_INVALID unknown name */
export function algorithmSchema(name: string): z.ZodType {
  return registered(name).configSchema;
}

/**
 * A ready algorithm from `{ name, ...fields }`.
 * @throws {ConfigError} CONFIG_INVALID with the path of the field, what was expected and what was found
 */
export function configureAlgorithm(
  given: Readonly<Record<string, unknown>> & { readonly name: string },
): ConfiguredAlgorithm {
  return registered(given.name).configure(given);
}

function registered(name: string): RegisteredAlgorithm {
  const found = REGISTERED.find((candidate) => candidate.name === name);
  if (found !== undefined) return found;
  const meant = didYouMean(name, ALGORITHM_NAMES);
  const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
  throw fail("CONFIG_INVALID", `algorithm.name: expected one of ${ALGORITHM_NAMES.join(", ")}; got "${name}"${hint}`);
}

/** `algorithm.gamma: expected a number in [0, 1]; got "high"`. */
export function issueSentence(issue: z.core.$ZodIssue, given: unknown): string {
  if (issue.code === "unrecognized_keys") {
    const place = ["algorithm", ...issue.path, issue.keys[0]].join(".");
    return `${place}: unknown field; remove it or correct its spelling`;
  }
  const found = issue.path.reduce<unknown>(
    (value, key) =>
      typeof value === "object" && value !== null ? (value as Record<PropertyKey, unknown>)[key] : undefined,
    given,
  );
  const got = found === undefined || issue.code === "custom" ? "" : `; got ${JSON.stringify(found)}`;
  return `${["algorithm", ...issue.path].join(".")}: ${issue.message}${got}`;
}
