// HSH, byte for byte: proto/vectors/tally.json tells whole episodes of a tiny world with the bodies that were hashed. A
// server that hosts it under that name proves that it hashes as the protocol says.

import { existsSync, readFileSync } from "node:fs";
import type { ListEnvironmentsResponse } from "../../proto/gen/anchorgym/v1/ListEnvironmentsResponse.ts";
import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import { type Body, publishedHash } from "../canonical-hash.ts";
import { Episode } from "../episode.ts";
import { demandEqual, NotApplicable, rule, Violation } from "../rule.ts";
import { Subject } from "../subject.ts";

const FILE = new URL("../../proto/vectors/tally.json", import.meta.url);

interface ToldOutcome {
  readonly seq: number;
  readonly turn: number;
  readonly acting_agents: readonly string[];
  readonly full_state_hash: string;
  readonly semantic_state_hash: string;
  readonly canonical: { readonly full: Body; readonly semantic: Body; readonly rng: Body; readonly turn: number };
  readonly actions?: readonly { readonly agent_id: string; readonly text: string }[];
  readonly agents: readonly { readonly agent_id: string; readonly observation_hash: string }[];
}
interface ToldEpisode {
  readonly environment: string;
  readonly version: string;
  readonly state_schema: string;
  readonly task_id: string;
  readonly task_digest: string;
  readonly seed: number;
  readonly outcomes: readonly ToldOutcome[];
}

function compare(outcome: Outcome, told: ToldOutcome, { state_schema, task_digest, environment }: ToldEpisode): void {
  const what = `of ${environment} at seq ${told.seq}`;
  const { full, rng, semantic, turn } = told.canonical;
  const body = { rng, state: full, task: task_digest, turn };
  demandEqual(told.full_state_hash, publishedHash("full", state_schema, body), `the published full hash ${what}`);
  demandEqual(outcome.fullStateHash.toString("hex"), told.full_state_hash, `full_state_hash ${what}`);
  const anchor = publishedHash("semantic", state_schema, { state: semantic, task: task_digest });
  demandEqual(outcome.semanticStateHash.toString("hex"), anchor, `semantic_state_hash ${what}`);
  demandEqual(`${outcome.seq} ${outcome.turn}`, `${told.seq} ${told.turn}`, `seq and turn ${what}`);
  demandEqual(outcome.actingAgents.join(" "), told.acting_agents.join(" "), `acting_agents ${what}`);
  for (const { agent_id, observation_hash } of told.agents) {
    const agent = outcome.agents.find(({ agentId }) => agentId === agent_id);
    if (agent === undefined) throw new Violation(`agent ${agent_id} is absent from the outcome ${what}`);
    demandEqual(agent.observationHash.toString("hex"), observation_hash, `observation_hash of ${agent_id} ${what}`);
  }
}

async function transcriptsComeOut(subject: Subject): Promise<void> {
  if (!existsSync(FILE)) throw new NotApplicable("this build of the kit has no vectors beside it");
  const { episodes } = JSON.parse(readFileSync(FILE, "utf8")) as { readonly episodes: readonly ToldEpisode[] };
  const { environments } = await subject.wire.call<ListEnvironmentsResponse>("CatalogService", "ListEnvironments", {});
  let compared = 0;
  for (const told of episodes) {
    const served = environments.find(({ name, version }) => name === told.environment && version === told.version);
    if (served === undefined) continue;
    const world = new Subject(subject.wire, served, subject.limits, undefined);
    const wish = { task: { taskId: told.task_id }, seed: told.seed };
    const [episode] = Episode.of(world, await world.group(wish));
    for (const step of told.outcomes) {
      const actions = (step.actions ?? []).map(({ agent_id, text }) => ({ agentId: agent_id, text }));
      compare(step.seq === 0 ? episode!.latest : await episode!.step(actions), step, told);
    }
    await world.cleanUp();
    compared++;
  }
  if (compared === 0)
    throw new NotApplicable(`none of ${episodes.map(({ environment }) => environment).join(", ")} is served`);
}

export const transcriptRules = [
  rule("HSH-8", "full", "Worlds of the published vectors give their transcripts byte for byte.", transcriptsComeOut),
];
