// HSH: identity on the wire. Observation hashes and action-space digests are computed here from what was sent; state
// hashes, whose bodies never travel, are held to what must follow from them.

import type { AgentOutcome } from "../../proto/gen/anchorgym/v1/AgentOutcome.ts";
import { type Body, publishedHash, sha256Hex } from "../canonical-hash.ts";
import { Episode, identity, newEpisode, runningEpisode } from "../episode.ts";
import { demand, demandEqual, rule } from "../rule.ts";
import type { Subject } from "../subject.ts";

const STEPS = 10;

async function someEpisodes(subject: Subject): Promise<readonly Episode[]> {
  const episodes: Episode[] = [];
  for (const task of await subject.tasks(3)) {
    for (const episode of Episode.of(subject, await subject.group({ task, replicas: 2 }))) {
      await episode.play(STEPS);
      episodes.push(episode);
    }
  }
  return episodes;
}

function observationBody({ observation, anchor }: AgentOutcome): Body {
  if (anchor !== "") return [{ text: anchor }];
  return (observation?.blocks ?? []).map(({ text, json, image }): Body => {
    if (image != null) return { image: { data: sha256Hex(image.data), mime_type: image.mimeType } };
    return json === undefined ? { text: text ?? "" } : { json };
  });
}

async function hashesAre32Bytes(subject: Subject): Promise<void> {
  for (const episode of await someEpisodes(subject)) {
    for (const { agents, fullStateHash, semanticStateHash, seq } of episode.outcomes) {
      demand(fullStateHash.length === 32, `full_state_hash at seq ${seq} has ${fullStateHash.length} bytes`);
      demand(
        semanticStateHash.length === 32,
        `semantic_state_hash at seq ${seq} has ${semanticStateHash.length} bytes`,
      );
      for (const { agentId, observationHash } of agents) {
        const what = `observation_hash of agent ${JSON.stringify(agentId)} at seq ${seq}`;
        demand(observationHash.length === 32, `${what} has ${observationHash.length} bytes`);
      }
    }
  }
}

async function observationHashesArePublished(subject: Subject): Promise<void> {
  for (const episode of await someEpisodes(subject)) {
    for (const { agents, seq } of episode.outcomes) {
      for (const agent of agents) {
        if (agent.observation == null) continue;
        const expected = publishedHash("observation", "observation/1", observationBody(agent));
        demandEqual(agent.observationHash.toString("hex"), expected, `observation_hash at seq ${seq}`);
      }
    }
  }
}

async function spaceDigestsArePublished(subject: Subject): Promise<void> {
  for (const episode of await someEpisodes(subject)) {
    for (const { agents, seq } of episode.outcomes) {
      for (const { actionSpace } of agents) {
        if (actionSpace == null || actionSpace.unchanged) continue;
        const { admissible, complete, tools } = actionSpace;
        const body = {
          ...(admissible.length === 0 ? {} : { admissible }),
          ...(complete ? { complete } : {}),
          ...(tools.length === 0 ? {} : { tools: tools.map(setFields) }),
        };
        const expected = publishedHash("action-space", "action-space/1", body);
        demandEqual(actionSpace.digest.toString("hex"), expected, `action_space.digest at seq ${seq}`);
      }
    }
  }
}

function setFields(tool: { name: string; description: string; inputSchemaJson: string }): Body {
  const { name, description, inputSchemaJson } = tool;
  const fields = { name, description, input_schema_json: inputSchemaJson };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ""));
}

async function unchangedIsTrue(subject: Subject): Promise<void> {
  for (const episode of await someEpisodes(subject)) {
    const digests = new Map<string, string>();
    for (const { agents, seq } of episode.outcomes) {
      for (const { agentId, actionSpace } of agents) {
        if (actionSpace == null) continue;
        const digest = actionSpace.digest.toString("hex");
        if (actionSpace.unchanged) {
          demand(seq > 0, "the first outcome of a group says that its action space is unchanged");
          demandEqual(digest, digests.get(agentId) ?? "", `digest of the unchanged action space at seq ${seq}`);
        }
        digests.set(agentId, digest);
      }
    }
  }
}

async function fullImpliesSemantic(subject: Subject): Promise<void> {
  const semanticOf = new Map<string, string>();
  const nextOf = new Map<string, string>();
  const task = await subject.task(2);
  for (const episode of Episode.of(subject, await subject.group({ task, replicas: 4 }))) {
    const actions = await episode.play(STEPS);
    episode.outcomes.forEach((outcome, seq) => {
      const full = outcome.fullStateHash.toString("hex");
      const semantic = outcome.semanticStateHash.toString("hex");
      demandEqual(semantic, semanticOf.get(full) ?? semantic, `semantic hash at seq ${seq} beside full hash ${full}`);
      semanticOf.set(full, semantic);
      const next = episode.outcomes[seq + 1];
      if (next === undefined) return;
      const future = `${full} ${JSON.stringify(actions[seq])}`;
      const seen = next.fullStateHash.toString("hex");
      demandEqual(seen, nextOf.get(future) ?? seen, `full hash after equal actions in equal states, seq ${seq + 1}`);
      nextOf.set(future, seen);
    });
  }
}

async function statesDiffer(subject: Subject): Promise<void> {
  const seen = new Set<string>();
  for (const task of await subject.tasks(4)) {
    const { initial } = await subject.group({ task });
    demand(initial != null, "a group has no initial outcome");
    seen.add(initial.semanticStateHash.toString("hex"));
  }
  const count = new Set((await subject.tasks(4)).map(({ contentDigest }) => contentDigest.toString("hex"))).size;
  demand(seen.size === count, `${count} different tasks start in ${seen.size} different semantic hashes`);
}

async function readingChangesNothing(subject: Subject): Promise<void> {
  const episode = await runningEpisode(subject, 2);
  const actions = episode.drawActions();
  const item = episode.item(actions);
  const first = (await subject.stepOne(item)).outcome;
  const again = (await subject.stepOne(item, { detail: "DETAIL_LEAN" })).outcome;
  const third = (await subject.stepOne(item)).outcome;
  demand(first != null && again != null && third != null, "a stored outcome could not be asked for again");
  demandEqual(again.fullStateHash.toString("hex"), first.fullStateHash.toString("hex"), "full hash under LEAN");
  demandEqual(identity(third), identity(first), "the outcome after it was read twice");
  const other = await newEpisode(subject);
  demand(other.latest.seq === 0, "a new episode does not start at seq 0");
}

export const hashRules = [
  rule("HSH-1", "core", "Every hash has 32 bytes.", hashesAre32Bytes),
  rule(
    "HSH-2",
    "core",
    "observation_hash is the published hash of the observation, or of its anchor.",
    observationHashesArePublished,
  ),
  rule("HSH-3", "core", "An action space's digest is the published hash of its lists.", spaceDigestsArePublished),
  rule(
    "HSH-4",
    "core",
    "An action space that is `unchanged` has the digest of one seq earlier, and no first outcome has one.",
    unchangedIsTrue,
  ),
  rule("HSH-5", "core", "Equal full hashes come with equal semantic hashes and equal futures.", fullImpliesSemantic),
  rule("HSH-6", "core", "Different tasks never share a semantic hash.", statesDiffer),
  rule("HSH-7", "core", "Reading an outcome again changes no state.", readingChangesNothing),
];
