// A WorldService that remembers the texts that pass through it, so that `rollout` can show any policy's episodes alike.
// It changes nothing. A group that is created again after a lost server is remembered from its new start.

import type {
  AgentAction,
  GroupFailure,
  GroupSpec,
  GroupStart,
  Outcome,
  RemoteSession,
  SampleTasksSpec,
  TaskRef,
  WorldService,
} from "../client/transport/world-service.ts";
import { isGroupFailure } from "../client/transport/world-service.ts";

export interface RecordedEpisode {
  readonly groupKey: string;
  readonly replicaIndex: number;
  readonly taskId: string;
  readonly seed: number;
  readonly initial: Outcome;
  readonly steps: readonly { readonly action: string; readonly outcome: Outcome }[];
}

export class EpisodeRecorder implements WorldService {
  readonly #inner: WorldService;
  readonly #episodes = new Map<string, RecordedEpisode & { readonly steps: { action: string; outcome: Outcome }[] }>();
  readonly #keyOfSession = new Map<string, string>();

  constructor(inner: WorldService) {
    this.#inner = inner;
  }

  /** In the order in which they began. */
  get episodes(): readonly RecordedEpisode[] {
    return [...this.#episodes.values()];
  }

  async createGroups(specs: readonly GroupSpec[]): Promise<readonly (GroupStart | GroupFailure)[]> {
    const results = await this.#inner.createGroups(specs);
    results.forEach((group, i) => {
      if (isGroupFailure(group)) return;
      for (const { sessionId, replicaIndex } of group.sessions) {
        const { groupKey, taskId, initial } = group;
        const key = `${groupKey}/${replicaIndex}`;
        this.#keyOfSession.set(sessionId, key);
        this.#episodes.set(key, { groupKey, replicaIndex, taskId, seed: specs[i]!.seed, initial, steps: [] });
      }
    });
    return results;
  }

  async step(session: RemoteSession, done: AgentAction): Promise<Outcome> {
    const outcome = await this.#inner.step(session, done);
    const action = typeof done === "string" ? done : outcome.normalizedAction;
    this.#episodes.get(this.#keyOfSession.get(session.sessionId) ?? "")?.steps.push({ action, outcome });
    return outcome;
  }

  sampleTasks(spec: SampleTasksSpec): Promise<readonly TaskRef[]> {
    return this.#inner.sampleTasks(spec);
  }

  listTasks(split: string, count: number): Promise<readonly TaskRef[]> {
    return this.#inner.listTasks(split, count);
  }

  closeGroups(groupIds: readonly string[]): Promise<void> {
    return this.#inner.closeGroups(groupIds);
  }

  close(): Promise<void> {
    return this.#inner.close();
  }
}
