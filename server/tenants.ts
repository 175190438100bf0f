// One set of sessions, streams and services per principal, behind one port: ids of others are simply not there, so they
// answer NOT_FOUND like ids that never were. A call finds its tenant by the caller that the interceptor recognised.

import type { ServerUnaryCall, ServiceDefinition, sendUnaryData, UntypedServiceImplementation } from "@grpc/grpc-js";
import { AnchorgymError, fail } from "../proto/errors.ts";
import type { CreateGroupsRequest } from "../proto/gen/anchorgym/v1/CreateGroupsRequest.ts";
import type { CreateGroupsResponseInit } from "../proto/gen/anchorgym/v1/CreateGroupsResponse.ts";
import type { StepRequest } from "../proto/gen/anchorgym/v1/StepRequest.ts";
import type { StepResponseInit } from "../proto/gen/anchorgym/v1/StepResponse.ts";
import { encodeCallStatus } from "../proto/rich-status.ts";
import { callerOf } from "./interceptors/authenticate.ts";
import type { Identities } from "./security/identity.ts";
import { agentFrames } from "./services/agent-frames.ts";
import { type Agent, answerAgentStep } from "./services/agent-plane.ts";
import { type InteractCall, openStream } from "./services/interact.ts";
import type { InteractStreams } from "./services/interact-streams.ts";
import type { ServiceContext } from "./services/service-context.ts";
import { unary } from "./services/unary.ts";

export interface Tenant {
  readonly context: ServiceContext;
  readonly streams: InteractStreams;
  /** Handlers by service name. */
  readonly services: Readonly<Record<string, UntypedServiceImplementation>>;
}

type AnyCall = ServerUnaryCall<unknown, unknown>;
type AnyHandler = (call: AnyCall, callback?: sendUnaryData<unknown>) => void;

/** Stands for a request whose bytes are no message of its type; handlers never see it. */
export const MALFORMED: Readonly<Record<string, never>> = Object.freeze({});

/** The handlers of `service` that hand each call to the tenant of its caller. */
export function dispatch(
  service: string,
  definition: ServiceDefinition,
  tenants: ReadonlyMap<string, Tenant>,
  identities: Identities,
): UntypedServiceImplementation {
  const handlers: Record<string, AnyHandler> = {};
  for (const method of Object.keys(definition)) {
    handlers[method] = (call, callback) => {
      if (call.request === MALFORMED) {
        callback?.(encodeCallStatus(fail("MESSAGE_INVALID", `the bytes are no request of ${method}`)));
        return;
      }
      const caller = callerOf(call.metadata);
      const tenant = tenants.get(caller.principal.name);
      const handler = tenant?.services[service]?.[method] as AnyHandler | undefined;
      if (tenant === undefined || handler === undefined) {
        callback?.(encodeCallStatus(fail("SCOPE_MISSING", "this caller has no sessions here")));
        return;
      }
      if (caller.kind === "agent") {
        serveAgent(tenant, caller, call, callback);
        return;
      }
      if (method === "CreateGroups" && callback !== undefined) {
        createGroups(tenant, call, callback, handler, identities);
        return;
      }
      handler(call, callback);
    };
  }
  return handlers as UntypedServiceImplementation;
}

/** The agent plane: Step, and Interact where there is no callback. The interceptor lets no other call of an agent pass. */
function serveAgent(
  { context, streams }: Tenant,
  agent: Agent,
  call: AnyCall,
  callback: sendUnaryData<unknown> | undefined,
): void {
  if (callback === undefined) {
    openStream(context, streams, call as unknown as InteractCall, agentFrames(context, agent));
    return;
  }
  const handle = unary("Step", context, (request: StepRequest) => answerAgentStep(context, request, agent));
  handle(call as ServerUnaryCall<StepRequest, StepResponseInit>, callback as sendUnaryData<StepResponseInit>);
}

/** CreateGroups with agent tokens: the tenant's own handler creates, and its answer gets the tokens. */
function createGroups(
  tenant: Tenant,
  call: AnyCall,
  callback: sendUnaryData<unknown>,
  handler: AnyHandler,
  identities: Identities,
): void {
  const request = call.request as CreateGroupsRequest;
  if (!request.issueAgentTokens) {
    handler(call, callback);
    return;
  }
  let agentIds: readonly string[];
  try {
    agentIds = tokenAgents(tenant.context, request);
  } catch (thrown) {
    callback(encodeCallStatus(AnchorgymError.from(thrown)));
    return;
  }
  request.issueAgentTokens = false;
  handler(call, (error, response, ...rest) => {
    for (const { group } of (response as CreateGroupsResponseInit | undefined)?.results ?? []) {
      for (const session of group?.sessions ?? []) {
        session.agentTokens = agentIds.map((agentId) => ({
          agentId,
          token: identities.agentToken(tenant.context.principal, session.sessionId ?? "", agentId),
        }));
      }
    }
    callback(error, response, ...rest);
  });
}

/** @throws {RequestError} MESSAGE_INVALID where several agents act in one step: none of them could step alone */
function tokenAgents(context: ServiceContext, { environment, version }: CreateGroupsRequest): readonly string[] {
  let description: ReturnType<ServiceContext["worlds"]["find"]>["world"]["description"];
  try {
    description = context.worlds.find(environment, version).world.description;
  } catch {
    return []; // an unknown environment is the error of every item
  }
  if (description.turnModel === "SIMULTANEOUS") {
    throw fail("MESSAGE_INVALID", "agents of a SIMULTANEOUS environment cannot step alone; issue no tokens for it", {
      ids: { field: "issue_agent_tokens" },
    });
  }
  return description.agents.map(({ agentId }) => agentId);
}
