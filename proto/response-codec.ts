// Answers <-> bytes, as proto-loader has them, except that equal action spaces are encoded and decoded once: many
// outcomes list the same actions (replicas in one room), and their strings are most of what a step costs on both sides.
// The bytes on the wire are the same, for a nested message and a `bytes` field look alike there.

import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import protobuf from "protobufjs";
import type { ActionSpace, ActionSpaceInit } from "./gen/anchorgym/v1/ActionSpace.ts";
import type { AgentOutcome } from "./gen/anchorgym/v1/AgentOutcome.ts";
import { LOADER_OPTIONS, PROTO_FILES } from "./proto-files.ts";

export interface ResponseCodec {
  /** An ActionSpace that is frozen is encoded once; it must not hold parts that change. */
  readonly serialize: (message: object) => Buffer;
  /** Action spaces are shared among messages, and frozen with their lists. */
  readonly deserialize: (bytes: Buffer) => object;
}

const OUTCOME_TYPE = "anchorgym.v1.AgentOutcome";
const SPACE_TYPE = "anchorgym.v1.ActionSpace";
const SPACE_FIELD = "actionSpace";
/** Decoded action spaces that are kept, by their bytes. */
const MAX_KNOWN_SPACES = 4_096;

/** Of a method's responses, by the full name of its service. */
export function responseCodecs(): (serviceName: string, methodName: string) => ResponseCodec {
  const root = loadTypes();
  shareSpaces(root);
  return (serviceName, methodName) => {
    const type = root.lookupService(serviceName).methods[methodName]?.resolvedResponseType;
    if (type == null) throw new Error(`no method ${serviceName}/${methodName} in proto/`);
    return {
      serialize: (message) => type.encode(type.fromObject(message)).finish() as Buffer,
      deserialize: (bytes) => type.toObject(type.decode(bytes), LOADER_OPTIONS),
    };
  };
}

function loadTypes(): protobuf.Root {
  const protoRoot = dirname(fileURLToPath(import.meta.url));
  const root = new protobuf.Root();
  const resolve = root.resolvePath.bind(root);
  root.resolvePath = (origin, target) =>
    PROTO_FILES.some((file) => file === target) ? `${protoRoot}/${target}` : resolve(origin, target);
  root.loadSync([...PROTO_FILES]).resolveAll();
  return root;
}

/** Reads the field as bytes and puts the space in its place, on the way in and on the way out. */
function shareSpaces(root: protobuf.Root): void {
  const outcome = root.lookupType(OUTCOME_TYPE);
  const declared = outcome.get(SPACE_FIELD) as protobuf.Field;
  outcome.remove(declared);
  outcome.add(new protobuf.Field(SPACE_FIELD, declared.id, "bytes"));
  outcome.setup();

  const encodeSpace = spaceEncoder(root.lookupType(SPACE_TYPE));
  const decodeSpace = spaceDecoder(root.lookupType(SPACE_TYPE));
  const fromObject = outcome.fromObject.bind(outcome);
  outcome.fromObject = (object: { readonly [SPACE_FIELD]?: ActionSpaceInit | null }) => {
    const message = fromObject(object) as protobuf.Message & { [SPACE_FIELD]?: Uint8Array }; // takes no object for bytes
    const space = object[SPACE_FIELD];
    if (space != null) message[SPACE_FIELD] = encodeSpace(space);
    return message;
  };
  const toObject = outcome.toObject.bind(outcome);
  outcome.toObject = (message: protobuf.Message & { [SPACE_FIELD]?: Buffer }, options) => {
    const object = toObject(message, options) as AgentOutcome;
    const bytes = Object.hasOwn(message, SPACE_FIELD) ? message[SPACE_FIELD] : undefined;
    object[SPACE_FIELD] = bytes === undefined ? null : decodeSpace(bytes);
    return object;
  };
}

function spaceEncoder(type: protobuf.Type): (space: ActionSpaceInit) => Uint8Array {
  const known = new WeakMap<ActionSpaceInit, Uint8Array>();
  return (space) => {
    let bytes = known.get(space);
    if (bytes === undefined) {
      bytes = type.encode(type.fromObject(space)).finish();
      if (Object.isFrozen(space)) known.set(space, bytes);
    }
    return bytes;
  };
}

function spaceDecoder(type: protobuf.Type): (bytes: Buffer) => ActionSpace {
  const known = new Map<string, ActionSpace>();
  return (bytes) => {
    const key = bytes.toString("latin1");
    let space = known.get(key);
    if (space === undefined) {
      // A copy: the space outlives the message that it came with.
      space = type.toObject(type.decode(Buffer.from(bytes)), LOADER_OPTIONS) as ActionSpace;
      Object.freeze(space.admissible);
      for (const tool of space.tools) Object.freeze(tool);
      Object.freeze(space.tools);
      Object.freeze(space);
      const oldest = known.size < MAX_KNOWN_SPACES ? undefined : known.keys().next().value;
      if (oldest !== undefined) known.delete(oldest);
      known.set(key, space);
    }
    return space;
  };
}
