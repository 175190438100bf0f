// Loads the .proto files once, typed by the committed types in gen/. The loader options and the flags of generate.ts
// have to agree, or the types lie. Works from the sources and from dist/, where copy-to-dist.ts puts the .proto files.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import { type GrpcObject, loadPackageDefinition } from "@grpc/grpc-js";
import { loadSync, type MessageTypeDefinition, type PackageDefinition } from "@grpc/proto-loader";
import type { ProtoGrpcType as CatalogType } from "./gen/catalog.ts";
import type { ProtoGrpcType as EnvironmentType } from "./gen/environment.ts";
import type { ProtoGrpcType as VerifierType } from "./gen/verifier.ts";
import { LOADER_OPTIONS, PROTO_FILES } from "./proto-files.ts";
import { responseCodecs } from "./response-codec.ts";

const protoRoot = dirname(fileURLToPath(import.meta.url));

/** Method definitions of all services and (de)serializers of all messages; what reflection serves. */
export const packageDefinition: PackageDefinition = loadSync([...PROTO_FILES], {
  includeDirs: [protoRoot],
  ...LOADER_OPTIONS,
});

const codecs = responseCodecs();
for (const [serviceName, service] of Object.entries(packageDefinition)) {
  if ("format" in service) continue;
  for (const [methodName, method] of Object.entries(service)) {
    const { serialize, deserialize } = codecs(serviceName, methodName);
    method.responseSerialize = serialize;
    method.responseDeserialize = deserialize;
  }
}

const loaded = loadPackageDefinition(packageDefinition) as GrpcObject as unknown as CatalogType &
  EnvironmentType &
  VerifierType;

/** Client constructors and service definitions of anchorgym.v1. */
export const anchorgymV1: CatalogType["anchorgym"]["v1"] &
  EnvironmentType["anchorgym"]["v1"] &
  VerifierType["anchorgym"]["v1"] = loaded.anchorgym.v1;

/** Full names of the services of this package, for health and reflection. */
export const SERVICE_NAMES = [
  "anchorgym.v1.CatalogService",
  "anchorgym.v1.EnvironmentService",
  "anchorgym.v1.VerifierService",
] as const;

/** Codec of one message type by its full name. @throws {Error} when no file declares it. */
export function messageType<Sent extends object, Received extends object>(
  fullName: string,
): MessageTypeDefinition<Sent, Received> {
  const definition = packageDefinition[fullName];
  if (definition === undefined || !("serialize" in definition)) throw new Error(`no message ${fullName} in proto/`);
  return definition as unknown as MessageTypeDefinition<Sent, Received>;
}
