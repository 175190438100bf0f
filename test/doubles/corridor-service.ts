// A WorldService in memory: a corridor with a treasure at a cell that task and seed choose. Answers come late, in a seeded
// random order; servers die and worlds break on request. Deterministic worlds, adversarial timing.

import { setTimeout as delay } from "node:timers/promises";
import { deriveSeed, RandomStream } from "../../client/random.ts";
import type {
  GroupFailure,
  GroupSpec,
  GroupStart,
  Outcome,
  RemoteSession,
  TaskRef,
  WorldService,
} from "../../client/transport/world-service.ts";
import { fail, type Reason } from "../../proto/errors.ts";

export interface CorridorTrouble {
  /** Seeds the delays of answers; undefined: answers come in the next microtask. */
  readonly delaySeed?: number;
  /** After this many steps, server 0 is gone: its sessions reject and it takes no groups. */
  readonly serverDiesAfterSteps?: number;
  /** Servers that exist; groups go to the first that lives. */
  readonly serverCount?: number;
  /** This step of this episode rejects. */
  readonly fault?: {
    readonly groupKey: string;
    readonly replicaIndex: number;
    readonly seq: number;
    readonly reason: Reason;
    /** How often; default: always. */
    readonly times?: number;
  };
  /** This group cannot be created. */
  readonly refusedGroup?: { readonly groupKey: string; readonly reason: Reason };
  /** The server ends every episode itself at this step, for this reason. */
  readonly endsWith?: { readonly seq: number; readonly reason: string };
}

const CELLS = 6;
const MAX_TURNS = 12;

export function corridorTask(index: number): TaskRef {
  return {
    environment: "corridor",
    taskId: `corridor/${index}`,
    split: "test",
    index,
    title: `corridor ${index}`,
    tags: [index % 2 === 0 ? "even" : "odd"],
    maxTurns: MAX_TURNS,
    contentDigest: `${index}`,
  };
}

export class CorridorService implements WorldService {
  readonly #trouble: CorridorTrouble;
  readonly #delays: RandomStream | undefined;
  readonly #episodes = new Map<
    string,
    { readonly treasure: number; readonly groupKey: string; readonly server: number; cell: number; seq: number }
  >();
  #groupCount = 0;
  #faultCount = 0;
  stepCount = 0;
  readonly openGroups = new Set<string>();
  /** Most episodes that were open at once. */
  peakSessions = 0;

  constructor(trouble: CorridorTrouble = {}) {
    this.#trouble = trouble;
    this.#delays = trouble.delaySeed === undefined ? undefined : new RandomStream(trouble.delaySeed);
  }

  async sampleTasks(): Promise<readonly TaskRef[]> {
    return [];
  }

  async listTasks(_split: string, count: number): Promise<readonly TaskRef[]> {
    return Array.from({ length: count }, (_, index) => corridorTask(index));
  }

  async createGroups(specs: readonly GroupSpec[]): Promise<readonly (GroupStart | GroupFailure)[]> {
    await this.#delay();
    const server = this.#isDead(0) ? 1 : 0;
    if (server >= (this.#trouble.serverCount ?? 1)) throw fail("SERVER_UNREACHABLE", "no server answers");
    return specs.map((spec) => this.#createGroup(spec, server));
  }

  #createGroup(spec: GroupSpec, server: number): GroupStart | GroupFailure {
    const { refusedGroup } = this.#trouble;
    if (refusedGroup?.groupKey === spec.groupKey)
      return { groupKey: spec.groupKey, error: fail(refusedGroup.reason, "this group cannot be") };
    const { taskId = "" } = spec;
    const groupId = `group-${this.#groupCount++}`;
    this.openGroups.add(groupId);
    const treasure = new RandomStream(deriveSeed(spec.seed, taskId)).int(CELLS);
    const sessions = Array.from({ length: spec.replicaCount }, (_, replicaIndex): RemoteSession => {
      const sessionId = `${groupId}/${replicaIndex}`;
      this.#episodes.set(sessionId, { treasure, groupKey: spec.groupKey, server, cell: 3, seq: 0 });
      return { sessionId, groupId, replicaIndex, epoch: 1, endpoint: `server-${server}`, nextSeq: 1 };
    });
    this.peakSessions = Math.max(this.peakSessions, this.#episodes.size);
    return {
      groupKey: spec.groupKey,
      groupId,
      taskId,
      initial: corridorOutcome(3, treasure, 0, "", ""),
      sessions,
    };
  }

  async step(session: RemoteSession, action: string): Promise<Outcome> {
    await this.#delay();
    try {
      return this.#takeStep(session, action);
    } finally {
      // The answer is late too: it may arrive when its group has been given up.
      await this.#delay();
    }
  }

  #takeStep(session: RemoteSession, action: string): Outcome {
    const episode = this.#episodes.get(session.sessionId);
    if (episode === undefined) throw fail("SESSION_NOT_FOUND", "closed");
    this.stepCount += 1;
    if (this.#isDead(episode.server)) throw fail("SERVER_UNREACHABLE", "the connection broke");
    episode.seq += 1;
    const { fault, endsWith } = this.#trouble;
    if (
      fault?.groupKey === episode.groupKey &&
      fault.replicaIndex === session.replicaIndex &&
      fault.seq === episode.seq &&
      this.#faultCount++ < (fault.times ?? Number.POSITIVE_INFINITY)
    )
      throw fail(fault.reason, "the world broke");
    const move = { left: -1, right: 1, wait: 0 }[action];
    episode.cell = Math.min(CELLS - 1, Math.max(0, episode.cell + (move ?? 0)));
    const validity = move === undefined ? "NOT_ADMISSIBLE" : "VALID";
    const outcome = corridorOutcome(episode.cell, episode.treasure, episode.seq, action, validity);
    return endsWith?.seq === episode.seq ? { ...outcome, endReason: endsWith.reason, truncated: true } : outcome;
  }

  async closeGroups(groupIds: readonly string[]): Promise<void> {
    for (const groupId of groupIds) {
      this.openGroups.delete(groupId);
      for (const id of this.#episodes.keys()) if (id.startsWith(`${groupId}/`)) this.#episodes.delete(id);
    }
  }

  async close(): Promise<void> {}

  #isDead(server: number): boolean {
    return server === 0 && this.stepCount > (this.#trouble.serverDiesAfterSteps ?? Number.POSITIVE_INFINITY);
  }

  async #delay(): Promise<void> {
    if (this.#delays !== undefined) await delay(this.#delays.int(4));
  }
}

function corridorOutcome(
  cell: number,
  treasure: number,
  seq: number,
  action: string,
  validity: Outcome["validity"],
): Outcome {
  const won = seq > 0 && cell === treasure;
  const truncated = !won && seq >= MAX_TURNS;
  const over = won || truncated;
  return {
    seq,
    observation: `You are at cell ${cell}.`,
    admissible: over ? [] : ["left", "right", "wait"],
    tools: [],
    admissibleComplete: true,
    reward: won ? 1 : 0,
    rewardComponents: [],
    validity,
    terminated: won,
    truncated,
    endReason: won ? "GOAL_REACHED" : truncated ? "MAX_TURNS" : undefined,
    score: over ? (won ? 1 : 0) : undefined,
    actingAgents: over ? [] : [""],
    normalizedAction: action,
    anchors: { observation: `o${cell}`, semantic: `s${treasure}/${cell}`, full: `f${treasure}/${cell}/${seq}` },
  };
}
