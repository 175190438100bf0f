// A server that breaks the protocol on purpose: it stands in front of a true one, passes every call and frame on, and lets
// a mutation change what passes. So that each rule can be broken alone, whatever the true server learns.

import {
  type CallOptions,
  Client,
  credentials,
  type handleBidiStreamingCall,
  type handleUnaryCall,
  Metadata,
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  type ServiceDefinition,
  type ServiceError,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { HealthImplementation } from "grpc-health-check";
import { anchorgymV1 } from "../../proto/definition.ts";
import type { InteractRequest } from "../../proto/gen/anchorgym/v1/InteractRequest.ts";
import type { InteractResponse } from "../../proto/gen/anchorgym/v1/InteractResponse.ts";
import { onClose } from "./running-server.ts";

type Forward = (request: never) => Promise<never>;
/** Typed where it is written; the proxy itself does not look inside. */
export type UnaryMutation = (request: never, forward: Forward) => Promise<unknown>;

export interface Mutation {
  /** By method name. */
  readonly unary?: Readonly<Record<string, UnaryMutation>>;
  /** Frames that go on instead of the one that came. */
  readonly toServer?: (frame: InteractRequest, isFirst: boolean) => readonly InteractRequest[];
  readonly toClient?: (frame: InteractResponse) => readonly InteractResponse[] | "end";
  /** The client's half-close ends everything at once. */
  readonly rudeHalfClose?: boolean;
  /** Streams that end with a status end as if all were well. */
  readonly mildEnds?: boolean;
  /** Replaces SERVING. */
  readonly health?: "NOT_SERVING";
}

type Definition = ServiceDefinition[string];

function forwarder(client: Client, definition: Definition, metadata: Metadata): Forward {
  const { path, requestSerialize, responseDeserialize } = definition;
  // The true server may be about to come back.
  metadata.setOptions({ waitForReady: true });
  const options: CallOptions = { deadline: Date.now() + 15_000 };
  return (request: never) =>
    new Promise<never>((resolve, reject) => {
      client.makeUnaryRequest(
        path,
        requestSerialize,
        responseDeserialize,
        request,
        metadata,
        options,
        (error, answer) => {
          if (error === null) resolve(answer as never);
          else reject(error);
        },
      );
    });
}

function unaryHandler(
  client: Client,
  definition: Definition,
  mutate: UnaryMutation | undefined,
): handleUnaryCall<never, unknown> {
  return (call, callback) => {
    const forward = forwarder(client, definition, call.metadata.clone());
    const answer = mutate === undefined ? forward(call.request) : mutate(call.request, forward);
    answer.then(
      (value) => callback(null, value),
      (error: ServiceError) =>
        callback({ code: error.code, details: error.details, metadata: error.metadata ?? new Metadata() }),
    );
  };
}

function interactHandler(
  client: Client,
  definition: Definition,
  mutation: Mutation,
): handleBidiStreamingCall<never, unknown> {
  return (near: ServerDuplexStream<InteractRequest, unknown>) => {
    const { path, requestSerialize, responseDeserialize } = definition;
    const far = client.makeBidiStreamRequest<object, object>(
      path,
      requestSerialize as (value: object) => Buffer,
      responseDeserialize as (bytes: Buffer) => object,
      near.metadata.clone(),
    );
    let isFirst = true;
    near.on("data", (frame: InteractRequest) => {
      for (const sent of mutation.toServer?.(frame, isFirst) ?? [frame]) far.write(sent);
      isFirst = false;
    });
    near.on("end", () => {
      if (mutation.rudeHalfClose) near.end();
      far.end();
    });
    near.on("cancelled", () => far.cancel());
    far.on("data", (frame: object) => {
      const passed = mutation.toClient?.(frame as InteractResponse) ?? [frame];
      if (passed === "end") near.end();
      else for (const answer of passed) near.write(answer);
    });
    far.on("end", () => near.end());
    far.on("error", (error: ServiceError) => {
      if (mutation.mildEnds) near.end();
      else near.emit("error", { code: error.code, details: error.details, metadata: error.metadata });
    });
  };
}

/** The address of a server that behaves like the one at `target`, but for the mutation. */
export async function startMutant(target: string, mutation: Mutation): Promise<string> {
  const client = new Client(target, credentials.createInsecure());
  const server = new Server();
  for (const name of ["CatalogService", "EnvironmentService", "VerifierService"] as const) {
    const constructors = anchorgymV1 as unknown as Record<string, { readonly service: ServiceDefinition } | undefined>;
    const service = constructors[name]?.service;
    if (service === undefined) continue;
    const handlers: Record<string, handleUnaryCall<never, unknown> | handleBidiStreamingCall<never, unknown>> = {};
    for (const [method, definition] of Object.entries(service)) {
      handlers[method] = definition.requestStream
        ? interactHandler(client, definition, mutation)
        : unaryHandler(client, definition, mutation.unary?.[method]);
    }
    server.addService(service, handlers as UntypedServiceImplementation);
  }
  const health = new HealthImplementation({});
  const served = ["", "anchorgym.v1.CatalogService", "anchorgym.v1.EnvironmentService", "anchorgym.v1.VerifierService"];
  for (const name of served) health.setStatus(name, mutation.health ?? "SERVING");
  health.addToServer(server);
  const port = await new Promise<number>((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", ServerCredentials.createInsecure(), (error, bound) => {
      if (error === null) resolve(bound);
      else reject(error);
    });
  });
  onClose(() => {
    server.forceShutdown();
    client.close();
  });
  return `127.0.0.1:${port}`;
}
