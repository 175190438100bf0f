// Which .proto files there are and how they are decoded: read by definition.ts (at run time) and generate.ts (types).

/** Relative to this folder. */
export const PROTO_FILES = [
  "anchorgym/v1/catalog.proto",
  "anchorgym/v1/environment.proto",
  "anchorgym/v1/verifier.proto",
  "google/rpc/status.proto",
  "google/rpc/error_details.proto",
] as const;

/** Options of proto-loader; `GENERATOR_FLAGS` says the same to its type generator. */
export const LOADER_OPTIONS = { longs: String, enums: String, oneofs: true, defaults: true } as const;

export const GENERATOR_FLAGS = [
  "--grpcLib=@grpc/grpc-js",
  "--longs=String",
  "--enums=String",
  "--oneofs",
  "--defaults",
  "--inputTemplate=%sInit",
  "--outputTemplate=%s",
  "--importFileExtension=.ts",
  "--includeComments",
] as const;
