// One session played by the kit: it counts seq, remembers the action spaces that `unchanged` leaves out, and draws actions
// from what is offered. `identity` is an outcome as text without what may differ between two tellings of it.

import type { ActionSpace } from "../proto/gen/anchorgym/v1/ActionSpace.ts";
import type { AgentActionInit } from "../proto/gen/anchorgym/v1/AgentAction.ts";
import type { Group } from "../proto/gen/anchorgym/v1/Group.ts";
import type { Outcome } from "../proto/gen/anchorgym/v1/Outcome.ts";
import type { Session } from "../proto/gen/anchorgym/v1/Session.ts";
import type { StepItemInit } from "../proto/gen/anchorgym/v1/StepItem.ts";
import type { Tool } from "../proto/gen/anchorgym/v1/Tool.ts";
import { drawCall } from "./draw-call.ts";
import { NotApplicable, Violation } from "./rule.ts";
import type { Subject } from "./subject.ts";
import { describeStatus } from "./wire.ts";

/** Everything of an outcome but `replayed` and timing, as text; hashes in hex. */
export function identity(outcome: Outcome): string {
  const { replayed: _replayed, queueUs: _queue, envUs: _env, ...rest } = outcome;
  return JSON.stringify(rest, (_name, value: unknown) => {
    const bytes = value as { type?: unknown; data?: unknown } | null;
    if (bytes !== null && typeof bytes === "object" && bytes.type === "Buffer" && Array.isArray(bytes.data)) {
      return Buffer.from(bytes.data as number[]).toString("hex");
    }
    return value;
  });
}

export class Episode {
  readonly subject: Subject;
  readonly sessionId: string;
  readonly outcomes: Outcome[];
  epoch: number;
  #spaces = new Map<string, ActionSpace>();

  constructor(subject: Subject, session: Pick<Session, "sessionId" | "epoch">, initial: Outcome) {
    this.subject = subject;
    this.sessionId = session.sessionId;
    this.epoch = session.epoch;
    this.outcomes = [];
    this.take(initial);
  }

  /** The episodes of a group. */
  static of(subject: Subject, group: Group): readonly Episode[] {
    const { initial } = group;
    if (initial == null) throw new Violation("a group has no initial outcome");
    return group.sessions.map((session) => new Episode(subject, session, initial));
  }

  get latest(): Outcome {
    return this.outcomes.at(-1) as Outcome;
  }

  get nextSeq(): number {
    return this.latest.seq + 1;
  }

  get isOver(): boolean {
    return this.latest.actingAgents.length === 0;
  }

  take(outcome: Outcome): void {
    this.outcomes.push(outcome);
    for (const { agentId, actionSpace } of outcome.agents) {
      if (actionSpace != null && !actionSpace.unchanged) this.#spaces.set(agentId, actionSpace);
    }
  }

  /** What the agent may say now. */
  admissible(agentId: string): readonly string[] {
    return this.#spaces.get(agentId)?.admissible ?? [];
  }

  /** What the agent may call now. */
  tools(agentId: string): readonly Tool[] {
    return this.#spaces.get(agentId)?.tools ?? [];
  }

  /** One drawn action of each acting agent: a listed text, or a call where tools are offered too. */
  drawActions(): readonly AgentActionInit[] {
    return this.drawTexts().map((said) => {
      const tools = this.tools(said.agentId ?? "");
      if (tools.length === 0 || this.subject.draw(2) === 0) return said;
      const call = drawCall(tools[this.subject.draw(tools.length)] as Tool, "drawn", (bound) =>
        this.subject.draw(bound),
      );
      return call === undefined ? said : { agentId: said.agentId ?? "", toolCalls: { calls: [call] } };
    });
  }

  /** One listed text for each acting agent, drawn. */
  drawTexts(): readonly AgentActionInit[] {
    return this.latest.actingAgents.map((agentId) => {
      const offered = this.admissible(agentId);
      const text = offered.length === 0 ? "nothing is offered" : (offered[this.subject.draw(offered.length)] as string);
      return { agentId, text };
    });
  }

  /** The same words from each acting agent. */
  say(text: string): readonly AgentActionInit[] {
    return this.latest.actingAgents.map((agentId) => ({ agentId, text }));
  }

  item(actions: readonly AgentActionInit[] = this.drawActions(), more: Partial<StepItemInit> = {}): StepItemInit {
    return { sessionId: this.sessionId, epoch: this.epoch, seq: this.nextSeq, actions: [...actions], ...more };
  }

  /** Steps, and demands an outcome. @throws {Violation} */
  async step(actions: readonly AgentActionInit[] = this.drawActions(), more: object = {}): Promise<Outcome> {
    const result = await this.subject.stepOne(this.item(actions), more);
    if (result.outcome == null) {
      const why = result.status == null ? "nothing" : describeStatus(this.subject.wire.seen(result.status, "step"));
      throw new Violation(`step ${this.nextSeq} with ${JSON.stringify(actions)} got no outcome but ${why}`);
    }
    this.take(result.outcome);
    return result.outcome;
  }

  /** Drawn steps until the end or the limit; returns the actions taken, for a second run. */
  async play(limit: number): Promise<readonly (readonly AgentActionInit[])[]> {
    const taken: (readonly AgentActionInit[])[] = [];
    while (!this.isOver && taken.length < limit) {
      const actions = this.drawActions();
      await this.step(actions);
      taken.push(actions);
    }
    return taken;
  }
}

/** A fresh episode of one drawn task. */
export async function newEpisode(subject: Subject, taskSeed = 1): Promise<Episode> {
  const group = await subject.group({ task: await subject.task(taskSeed) });
  return Episode.of(subject, group)[0] as Episode;
}

/** Tasks that are tried until one goes on long enough. */
const TRIED_TASKS = 12;

/**
 * A fresh episode that has gone `steps` steps and goes on; fewer, but `least`, where the tasks are that short.
 * @throws {NotApplicable} when every tried task ends before `least` steps are gone
 */
export async function runningEpisode(subject: Subject, steps: number, least = 0): Promise<Episode> {
  const [episode] = await equalEpisodes(subject, 1, steps, least);
  return episode as Episode;
}

/** An outcome's identity with action spaces by digest alone: lists may be told in full or as unchanged. */
export function essence(outcome: Outcome): string {
  const agents = outcome.agents.map((agent) => {
    if (agent.actionSpace == null) return agent;
    const { digest } = agent.actionSpace;
    return { ...agent, actionSpace: { digest, unchanged: false, admissible: [], complete: false, tools: [] } };
  });
  return identity({ ...outcome, agents });
}

/** Replicas of one group that have taken the same drawn steps; otherwise as `runningEpisode`. */
export async function equalEpisodes(
  subject: Subject,
  count: number,
  steps: number,
  least = 0,
): Promise<readonly Episode[]> {
  for (const wanted of steps === least ? [steps] : [steps, least]) {
    for (let seed = 1; seed <= TRIED_TASKS; seed++) {
      const group = await subject.group({ task: await subject.task(seed), replicas: count });
      const [first, ...others] = Episode.of(subject, group);
      const taken = await (first as Episode).play(wanted);
      if ((first as Episode).isOver) continue;
      for (const other of others) for (const actions of taken) await other.step(actions);
      return [first as Episode, ...others];
    }
  }
  throw new NotApplicable(`of ${TRIED_TASKS} drawn episodes none goes on after ${least} steps`);
}
