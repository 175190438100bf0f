// The image under faults: killed, paused, cut off, stopped. An episode that is played through each of them comes out as the
// one that was left alone: no step lost, none applied twice. Times are printed, never asserted.

import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { RandomStream } from "../../client/random.ts";
import { GrpcWorldService } from "../../client/transport/grpc-world-service.ts";
import { type GroupStart, isGroupFailure, type Outcome } from "../../client/transport/world-service.ts";
import { RULES } from "../../conformance/rules.ts";
import { runRules } from "../../conformance/run-rules.ts";
import { closeAll, onClose } from "../doubles/running-server.ts";
import { healthOf } from "./grpc-health-wait.ts";
import { buildImage, engine, engineProblem, IMAGE, ServerContainer } from "./server-container.ts";

let absent = "";
let server: ServerContainer;

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const startMs = performance.now();
  try {
    return await work();
  } finally {
    console.info(`${what}: ${Math.round(performance.now() - startMs)} ms`);
  }
}

beforeAll(async () => {
  absent = await engineProblem();
  if (absent !== "") {
    console.warn(`the container tests are skipped: ${absent}`);
    return;
  }
  await timed("build", buildImage);
  server = await timed("start to SERVING", () => ServerContainer.start());
}, 900_000);
afterEach(closeAll);
afterAll(async () => {
  if (absent === "") await server?.remove();
});

const skipWithout = (context: TestContext): void => context.skip(absent !== "", absent);
const sleep = (waitMs: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, waitMs));

async function connect(): Promise<GrpcWorldService> {
  const timeouts = { reconnectMs: 60_000, stepTimeoutMs: 120_000, callTimeoutMs: 60_000 };
  const service = new GrpcWorldService({ addresses: [server.address], environment: "household", timeouts });
  onClose(() => service.close());
  await service.connect();
  return service;
}

async function newGroup(service: GrpcWorldService, replicaCount: number, seed: number): Promise<GroupStart> {
  const [task] = await service.sampleTasks({ split: "train", seed, offset: 0, count: 1 });
  const [group] = await service.createGroups([{ groupKey: "g", taskId: task!.taskId, seed, replicaCount }]);
  if (group === undefined || isGroupFailure(group)) throw group?.error ?? new Error("no group");
  return group;
}

/** An admissible action, drawn by the step alone. */
function choose({ admissible, seq }: Outcome, seed: number): string {
  return new RandomStream(seed).split(`${seq}`).pick(admissible);
}

/** One replica after the other, the same actions; `disturb` happens during step `at` of the second. */
async function twins(seed: number, stepCount: number, at: number, disturb: () => Promise<void>) {
  const service = await connect();
  const { initial, sessions } = await newGroup(service, 2, seed);
  const [calm, stormy] = [[initial], [initial]] as [Outcome[], Outcome[]];
  for (const [replica, told] of [calm, stormy].entries()) {
    for (let step = 0; step < stepCount && told.at(-1)!.endReason === undefined; step++) {
      const disturbed = replica === 1 && step === at ? disturb() : Promise.resolve();
      told.push(await service.step(sessions[replica]!, choose(told.at(-1)!, seed)));
      await disturbed;
    }
  }
  return { calm, stormy };
}

describe("the server's image", () => {
  it("is small, runs as an ordinary user, and has a health check that turns healthy", async (context) => {
    skipWithout(context);
    const docker = await engine();
    const { Config, Size } = await docker.getImage(IMAGE).inspect();
    expect(Config.User).toBe("node");
    expect(Config.Healthcheck?.Test?.[0]).toBe("CMD");
    const base = await docker.getImage("node:24-bookworm-slim").inspect();
    console.info(
      `image: ${Math.round((Size - base.Size) / 1e6)} MB above its base of ${Math.round(base.Size / 1e6)} MB`,
    );
    // The learner's native runtime alone is larger than this.
    expect(Size - base.Size).toBeLessThan(60e6);
    const { output } = await server.container.exec(["ls", "node_modules"]);
    expect(output).not.toMatch(/onnxruntime|typescript|vitest/);
    const status = async (): Promise<string | undefined> =>
      (await (await server.handle()).inspect()).State.Health?.Status;
    while ((await status()) === "starting") await sleep(200);
    expect(await status()).toBe("healthy");
  });

  it("keeps every rule of the protocol, restarts included", async (context) => {
    skipWithout(context);
    const restart = async (): Promise<void> => {
      await server.stop();
      await server.comeBack();
    };
    const { rules } = await runRules({ address: server.address, environment: "household", restart, rules: RULES });
    // The image serves the household alone: no verifier, none of the published transcripts, nothing random to reseed, a
    // task schema, and tools by an option only.
    const absentHere = /^(VER-\d|HSH-8|FRK-4|INL-4|INL-8|TOO-\d)$/;
    const unexpected = rules.filter(
      ({ id, result }) => result === "failed" || (result === "skipped" && !absentHere.test(id)),
    );
    expect(unexpected).toEqual([]);
  });

  it("keeps the rules of tools, where options ask for some", async (context) => {
    skipWithout(context);
    const [environment, optionsJson] = ["household", '{"tools": true}'];
    const rules = RULES.filter(({ id }) => id.startsWith("TOO"));
    const report = await runRules({ address: server.address, environment, optionsJson, rules });
    expect(report.rules.filter(({ result }) => result !== "passed")).toEqual([]);
  });

  it("drains on SIGTERM and exits with 0", async (context) => {
    skipWithout(context);
    expect(await timed("stop", () => server.stop())).toBe(0);
    await server.comeBack();
  });
});

describe("an episode is the same", () => {
  it("when the server is killed under it and comes back", async (context) => {
    skipWithout(context);
    const { calm, stormy } = await twins(11, 12, 5, async () => {
      expect(await server.kill()).toBe(137);
      await timed("start after SIGKILL", () => server.comeBack());
    });
    expect(stormy).toEqual(calm);
  });

  it("when the server is frozen for a while", async (context) => {
    skipWithout(context);
    const { calm, stormy } = await twins(12, 12, 5, async () => {
      await server.pause();
      expect(await healthOf(server.address, 500)).not.toBe("SERVING");
      await server.unpause();
    });
    expect(stormy).toEqual(calm);
  });

  it("when the network is gone for a while", async (context) => {
    skipWithout(context);
    const { calm, stormy } = await twins(13, 12, 5, async () => {
      await server.partition();
      expect(await healthOf(server.address, 500)).not.toBe("SERVING");
      await timed("heal", () => server.heal());
    });
    expect(stormy).toEqual(calm);
  });
});

it("many episodes at once are the same through seeded kills, freezes and partitions", async (context) => {
  skipWithout(context);
  const service = await connect();
  const random = new RandomStream(5);
  const groups = await Promise.all([1, 2, 3, 4, 5].map((seed) => newGroup(service, 8, seed)));
  const play = async (replicas: readonly number[]) =>
    Promise.all(
      groups.flatMap((group, g) =>
        replicas.map(async (replica) => {
          const told: Outcome[] = [group.initial];
          for (let step = 0; step < 20 && told.at(-1)!.endReason === undefined; step++) {
            told.push(await service.step(group.sessions[replica]!, choose(told.at(-1)!, g)));
            await sleep(random.int(40));
          }
          return told;
        }),
      ),
    );
  const expected = await play([0]);
  let over = false;
  const counts = { kill: 0, freeze: 0, partition: 0 };
  const storm = async (): Promise<void> => {
    while (!over) {
      await sleep(random.int(300));
      const fault = random.pick(["kill", "freeze", "partition"] as const);
      counts[fault]++;
      if (fault === "kill") {
        await server.kill();
        await server.comeBack();
      } else if (fault === "freeze") {
        await server.pause();
        await sleep(300);
        await server.unpause();
      } else {
        await server.partition();
        await server.heal();
      }
    }
  };
  const storming = storm();
  const actual = await play([1, 2, 3, 4, 5, 6, 7]).finally(() => {
    over = true;
  });
  await storming;
  for (const [index, told] of actual.entries()) expect(told).toEqual(expected[Math.floor(index / 7)]);
  console.info(
    `${actual.length} episodes; ${JSON.stringify(counts)}; ${service.counters.sessionsRecovered} sessions recovered`,
  );
  expect(counts.kill + counts.freeze + counts.partition).toBeGreaterThan(2);
}, 600_000);
