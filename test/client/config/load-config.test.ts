// Every wrong place of a configuration is told at once, with line, path, what was found, what was expected and the cure.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { stringify } from "yaml";
import { ALGORITHM_NAMES, algorithmSchema } from "../../../client/algorithms/registry.ts";
import { loadConfig } from "../../../client/config/load-config.ts";

const algorithms = Object.fromEntries(ALGORITHM_NAMES.map((name) => [name, algorithmSchema(name)]));
const load = (text: string, overrides = {}) => loadConfig(text, "run.yaml", { algorithms, overrides });
const HEAD = "name: ok\nenvironment: { name: household }\nalgorithm: { name: gigpo }\n";

function messageOf(text: string): string {
  try {
    load(text);
  } catch (error) {
    expect(error).toMatchObject({ reason: "CONFIG_INVALID" });
    return (error as Error).message;
  }
  throw new Error("the configuration was accepted");
}

describe("a wrong configuration names place, path, value, expectation and cure", () => {
  it.each([
    ["unknown key with a near one", `${HEAD}sed: 3\n`, 'run.yaml:4:1: sed: no such field; did you mean "seed"?'],
    [
      "unknown nested key",
      `${HEAD}training:\n  itertions: 3\n`,
      'run.yaml:5:3: training.itertions: no such field; did you mean "iterations"?',
    ],
    [
      "wrong type",
      `${HEAD}training: { iterations: many }\n`,
      'run.yaml:4:25: training.iterations: found "many", expected an integer in [0,',
    ],
    [
      "adapters beside a new model",
      `${HEAD}policy:\n  lora: { rank: 8 }\n`,
      'policy.lora: found {"rank":8}, expected a checkpoint beside lora',
    ],
    [
      "adapters on a linear that there is not",
      `${HEAD}policy:\n  checkpoint: org/name\n  lora: { targets: [qkv] }\n`,
      'policy.lora.targets[0]: found "qkv", expected one of q_proj, k_proj',
    ],
    [
      "fraction for a count",
      `${HEAD}training: { groups: 1.5 }\n`,
      "training.groups: found 1.5, expected an integer in [1, 4096]",
    ],
    [
      "below a range",
      `${HEAD}policy: { decoding: { temperature: 0 } }\n`,
      "policy.decoding.temperature: found 0, expected a number in (0, 10]",
    ],
    [
      "entropy coefficient that collapses",
      `${HEAD}training: { entropyCoefficient: 1 }\n`,
      "expected a number in [0, 0.1]; a larger bonus outweighs the advantages",
    ],
    [
      "not a number",
      `${HEAD}training: { clipLow: .nan }\n`,
      "training.clipLow: found NaN, expected a number in (0, 0.999]",
    ],
    [
      "word outside a choice",
      `${HEAD}policy: { prompt: { form: beleif } }\n`,
      'expected one of belief, history; did you mean "belief"?',
    ],
    [
      "missing section",
      "name: ok\nalgorithm: { name: gigpo }\n",
      "environment: is missing, expected a mapping of fields",
    ],
    [
      "section that is a list",
      "name: ok\nenvironment: [1]\nalgorithm: { name: gigpo }\n",
      "run.yaml:2:14: environment: found [1], expected a mapping of fields",
    ],
    [
      "unknown algorithm",
      "name: ok\nenvironment: { name: household }\nalgorithm: { name: gipgo }\n",
      'algorithm.name: "gipgo" is no algorithm; expected one of',
    ],
    [
      "unknown field of the algorithm",
      "name: ok\nenvironment: { name: household }\nalgorithm: { name: gigpo, omeg: 1 }\n",
      'run.yaml:3:27: algorithm.omeg: no such field; did you mean "omega"?',
    ],
    [
      "value of the algorithm",
      "name: ok\nenvironment: { name: household }\nalgorithm: { name: gigpo, gamma: 2 }\n",
      "algorithm.gamma: found 2, expected a number in [0, 1]",
    ],
    [
      "two ways to get servers",
      `name: ok\nenvironment: { name: household, servers: { spawn: 1, addresses: ["a:1"] } }\nalgorithm: { name: gigpo }\n`,
      "expected either spawn or addresses",
    ],
    [
      "heads that do not divide the width",
      `${HEAD}policy: { model: { hiddenSize: 36, heads: 4 } }\n`,
      "policy.model.hiddenSize: found 36, expected a multiple of 2 * heads = 8",
    ],
    ["duplicate key", "name: a\nname: b\n", "run.yaml:2:1"],
    ["not YAML", "name: [\n", "the text must be one YAML document"],
    ["empty file", "", "expected a mapping of fields"],
  ])("%s", (_, text, expected) => {
    expect(messageOf(text)).toContain(expected);
  });

  it("tells all problems of a file, in the order of its lines", () => {
    const message = messageOf(`${HEAD}sed: 1\ntraining: { groups: 0, epochs: 0 }\n`);
    expect(message).toContain("3 problems in run.yaml");
    expect([...message.matchAll(/run\.yaml:(\d+):/g)].map(([, line]) => Number(line))).toEqual([4, 5, 5]);
  });

  it("points a value set on the command line to its path", () => {
    expect(() => load(HEAD, { "training.iterations": -1 })).toThrow("training.iterations: found -1");
  });
});

describe("a right configuration", () => {
  it("has every default filled in, is frozen, and survives being written and read", () => {
    const config = load(HEAD);
    expect(config.training).toMatchObject({
      groups: 8,
      groupSize: 8,
      learningRate: 3e-4,
      clipLow: 0.2,
      klCoefficient: 0,
    });
    expect(config.algorithm).toMatchObject({ name: "gigpo", gamma: 0.95, omega: 1 });
    expect(() => Object.assign(config.training, { groups: 1 })).toThrow(TypeError);
    expect(load(stringify(config))).toEqual(config);
  });

  it("takes values of the command line over those of the file", () => {
    expect(load(HEAD, { "training.iterations": 3, seed: 9 })).toMatchObject({ seed: 9, training: { iterations: 3 } });
  });

  it.each(readdirSync("configs").filter((file) => file.endsWith(".yaml")))("configs/%s is one", (file) => {
    expect(loadConfig(readFileSync(`configs/${file}`, "utf8"), file, { algorithms }).name).toBe(
      file.replace(".yaml", ""),
    );
  });
});
