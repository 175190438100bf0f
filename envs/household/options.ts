// What a caller may choose at reset, parsed once and strictly. Everything here except `goalLanguage`'s draw belongs to
// the full state hash, because it changes what an agent reads or earns.

import type { Dialect, Quirks } from "./house.ts";

export interface RewardOptions {
  /** Once, when the goal holds. */
  readonly win: number;
  /** For a command that is not admissible; negative to discourage. */
  readonly invalid: number;
  /** For every command. */
  readonly step: number;
  /** `distance` adds gamma * Phi(s') - Phi(s) with Phi = -D, which leaves the optimal policy unchanged. */
  readonly shaping: "none" | "distance";
  /** Discount of the shaping, that of the learner. */
  readonly gamma: number;
}

export interface HouseholdOptions {
  readonly dialect: Dialect;
  readonly quirks: Quirks;
  /** Commands in an episode, also those that do nothing; undefined: the task's own limit. */
  readonly maxSteps: number | undefined;
  readonly goalLanguage: "template" | "human";
  /** Each command is offered as a tool too. */
  readonly tools: boolean;
  readonly reward: RewardOptions;
}

export const MAX_STEPS_LIMIT = 1000;

export const DEFAULT_OPTIONS: HouseholdOptions = {
  dialect: "v2",
  quirks: "faithful",
  maxSteps: undefined,
  goalLanguage: "template",
  tools: false,
  reward: { win: 1, invalid: 0, step: 0, shaping: "none", gamma: 1 },
};

/** JSON Schema of the options, for the catalogue. */
export const OPTIONS_SCHEMA_JSON = JSON.stringify({
  type: "object",
  additionalProperties: false,
  properties: {
    dialect: { enum: ["v2", "v0"], default: "v2", description: "wording of ALFWorld 0.4.0 and later, or up to 0.3.5" },
    quirks: { enum: ["faithful", "fixed"], default: "faithful", description: "keep or repair the original's flaws" },
    maxSteps: { type: "integer", minimum: 1, maximum: MAX_STEPS_LIMIT, description: "default: the task's max_turns" },
    goalLanguage: { enum: ["template", "human"], default: "template" },
    tools: { type: "boolean", default: false, description: "offer each command as a tool, beside the listed commands" },
    reward: {
      type: "object",
      additionalProperties: false,
      properties: {
        win: { type: "number", default: 1 },
        invalid: { type: "number", default: 0 },
        step: { type: "number", default: 0 },
        shaping: { enum: ["none", "distance"], default: "none" },
        gamma: { type: "number", minimum: 0, maximum: 1, default: 1 },
      },
    },
  },
});

type Fields = Readonly<Record<string, unknown>>;

/** @throws {Error} with a sentence that names the option and what it expects. An empty text means all defaults. */
export function parseOptions(optionsJson: string): HouseholdOptions {
  if (optionsJson === "") return DEFAULT_OPTIONS;
  let value: unknown;
  try {
    value = JSON.parse(optionsJson);
  } catch (cause) {
    throw new Error(`household options are not JSON: ${(cause as Error).message}`, { cause });
  }
  const fields = record(value, "household options", [
    "dialect",
    "quirks",
    "maxSteps",
    "goalLanguage",
    "tools",
    "reward",
  ]);
  const reward = record(fields["reward"] ?? {}, "reward", ["win", "invalid", "step", "shaping", "gamma"]);
  const fallback = DEFAULT_OPTIONS.reward;
  return {
    dialect: choice(fields, "dialect", ["v2", "v0"]),
    quirks: choice(fields, "quirks", ["faithful", "fixed"]),
    maxSteps: fields["maxSteps"] === undefined ? undefined : stepCount(fields["maxSteps"]),
    goalLanguage: choice(fields, "goalLanguage", ["template", "human"]),
    tools: flag(fields, "tools"),
    reward: {
      win: finite(reward, "win", fallback.win),
      invalid: finite(reward, "invalid", fallback.invalid),
      step: finite(reward, "step", fallback.step),
      shaping: choice(reward, "shaping", ["none", "distance"], "reward."),
      gamma: discount(finite(reward, "gamma", fallback.gamma)),
    },
  };
}

function record(value: unknown, name: string, known: readonly string[]): Fields {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw new Error(`${name} must be a JSON object with any of: ${known.join(", ")}`);
  }
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new Error(`${name}: unknown option "${unknown}", expected any of: ${known.join(", ")}`);
  return value as Fields;
}

/** The first choice is the default. */
function choice<T extends string>(fields: Fields, name: string, choices: readonly [T, ...T[]], path = ""): T {
  const value = fields[name];
  if (value === undefined) return choices[0];
  const found = choices.find((candidate) => candidate === value);
  if (found === undefined) {
    throw new Error(`option ${path}${name} must be one of ${choices.join(", ")}, not ${JSON.stringify(value)}`);
  }
  return found;
}

function flag(fields: Fields, name: string): boolean {
  const value = fields[name] ?? false;
  if (typeof value !== "boolean") throw new Error(`option ${name} must be true or false, not ${JSON.stringify(value)}`);
  return value;
}

function stepCount(value: unknown): number {
  if (typeof value !== "number" || !Number.isInteger(value) || value < 1 || value > MAX_STEPS_LIMIT) {
    throw new Error(`option maxSteps must be an integer from 1 to ${MAX_STEPS_LIMIT}, not ${JSON.stringify(value)}`);
  }
  return value;
}

function finite(fields: Fields, name: string, fallback: number): number {
  const value = fields[name] ?? fallback;
  if (typeof value !== "number" || !Number.isFinite(value)) {
    throw new Error(`option reward.${name} must be a number, not ${JSON.stringify(value)}`);
  }
  return value;
}

function discount(gamma: number): number {
  if (gamma < 0 || gamma > 1) throw new Error(`option reward.gamma must be in [0, 1], not ${gamma}`);
  return gamma;
}
