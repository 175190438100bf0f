// Bytes of messages, counted where they become messages, which nothing above it sees.

import type { ServiceDefinition } from "@grpc/grpc-js";
import { MALFORMED } from "../tenants.ts";
import type { Metrics } from "./metrics.ts";

/** The definition with its bytes counted. Bytes that are no message become MALFORMED. */
export function counted<Definition extends ServiceDefinition>(definition: Definition, metrics: Metrics): Definition {
  const methods = Object.entries(definition).map(([name, method]) => {
    const requestDeserialize: typeof method.requestDeserialize = (bytes) => {
      metrics.transferred("in", bytes.length);
      try {
        return method.requestDeserialize(bytes);
      } catch {
        // gRPC would answer INTERNAL, which says that the server is broken; a stream would end. Interact answers
        // this, a frame without content, with a problem.
        return MALFORMED;
      }
    };
    const responseSerialize: typeof method.responseSerialize = (value) => {
      const bytes = method.responseSerialize(value);
      metrics.transferred("out", bytes.length);
      return bytes;
    };
    return [name, { ...method, requestDeserialize, responseSerialize }];
  });
  return Object.fromEntries(methods) as Definition;
}
