// Hand-written scenes of the text household: an outcome from a text and the actions offered after it.

import type { Outcome } from "../../client/transport/world-service.ts";

export function householdOutcome(observation: string, admissible: readonly string[] = []): Outcome {
  return {
    seq: 0,
    observation,
    admissible,
    tools: [],
    admissibleComplete: true,
    reward: 0,
    rewardComponents: [],
    validity: "",
    terminated: false,
    truncated: false,
    endReason: undefined,
    score: undefined,
    actingAgents: [""],
    normalizedAction: "",
    anchors: { observation: "", semantic: "", full: "" },
  };
}

/** The opening text; receptacles are named as the world does, numbers downwards within a class. */
export function householdOpening(receptacles: readonly string[], goal: string): Outcome {
  const named = receptacles.map((name) => `a ${name}`);
  const list = named.length < 2 ? named.join("") : `${named.slice(0, -1).join(", ")}, and ${named.at(-1)}`;
  return householdOutcome(
    "-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly around you, you see " +
      `${list}.\n\nYour task is to: ${goal}`,
    receptacles.map((name) => `go to ${name}`),
  );
}
