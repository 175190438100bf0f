// The whole path in miniature, as a user walks it: look at an expert, keep demonstrations, train on a served world with a real
// transformer, evaluate the checkpoint, watch it play. Gated on fixed seeds and counts, never on time.

import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { readDemonstrations } from "../../client/train/demonstrations.ts";
import { CommandProcess, type Ended } from "../integration/command-process.ts";

let root: string;
let config: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "anchorgym-story-"));
  config = join(root, "story.yaml");
});
afterAll(() => rmSync(root, { recursive: true, force: true }));

async function anchorgym(...words: readonly string[]): Promise<Ended> {
  const ended = await new CommandProcess(words).ended;
  if (ended.code !== 0)
    throw new Error(`${words.join(" ")} ended with ${ended.code ?? ended.signal}:\n${ended.stderr}`);
  return ended;
}

it("an expert shows how the household is done", async () => {
  const { stdout, stderr } = await anchorgym("rollout", "--policy", "oracle", "--seed", "4");
  expect(stdout).toContain("Your task is to:");
  expect(stdout).toMatch(/> .+/);
  expect(stdout).toContain("GOAL_REACHED");
  expect(stderr).toContain("1 episodes, 1 reached the goal");
});

it("an explorer's demonstrations are kept, through a served world", async () => {
  const file = join(root, "demos.jsonl");
  await anchorgym(
    "rollout",
    "--policy",
    "explorer",
    "--episodes",
    "60",
    "--noise",
    "0.1",
    "--out",
    file,
    "--options",
    '{"maxSteps":30}',
  );
  const { header, episodes } = await readDemonstrations(file);
  expect(header).toMatchObject({ environment: "household", policy: "explorer", noise: 0.1 });
  expect(episodes).toHaveLength(60);
  expect(episodes.filter(({ score }) => score === 1).length).toBeGreaterThan(30);
});

it("a policy that imitates them does on unseen layouts what an untrained one cannot, and training goes on from there", async () => {
  const run = (name: string, imitationSteps: number | null, iterations: number) => ({
    name,
    seed: 2,
    environment: { name: "household", options: { maxSteps: 30 } },
    policy: {
      model: { hiddenSize: 48, layers: 2, heads: 4, kvHeads: 2, ffnSize: 96 },
      decoding: { hiddenActions: ["help", "look", "inventory"] },
    },
    imitation:
      imitationSteps === null
        ? null
        : { demonstrations: { file: join(root, "demos.jsonl") }, steps: imitationSteps, warmupSteps: 20 },
    algorithm: { name: "gigpo" },
    training: { iterations, groups: 4, groupSize: 4 },
    evaluation: { episodes: 60 },
  });
  writeFileSync(config, JSON.stringify(run("story", 250, 3)));
  const untrained = join(root, "untrained.yaml");
  writeFileSync(untrained, JSON.stringify(run("untrained", null, 0)));

  const { stdout } = await anchorgym("train", config, "--run-dir", root);
  await anchorgym("train", untrained, "--run-dir", root);
  const summary = JSON.parse(readFileSync(join(root, "story", "summary.json"), "utf8"));
  const nothing = JSON.parse(readFileSync(join(root, "untrained", "summary.json"), "utf8"));
  expect(summary.success_before.ci95[0]).toBeGreaterThan(nothing.success_before.ci95[1]);
  expect(summary).toMatchObject({ iterations: 3, episodes: 48, success_after: { episodes: 60 } });
  expect(stdout).toContain("at the rollout temperature");
  const metrics = readFileSync(join(root, "story", "metrics.jsonl"), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line));
  const losses = metrics.filter(({ stage }) => stage === "imitation").map((line) => line["imitation/loss_nat"]);
  expect(losses).toHaveLength(250);
  expect(losses.at(-1)).toBeLessThan(losses[0] / 2);
  expect(metrics.filter(({ stage }) => stage === "training")).toHaveLength(3);
  for (const file of ["config.json", "tokenizer.json", "tokenizer_config.json", "model.safetensors"]) {
    expect(existsSync(join(root, "story", "checkpoints", "step-000003", file))).toBe(true);
  }
});

it("the checkpoint evaluates to the numbers of the run's own summary", async () => {
  const { stdout } = await anchorgym("eval", config, "--run-dir", root, "--json");
  const summary = JSON.parse(readFileSync(join(root, "story", "summary.json"), "utf8"));
  const { rate, ci95, greedy } = JSON.parse(stdout);
  expect({ rate, ci95, greedy: greedy.rate }).toEqual({
    rate: summary.success_after.rate,
    ci95: summary.success_after.ci95,
    greedy: summary.success_after.greedy.rate,
  });
});

it("the checkpoint plays, and every step is one that the world listed", async () => {
  const checkpoint = join(root, "story", "checkpoints", "step-000003");
  const { stdout } = await anchorgym(
    "rollout",
    "--policy",
    "checkpoint",
    "--checkpoint",
    checkpoint,
    "--config",
    config,
    "--json",
  );
  const { initial, steps } = JSON.parse(stdout);
  let { admissible } = initial;
  for (const step of steps) {
    expect(admissible).toContain(step.action);
    expect(step.validity).toBe("VALID");
    ({ admissible } = step);
  }
});
