// One listening gRPC port of ours: channel settings, health, reflection, and the end of it. The server and the front of
// several workers each have one.

import {
  Server,
  type ServerCredentials,
  type ServerInterceptor,
  type ServiceDefinition,
  type UntypedServiceImplementation,
} from "@grpc/grpc-js";
import { ReflectionService } from "@grpc/reflection";
import { HealthImplementation } from "grpc-health-check";
import { packageDefinition, SERVICE_NAMES } from "../proto/definition.ts";
import { fail } from "../proto/errors.ts";

/** `host` in a form that a client can dial. */
export function dialable(host: string, port: number): string {
  return `${host.includes(":") ? `[${host}]` : host}:${port}`;
}

/** Resolves with the promise, or when the time is over. */
export function within(promise: Promise<void>, limitMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, limitMs);
    void promise.then(() => {
      clearTimeout(timer);
      resolve();
    });
  });
}

export class GrpcPort {
  readonly #server: Server;
  readonly #health = new HealthImplementation({});
  /** As it was bound; the server's own name for the port. */
  #bound = "";

  constructor(maxMessageBytes: number, interceptors: ServerInterceptor[] = []) {
    this.#server = new Server({
      "grpc.max_receive_message_length": maxMessageBytes,
      "grpc.max_send_message_length": maxMessageBytes,
      "grpc.enable_channelz": 0,
      "grpc.keepalive_time_ms": 60_000,
      "grpc.keepalive_timeout_ms": 20_000,
      interceptors,
    });
    this.#health.addToServer(this.#server);
    new ReflectionService(packageDefinition, { services: [...SERVICE_NAMES] }).addToServer(this.#server);
  }

  addService(definition: ServiceDefinition, handlers: UntypedServiceImplementation): void {
    this.#server.addService(definition, handlers);
  }

  setHealth(status: "SERVING" | "NOT_SERVING"): void {
    for (const service of ["", ...SERVICE_NAMES]) this.#health.setStatus(service, status);
  }

  /** @param port 0: any free one. @returns the port. @throws {ConfigError} CONFIG_INVALID when it cannot be had */
  async listen(host: string, port: number, credentials: ServerCredentials): Promise<number> {
    const address = dialable(host, port);
    const bound = await new Promise<number>((resolve, reject) => {
      this.#server.bindAsync(address, credentials, (error, boundPort) => {
        if (error === null) resolve(boundPort);
        else reject(fail("CONFIG_INVALID", `cannot listen on ${address}: ${error.message}`, { cause: error }));
      });
    });
    this.#bound = dialable(host, bound);
    return bound;
  }

  /** Lets calls end for the grace, then cuts every connection. */
  async stop(graceMs: number): Promise<void> {
    // Without channelz forceShutdown knows no connections and leaves them open, and drain cuts only those that it was
    // the first to close: so drain comes first.
    this.#server.drain(this.#bound, graceMs);
    await within(new Promise<void>((resolve) => this.#server.tryShutdown(() => resolve())), graceMs + 100);
    this.#server.forceShutdown();
  }
}
