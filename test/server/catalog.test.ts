import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { deriveSeed } from "../../envs/core/random.ts";
import { stateHash } from "../../envs/core/state-hash.ts";
import type { GetEnvironmentResponse } from "../../proto/gen/anchorgym/v1/GetEnvironmentResponse.ts";
import type { ListEnvironmentsResponse } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { ListTasksResponse } from "../../proto/gen/anchorgym/v1/ListTasksResponse.ts";
import type { SampleTasksResponse } from "../../proto/gen/anchorgym/v1/SampleTasksResponse.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { call, catalogClient, closeAll, startServer } from "../doubles/running-server.ts";

let ask: <Response>(method: string, request: object) => Promise<Response>;
beforeEach(async () => {
  const server = await startServer([corridorWorld() as never, corridorWorld({ name: "attic" }) as never]);
  const client = catalogClient(server.address);
  ask = (method, request) => call(client, method, request);
});
afterEach(closeAll);

const corridor = { environment: "corridor" };
const sample = (seed: number, offset: number, count: number, split = "train") =>
  ask<SampleTasksResponse>("SampleTasks", { ...corridor, split, seed: String(seed), offset, count });
const ids = ({ tasks }: { tasks: { taskId: string }[] }): string[] => tasks.map((task) => task.taskId);

describe("CatalogService", () => {
  it("lists environments by name with splits, schemes and the server's limits", async () => {
    const { environments, limits } = await ask<ListEnvironmentsResponse>("ListEnvironments", {});
    expect(environments.map((environment) => environment.name)).toEqual(["attic", "corridor"]);
    expect(environments[1]).toMatchObject({
      version: "1.0.0",
      turnModel: "TURN_MODEL_SINGLE",
      determinism: "DETERMINISM_BIT_EXACT",
      hashScheme: "anchorgym-jcs-sha256-v1",
      stateSchema: "corridor/1",
      textParsers: ["plain"],
    });
    const splits = environments[1]?.splits ?? [];
    expect(splits.map(({ name, kind, taskCount }) => ({ name, kind, taskCount }))).toEqual([
      { name: "train", kind: "SPLIT_KIND_TRAIN", taskCount: 10 },
      { name: "test", kind: "SPLIT_KIND_TEST", taskCount: 4 },
      { name: "endless", kind: "SPLIT_KIND_TRAIN", taskCount: undefined },
    ]);
    expect(splits.every(({ digest }) => digest.length === 32)).toBe(true);
    expect(limits).toMatchObject({ outcomeWindow: 4, maxBatchItems: 1024, durability: "DURABILITY_MEMORY" });
  });

  it("leaves split digests out on request only", async () => {
    const get = (more: object) => ask<GetEnvironmentResponse>("GetEnvironment", { name: "corridor", ...more });
    const sizes = ({ environment }: GetEnvironmentResponse) => environment?.splits.map(({ digest }) => digest.length);
    expect(sizes(await get({}))).toEqual([32, 32, 32]);
    expect(sizes(await get({ omitSplitDigests: true }))).toEqual([0, 0, 0]);
  });

  it("pages cover a split once, in order, and the digest is that of the listed tasks", async () => {
    const seen: string[] = [];
    const pairs: [string, string][] = [];
    let pageToken = "";
    let splitDigest: Buffer = Buffer.alloc(0);
    do {
      const page = await ask<ListTasksResponse>("ListTasks", {
        ...corridor,
        split: "train",
        pageSize: 3,
        pageToken,
        splitDigest,
      });
      seen.push(...ids(page));
      for (const task of page.tasks) pairs.push([task.taskId, task.contentDigest.toString("hex")]);
      pageToken = page.nextPageToken;
      splitDigest = page.splitDigest;
    } while (pageToken !== "");
    expect(seen).toEqual(Array.from({ length: 10 }, (_, index) => `corridor/1.0.0/train/${index}`));
    expect(splitDigest.toString("hex")).toBe(stateHash("split", "split/1", pairs));
  });

  it("filters by tags and goes on without end over an unbounded split", async () => {
    const odd = await ask<ListTasksResponse>("ListTasks", { ...corridor, split: "train", tags: ["odd"] });
    expect(odd.tasks.map((task) => task.index)).toEqual([1, 3, 5, 7, 9]);
    const endless = await ask<ListTasksResponse>("ListTasks", { ...corridor, split: "endless", pageSize: 2 });
    expect(endless.tasks.map((task) => task.index)).toEqual([0, 1]);
    expect(endless.nextPageToken).not.toBe("");
  });

  it("a pass of samples repeats nothing, passes differ, and equal requests have equal answers", async () => {
    const first = ids(await sample(5, 0, 10));
    const second = ids(await sample(5, 10, 10));
    expect([...first].sort()).toEqual([...second].sort());
    expect(new Set(first).size).toBe(10);
    expect(first).not.toEqual(second);
    expect(ids(await sample(5, 0, 20))).toEqual([...first, ...second]);
    expect(ids(await sample(5, 7, 6))).toEqual([...first.slice(7), ...second.slice(0, 3)]);
    expect(ids(await sample(6, 0, 10))).not.toEqual(first);
  });

  it("orders pass e by H(sample, [seed, e, task_id])", async () => {
    const expected = Array.from({ length: 10 }, (_, index) => `corridor/1.0.0/train/${index}`)
      .map((taskId) => ({ taskId, rank: stateHash("sample", "sample/1", [9, 2, taskId]) }))
      .sort((a, b) => (a.rank < b.rank ? -1 : 1))
      .map(({ taskId }) => taskId);
    expect(ids(await sample(9, 20, 10))).toEqual(expected);
  });

  it("generates position p of an unbounded split from derive_seed(seed, task/p)", async () => {
    const { tasks } = await sample(3, 4, 2, "endless");
    expect(tasks.map((task) => task.index)).toEqual(
      [4, 5].map((position) => deriveSeed(3, `task/${position}`) % 2 ** 32),
    );
  });

  it.each([
    ["an unknown environment", "ListTasks", { environment: "cellar", split: "train" }, "ENVIRONMENT_NOT_FOUND"],
    ["another version", "GetEnvironment", { name: "corridor", version: "2.0.0" }, "ENVIRONMENT_NOT_FOUND"],
    ["an unknown split", "ListTasks", { ...corridor, split: "dev" }, "TASK_NOT_FOUND"],
    ["a stale pin", "ListTasks", { ...corridor, split: "train", splitDigest: Buffer.alloc(32) }, "CATALOGUE_CHANGED"],
    ["a short pin", "ListTasks", { ...corridor, split: "train", splitDigest: Buffer.alloc(5) }, "MESSAGE_INVALID"],
    ["a foreign page token", "ListTasks", { ...corridor, split: "train", pageToken: "zzz" }, "MESSAGE_INVALID"],
    ["a seed of 2^53", "SampleTasks", { ...corridor, split: "train", seed: "9007199254740992" }, "MESSAGE_INVALID"],
    ["too many samples", "SampleTasks", { ...corridor, split: "train", count: 5_000 }, "MESSAGE_INVALID"],
  ])("refuses %s", async (_what, method, request, reason) => {
    await expect(ask(method, request)).rejects.toMatchObject({ reason });
  });
});
