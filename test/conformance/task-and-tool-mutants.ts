// Ways to break the core rules about tasks by value and tool calls.

import type { Outcome } from "../../proto/gen/anchorgym/v1/Outcome.ts";
import type { Mutation } from "../doubles/mutant-server.ts";
import {
  agents,
  freshHash,
  groups,
  listed,
  OTHER_HASH,
  onCreate,
  onStep,
  reasonOf,
  relabelGroups,
  remembersActions,
  starts,
  stepItems,
  withReason,
} from "./mutations.ts";

export const TASK_AND_TOOL_MUTANTS: Readonly<Record<string, readonly Mutation[]>> = {
  "INL-1": [
    groups(({ initial, sessions }) => {
      Object.assign(initial as Outcome, { fullStateHash: freshHash() });
      for (const session of sessions) session.fullStateHash = (initial as Outcome).fullStateHash;
    }),
    onCreate((request, forward) =>
      forward({
        ...request,
        groups: request.groups.map((spec) => ({ ...spec, replicaSeeds: "REPLICA_SEEDS_DERIVED" as const })),
      }),
    ),
  ],
  "INL-2": [starts((outcome) => Object.assign(outcome, { semanticStateHash: OTHER_HASH() }))],
  "INL-3": [
    relabelGroups("MESSAGE_INVALID", "TASK_NOT_FOUND"),
    onCreate(async (request, forward) => {
      const response = await forward(request);
      const refused = response.results.find(({ status }) => status != null);
      return refused === undefined ? response : { ...response, results: response.results.map(() => refused) };
    }),
  ],
  "INL-4": [
    relabelGroups("INLINE_TASK_UNSUPPORTED", "MESSAGE_INVALID"),
    onCreate(async (request, forward) => {
      const response = await forward(request);
      const refused = response.results.find(({ status }) => reasonOf(status) === "INLINE_TASK_UNSUPPORTED");
      return refused === undefined ? response : { ...response, results: response.results.map(() => refused) };
    }),
  ],
  "INL-5": [
    onCreate((request, forward) => {
      const content = request.groups.map(({ inlineTaskJson }) => inlineTaskJson?.length ?? 0).join("-");
      return forward({ ...request, requestId: `${request.requestId}-${content}` });
    }),
    onCreate((request, forward) =>
      forward({
        ...request,
        groups: request.groups.map((spec) =>
          spec.inlineTaskJson === undefined ? spec : { ...spec, inlineTaskJson: spec.inlineTaskJson.trim() },
        ),
      }),
    ),
  ],
  "TOO-1": [
    starts(({ agents }) =>
      agents.map(({ actionSpace }) => actionSpace?.tools.map((tool) => Object.assign(tool, { name: "same" }))),
    ),
    starts(({ agents }) =>
      agents.map(({ actionSpace }) => actionSpace?.tools.map((tool) => Object.assign(tool, { inputSchemaJson: "" }))),
    ),
    listed((environment) =>
      Object.assign(environment, {
        actionModes: environment.actionModes.filter((mode) => mode !== "ACTION_MODE_TOOL_CALLS"),
      }),
    ),
  ],
  "TOO-2": [
    agents(
      (agent) =>
        agent.actionValidity === "ACTION_VALIDITY_SCHEMA_MISMATCH" &&
        Object.assign(agent, { actionValidity: "ACTION_VALIDITY_TOOL_FAILED" }),
    ),
    onStep(async (request, forward) => {
      const response = await forward(request);
      response.results.forEach((result, at) => {
        const mismatch = result.outcome?.agents.some(
          ({ actionValidity }) => actionValidity === "ACTION_VALIDITY_SCHEMA_MISMATCH",
        );
        if (!mismatch) return;
        response.results[at] = { ...result, outcome: null, status: withReason("MESSAGE_INVALID"), result: "status" };
      });
      return response;
    }),
  ],
  "TOO-3": [
    agents((agent) => Object.assign(agent, { actionValidity: "ACTION_VALIDITY_SCHEMA_MISMATCH" })),
    agents(({ observation }) => observation?.blocks.splice(0)),
  ],
  "TOO-4": [
    remembersActions(),
    stepItems((item) => ({
      ...item,
      actions: item.actions.map((action) => ({
        ...action,
        toolCalls:
          action.toolCalls == null ? null : { calls: action.toolCalls.calls.map((call) => ({ ...call, callId: "" })) },
      })),
    })),
  ],
};
