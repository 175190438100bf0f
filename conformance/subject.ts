// The server under test as the rules see it: its wire, the environment that is played, its limits, and the means to make
// and clean up sessions. Draws come from one seeded stream, so that a report can be repeated.

import { randomUUID } from "node:crypto";
import type { CreateGroupsResponse } from "../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { Environment } from "../proto/gen/anchorgym/v1/Environment.ts";
import type { Group } from "../proto/gen/anchorgym/v1/Group.ts";
import type { Limits } from "../proto/gen/anchorgym/v1/Limits.ts";
import type { ListEnvironmentsResponse } from "../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { SampleTasksResponse } from "../proto/gen/anchorgym/v1/SampleTasksResponse.ts";
import type { StepItemInit } from "../proto/gen/anchorgym/v1/StepItem.ts";
import type { StepResponse } from "../proto/gen/anchorgym/v1/StepResponse.ts";
import type { StepResult } from "../proto/gen/anchorgym/v1/StepResult.ts";
import type { Task } from "../proto/gen/anchorgym/v1/Task.ts";
import { deriveSeed } from "./canonical-hash.ts";
import { NotApplicable, Violation } from "./rule.ts";
import { describeStatus, type SeenStatus, type Wire } from "./wire.ts";

export interface GroupWish {
  readonly task: Pick<Task, "taskId"> | { readonly inlineTaskJson: string };
  readonly seed?: number;
  readonly replicas?: number;
  readonly derived?: boolean;
}

export class Subject {
  readonly wire: Wire;
  readonly environment: Environment;
  readonly limits: Limits;
  /** Restarts the server at the same address and resolves when the command has ended; undefined where none was given. */
  readonly restart: (() => Promise<void>) | undefined;
  /** Of every group; "" for the defaults. */
  readonly optionsJson: string;
  #groupIds: string[] = [];
  #draws = 0;

  constructor(
    wire: Wire,
    environment: Environment,
    limits: Limits,
    restart: (() => Promise<void>) | undefined,
    optionsJson = "",
  ) {
    this.wire = wire;
    this.environment = environment;
    this.limits = limits;
    this.restart = restart;
    this.optionsJson = optionsJson;
  }

  /** The played environment and then the server's others under default options, whose groups are closed with this one's. */
  async environments(): Promise<readonly Subject[]> {
    const { environments } = await this.wire.call<ListEnvironmentsResponse>("CatalogService", "ListEnvironments", {});
    const others = environments.filter(({ name }) => name !== this.environment.name);
    return [
      this,
      ...others.map((environment) => {
        const other = new Subject(this.wire, environment, this.limits, this.restart);
        other.#groupIds = this.#groupIds;
        return other;
      }),
    ];
  }

  /** An integer in [0, bound). */
  draw(bound: number): number {
    return deriveSeed(7, `conformance/${this.#draws++}`) % bound;
  }

  uuid(): string {
    return randomUUID();
  }

  /** The split that rules play: the first that holds a task. */
  get split(): string {
    const split = this.environment.splits.find(({ taskCount }) => taskCount === undefined || taskCount > 0);
    if (split === undefined) throw new NotApplicable("the environment has no split with a task");
    return split.name;
  }

  async tasks(count: number, seed = 1): Promise<readonly Task[]> {
    const request = { environment: this.environment.name, split: this.split, seed: String(seed), offset: 0, count };
    const { tasks } = await this.wire.call<SampleTasksResponse>("CatalogService", "SampleTasks", request);
    return tasks;
  }

  async task(seed = 1): Promise<Task> {
    const [task] = await this.tasks(1, seed);
    if (task === undefined) throw new Violation("SampleTasks with count 1 answered no task");
    return task;
  }

  createRequest(wishes: readonly GroupWish[], more: object = {}): object {
    return {
      requestId: this.uuid(),
      leaseId: this.uuid(),
      environment: this.environment.name,
      groups: wishes.map(({ task, seed = 7, replicas = 1, derived = false }, index) => ({
        groupKey: `g${index}`,
        ...("inlineTaskJson" in task ? { inlineTaskJson: task.inlineTaskJson } : { taskId: task.taskId }),
        seed: String(seed),
        replicaCount: replicas,
        replicaSeeds: derived ? "REPLICA_SEEDS_DERIVED" : "REPLICA_SEEDS_SHARED",
        optionsJson: this.optionsJson,
      })),
      ...more,
    };
  }

  /** The answer as it came; groups in it are closed after the rule. */
  async create(request: object): Promise<CreateGroupsResponse> {
    const response = await this.wire.call<CreateGroupsResponse>("EnvironmentService", "CreateGroups", request);
    for (const { group } of response.results) if (group != null) this.#groupIds.push(group.groupId);
    return response;
  }

  /** Groups that must come into being. @throws {Violation} */
  async groups(wishes: readonly GroupWish[], more: object = {}): Promise<readonly Group[]> {
    const { results } = await this.create(this.createRequest(wishes, more));
    return results.map(({ group, status }) => {
      if (group != null) return group;
      const why = status == null ? "no result" : describeStatus(this.wire.seen(status, "group"));
      throw new Violation(`a group was refused: ${why}`);
    });
  }

  async group(wish: GroupWish): Promise<Group> {
    const [group] = await this.groups([wish]);
    if (group === undefined) throw new Violation("CreateGroups answered no result for its only item");
    return group;
  }

  async step(items: readonly StepItemInit[], more: object = {}): Promise<readonly StepResult[]> {
    const { results } = await this.wire.call<StepResponse>("EnvironmentService", "Step", { items, ...more });
    if (results.length !== items.length) throw new Violation(`${items.length} items got ${results.length} results`);
    return results;
  }

  async stepOne(item: StepItemInit, more: object = {}): Promise<StepResult> {
    return (await this.step([item], more))[0] as StepResult;
  }

  /** The status of an item that must be refused. @throws {Violation} when it has an outcome. */
  refused(result: { readonly status?: StepResult["status"] } | undefined, of = "step"): SeenStatus {
    if (result?.status == null) throw new Violation(`a ${of} had an effect although it had to be refused`);
    return this.wire.seen(result.status, of);
  }

  async close(groupIds: readonly string[], sessionIds: readonly string[] = []): Promise<void> {
    await this.wire.call("EnvironmentService", "CloseSessions", { requestId: this.uuid(), groupIds, sessionIds });
  }

  /** Closes what the last rule made; what is gone already does not matter. */
  async cleanUp(): Promise<void> {
    const groupIds = this.#groupIds.splice(0);
    if (groupIds.length > 0) await this.close(groupIds).catch(() => undefined);
  }
}

/** @throws {Violation} unless the status has this reason. */
export function demandReason(status: SeenStatus, ...reasons: readonly string[]): void {
  if (reasons.includes(status.reason)) return;
  throw new Violation(`expected ${reasons.join(" or ")}, seen ${describeStatus(status)}`);
}
