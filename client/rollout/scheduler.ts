// Plays groups of episodes on a world service. Every episode whose observation is ready joins the next batch of decisions;
// none waits for a slow one, and a finished one costs nothing more. Batches are decided one after the other or, where the
// request says so, side by side; a turn goes on as soon as it is decided.
// A lost server breaks a group, which is created again from its seeds and replayed whole; a fault of the world breaks one
// episode. Either is recorded, never averaged in. It knows neither tokens nor policies: a Player decides.

import { setImmediate, setTimeout } from "node:timers/promises";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import { type GroupSpec, isGroupFailure, type Outcome } from "../transport/world-service.ts";
import type { SchedulerCounters } from "./counters.ts";
import {
  type Episode,
  type GroupRun,
  isCurrent,
  isStopReason,
  losesServer,
  newGroupRun,
  playedGroup,
  turnOf,
} from "./group-run.ts";
import type { EpisodeBreak, EpisodeStop, GroupRequest, PlayedGroup, PlayRequest } from "./player.ts";

/**
 * Plays every group to its end.
 * @returns groups in the order of the request, episodes by replica
 * @throws {AnchorgymError} SERVER_UNREACHABLE or the like when no server takes groups after all retries; a RequestError
 *   (options, task, build) that a group is refused with, because it is wrong for all; what `decide` rejects with; the
 *   signal's reason. Open groups are closed first.
 */
export async function playGroups<Memory, Decision extends { readonly action: string }>(
  request: PlayRequest<Memory, Decision>,
): Promise<{ readonly groups: readonly PlayedGroup<Decision>[]; readonly counters: SchedulerCounters }> {
  return await new Scheduler(request).run();
}

class Scheduler<Memory, Decision extends { readonly action: string }> {
  readonly #request: PlayRequest<Memory, Decision>;
  readonly #groups: readonly GroupRun<Memory, Decision>[];
  readonly #waiting: GroupRun<Memory, Decision>[];
  readonly #closings = new Set<Promise<void>>();
  #ready: Episode<Memory, Decision>[] = [];
  /** Groups admitted and not finished. */
  #active = 0;
  #fatal: { readonly error: unknown } | undefined;
  #wake: () => void = () => {};
  /** Turns that are being decided, the batches that they belong to, and since when there have been any. */
  #deciding = { turns: 0, batches: 0, sinceMs: 0 };
  readonly #notify = (): void => this.#wake();
  #resolveStopped: () => void = () => {};
  readonly #stopped = new Promise<undefined>((resolve) => {
    this.#resolveStopped = () => resolve(undefined);
  });
  #counters = {
    retriedGroups: 0,
    discardedSteps: 0,
    unclosedGroups: 0,
    batches: 0,
    batchRows: 0,
    decisionSeconds: 0,
    waitSeconds: 0,
  };

  constructor(request: PlayRequest<Memory, Decision>) {
    if (new Set(request.groups.map(({ groupKey }) => groupKey)).size < request.groups.length)
      throw fail("CONFIG_INVALID", "two groups of one rollout have the same key");
    if (request.maxBatchRows < 1)
      throw fail("CONFIG_INVALID", `maxBatchRows is ${request.maxBatchRows}, at least 1 is needed`);
    this.#request = request;
    this.#groups = request.groups.map(newGroupRun<Memory, Decision>);
    this.#waiting = [...this.#groups];
  }

  async run(): Promise<{ readonly groups: readonly PlayedGroup<Decision>[]; readonly counters: SchedulerCounters }> {
    const stop = (): void => this.#stop(this.#request.signal?.reason);
    this.#request.signal?.addEventListener("abort", stop, { once: true });
    if (this.#request.signal?.aborted === true) stop();
    try {
      if (this.#fatal === undefined) this.#admit();
      while (this.#fatal === undefined && (this.#active > 0 || this.#waiting.length > 0)) await this.#round();
      if (this.#fatal !== undefined) throw this.#fatal.error;
    } finally {
      this.#request.signal?.removeEventListener("abort", stop);
      this.#close(this.#groups);
      await Promise.all(this.#closings);
    }
    return { groups: this.#groups.map(playedGroup), counters: this.#counters };
  }

  async #round(): Promise<void> {
    const { maxBatchRows, overlaps = false } = this.#request;
    const { turns, batches } = this.#deciding;
    const room = batches > 0 && !overlaps ? 0 : maxBatchRows - turns;
    if (this.#ready.length === 0 || room === 0) {
      const began = performance.now();
      await this.#changed();
      if (batches === 0) this.#counters.waitSeconds += (performance.now() - began) / 1000;
      return;
    }
    // Answers that arrived together should be decided together: let the event loop hand them all over first.
    await setImmediate();
    const batch = this.#ready.filter(isCurrent).slice(0, maxBatchRows - this.#deciding.turns);
    this.#ready = this.#ready.filter((episode) => isCurrent(episode) && !batch.includes(episode));
    if (batch.length > 0 && this.#fatal === undefined) void this.#decide(batch);
  }

  /** Never rejects. */
  async #decide(batch: readonly Episode<Memory, Decision>[]): Promise<void> {
    const deciding = this.#deciding;
    if (deciding.batches === 0) deciding.sinceMs = performance.now();
    deciding.batches += 1;
    deciding.turns += batch.length;
    this.#counters.batches += 1;
    this.#counters.batchRows += batch.length;
    try {
      const decisions = this.#request.player.decide(batch.map(turnOf));
      await Promise.all(
        batch.map(async (episode, row) => {
          const decision = await (decisions[row] as (typeof decisions)[number]);
          deciding.turns -= 1;
          if (this.#fatal === undefined && isCurrent(episode)) this.#act(episode, decision);
          this.#wake();
        }),
      );
    } catch (error) {
      this.#stop(error);
    }
    deciding.batches -= 1;
    if (deciding.batches === 0) this.#counters.decisionSeconds += (performance.now() - deciding.sinceMs) / 1000;
    this.#report();
    this.#wake();
  }

  #act(episode: Episode<Memory, Decision>, decision: Decision | EpisodeBreak | EpisodeStop): void {
    if ("stops" in decision) this.#end(episode, decision.stops);
    else if ("breaks" in decision) this.#break(episode, decision.breaks.reason, decision.breaks.message);
    else this.#step(episode, decision).then(this.#notify, (error: unknown) => this.#stop(error));
  }

  async #step(episode: Episode<Memory, Decision>, decision: Decision): Promise<void> {
    let after: Outcome;
    try {
      after = await this.#request.service.step(episode.session, decision.action);
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      if (!isCurrent(episode)) return;
      if (losesServer(error)) this.#retry(episode.group, error);
      else this.#break(episode, error.reason, error.message);
      return;
    }
    if (!isCurrent(episode)) return;
    episode.steps.push({ decision, before: episode.outcome, after });
    episode.outcome = after;
    if (after.endReason === undefined) {
      episode.memory = this.#request.player.advance(episode.memory, decision.action, after);
      this.#ready.push(episode);
    } else this.#end(episode, after.endReason);
  }

  #end(episode: Episode<Memory, Decision>, endReason: string): void {
    if (!isStopReason(endReason)) {
      this.#break(episode, endReason, `the server ended the episode with ${endReason}`);
      return;
    }
    const { session, steps, group } = episode;
    group.done.push({
      replicaIndex: session.replicaIndex,
      steps_S: steps,
      stopReason: endReason,
      score: episode.outcome.score ?? 0,
    });
    this.#leave(episode);
  }

  #break(episode: Episode<Memory, Decision>, reason: string, message: string): void {
    const { group, session, steps } = episode;
    this.#counters.discardedSteps += steps.length;
    group.failures.push({ groupKey: group.request.groupKey, replicaIndex: session.replicaIndex, reason, message });
    this.#leave(episode);
  }

  #leave(episode: Episode<Memory, Decision>): void {
    const { group } = episode;
    group.open = group.open.filter((other) => other !== episode);
    if (group.open.length > 0) return;
    this.#close([group]);
    this.#finish();
  }

  #finish(): void {
    this.#active -= 1;
    this.#admit();
    this.#wake();
  }

  /** Creates waiting groups while there is room for their episodes. */
  #admit(): void {
    const { groupSize, maxOpenSessions = 1024 } = this.#request;
    const room = Math.max(1, Math.floor(maxOpenSessions / groupSize)) - this.#active;
    const admitted = this.#waiting.splice(0, Math.max(0, room));
    if (admitted.length === 0) return;
    this.#active += admitted.length;
    void this.#create(admitted);
  }

  /** Never rejects. */
  async #create(groups: readonly GroupRun<Memory, Decision>[]): Promise<void> {
    try {
      const results = await this.#request.service.createGroups(groups.map(({ request }) => this.#specOf(request)));
      results.forEach((result, at) => {
        const group = groups[at] as GroupRun<Memory, Decision>;
        if (isGroupFailure(result)) {
          if (result.error.retryable) this.#retry(group, result.error);
          else if (result.error.name === "RequestError") this.#stop(result.error);
          else this.#giveUp(group, result.error);
          return;
        }
        group.groupId = result.groupId;
        if (this.#fatal !== undefined) {
          this.#close([group]);
          return;
        }
        group.open = result.sessions.map((session) => ({
          group,
          attempt: group.attempt,
          session,
          memory: this.#request.player.begin(result.initial),
          outcome: result.initial,
          steps: [],
        }));
        this.#ready.push(...group.open);
      });
    } catch (thrown) {
      const error = AnchorgymError.from(thrown);
      // No server takes groups. Later tries may find one; when they do not, nothing can be played at all.
      for (const group of groups) {
        if (error.retryable && group.attempt < this.#maxRetries()) this.#retry(group, error);
        else this.#stop(error);
      }
    } finally {
      this.#wake();
    }
  }

  #specOf({ groupKey, task, seed }: GroupRequest): GroupSpec {
    const { groupSize: replicaCount, optionsJson } = this.#request;
    const spec = { groupKey, taskId: task.taskId, seed, replicaCount };
    return optionsJson === undefined ? spec : { ...spec, optionsJson };
  }

  /** The group starts over: same seeds, same world, so the same trajectories as if nothing had happened. */
  #retry(group: GroupRun<Memory, Decision>, error: AnchorgymError): void {
    this.#close([group]);
    for (const { steps } of group.open) this.#counters.discardedSteps += steps.length;
    for (const { steps_S } of group.done) this.#counters.discardedSteps += steps_S.length;
    if (group.attempt >= this.#maxRetries()) {
      this.#giveUp(group, error);
      return;
    }
    group.attempt += 1;
    group.open = [];
    group.done = [];
    group.failures = [];
    this.#counters.retriedGroups += 1;
    const backoffMs = (this.#request.retryDelayMs ?? 250) * 2 ** (group.attempt - 1);
    void this.#createLater(group, Math.max(backoffMs, error.retryDelayMs ?? 0));
  }

  async #createLater(group: GroupRun<Memory, Decision>, delayMs: number): Promise<void> {
    if (delayMs > 0) await this.#unlessStopped(setTimeout(delayMs));
    if (this.#fatal === undefined) await this.#create([group]);
  }

  #giveUp(group: GroupRun<Memory, Decision>, error: AnchorgymError): void {
    // Counts as one more try, so that late answers to its episodes are ignored.
    group.attempt += 1;
    group.open = [];
    group.done = [];
    group.failures = Array.from({ length: this.#request.groupSize }, (_, replicaIndex) => ({
      groupKey: group.request.groupKey,
      replicaIndex,
      reason: error.reason,
      message: error.message,
    }));
    this.#finish();
  }

  /** Closes each group once; the answers are awaited at the end of the rollout. */
  #close(groups: readonly GroupRun<Memory, Decision>[]): void {
    const ids = groups.flatMap(({ groupId }) => (groupId === undefined ? [] : [groupId]));
    for (const group of groups) group.groupId = undefined;
    if (ids.length === 0) return;
    const closing = this.#request.service.closeGroups(ids).catch(() => {
      this.#counters.unclosedGroups += ids.length;
    });
    this.#closings.add(closing);
    void closing.then(() => this.#closings.delete(closing));
  }

  #stop(error: unknown): void {
    this.#fatal ??= { error };
    this.#resolveStopped();
    this.#wake();
  }

  /** The value, or undefined as soon as the rollout stops; a rejection stops it. */
  async #unlessStopped<T>(work: Promise<T>): Promise<T | undefined> {
    const settled = work.catch((error: unknown): undefined => this.#stop(error) as undefined);
    return await Promise.race([settled, this.#stopped]);
  }

  /** Resolves at the next wake. */
  #changed(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve;
    });
  }

  #maxRetries(): number {
    return this.#request.maxGroupRetries ?? 5;
  }

  #report(): void {
    const { onProgress, groupSize } = this.#request;
    onProgress?.({
      episodesDone: this.#groups.reduce((sum, { done, failures }) => sum + done.length + failures.length, 0),
      episodesTotal: this.#groups.length * groupSize,
      steps: this.#counters.batchRows,
    });
  }
}
