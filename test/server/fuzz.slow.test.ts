// Random messages and random bytes on every call: the server answers each with a documented status, goes on serving,
// and holds no session that a client did not get to know. Seeded; a failure prints its seed and its smallest case.

import { Metadata, type ServiceError, status } from "@grpc/grpc-js";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { anchorgymV1, packageDefinition } from "../../proto/definition.ts";
import { GRPC_CODES, isReason, REASONS } from "../../proto/errors.ts";
import { decodeCallError, decodeStatus } from "../../proto/rich-status.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { InteractProbe } from "../doubles/interact-probe.ts";
import { call, closeAll, createGroups, environmentClient, onClose, startServer } from "../doubles/running-server.ts";

afterEach(closeAll);

const SEED = 20_260_731;
const SERVICES = ["CatalogService", "EnvironmentService", "VerifierService"].filter(
  (name) => name in anchorgymV1 && `anchorgym.v1.${name}` in packageDefinition,
);
/** Codes that a caller may see: those of the table, and what gRPC itself says of size, deadline and missing services. */
const DOCUMENTED: ReadonlySet<number> = new Set([
  ...Object.values(REASONS).map(({ code }) => GRPC_CODES[code]),
  status.RESOURCE_EXHAUSTED,
  status.UNIMPLEMENTED,
]);

interface Field {
  readonly name: string;
  readonly label: string;
  readonly type: string;
  readonly typeName: string;
}
interface Descriptor {
  readonly type: { readonly field?: readonly Field[]; readonly value?: readonly { readonly name: string }[] };
}

const camel = (name: string): string => name.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

/** Values that mean something to the server, so that fuzzing gets past the first check. */
interface Known {
  readonly strings: string[];
}

function scalar(field: Field, known: Known): fc.Arbitrary<unknown> {
  switch (field.type) {
    case "TYPE_STRING":
      return fc.oneof(
        fc.string({ unit: "binary", maxLength: 40 }),
        fc.nat().map((n) => known.strings[n % known.strings.length]),
      );
    case "TYPE_BYTES":
      return fc
        .oneof(fc.uint8Array({ maxLength: 40 }), fc.uint8Array({ minLength: 32, maxLength: 32 }))
        .map(Buffer.from);
    case "TYPE_BOOL":
      return fc.boolean();
    case "TYPE_UINT32":
      return fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 0, max: 0xffff_ffff }));
    case "TYPE_INT32":
      return fc.oneof(fc.integer({ min: -2, max: 4 }), fc.integer());
    case "TYPE_UINT64":
      return fc.oneof(fc.nat().map(String), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map(String));
    case "TYPE_INT64":
      return fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }).map(String);
    case "TYPE_DOUBLE":
    case "TYPE_FLOAT":
      return fc.double();
    default:
      throw new Error(`no arbitrary for ${field.type}`);
  }
}

function descriptorOf(typeName: string): Descriptor {
  const name = typeName.replace(/^\./, "");
  const scopes = ["", "anchorgym.v1.", "google.protobuf.", "google.rpc."];
  const full = scopes.map((scope) => scope + name).find((candidate) => candidate in packageDefinition);
  if (full === undefined) throw new Error(`no descriptor of ${typeName}`);
  return packageDefinition[full] as unknown as Descriptor;
}

/** Objects that serialize to a message of this type. */
function messages(typeName: string, known: Known, depth = 0): fc.Arbitrary<object> {
  const fields = descriptorOf(typeName).type.field ?? [];
  const shape: Record<string, fc.Arbitrary<unknown>> = {};
  for (const field of fields) {
    let value: fc.Arbitrary<unknown>;
    if (field.type === "TYPE_MESSAGE") {
      if (depth >= 5) continue;
      value = messages(field.typeName, known, depth + 1);
    } else if (field.type === "TYPE_ENUM") {
      const names = (descriptorOf(field.typeName).type.value ?? []).map(({ name }) => name);
      value = fc.oneof(fc.constantFrom(...names), fc.integer({ min: 0, max: 99 }));
    } else {
      value = scalar(field, known);
    }
    shape[camel(field.name)] = field.label === "LABEL_REPEATED" ? fc.array(value, { maxLength: 3 }) : value;
  }
  return fc.record(shape, { requiredKeys: [] });
}

function errorOfCall(thrown: unknown): { code: number; reason: string } {
  const { code } = thrown as ServiceError;
  return { code, reason: decodeCallError(thrown).reason };
}

/** Ids of everything that an answer says was created. */
function createdGroups(answer: unknown): string[] {
  const ids: string[] = [];
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === "object" && value !== null && !Buffer.isBuffer(value)) {
      for (const [key, part] of Object.entries(value)) {
        if (key === "groupId" && typeof part === "string" && part !== "") ids.push(part);
        walk(part);
      }
    }
  };
  walk(answer);
  return ids;
}

function checkItemStatuses(answer: unknown): void {
  const walk = (value: unknown): void => {
    if (Array.isArray(value)) value.forEach(walk);
    else if (typeof value === "object" && value !== null && !Buffer.isBuffer(value)) {
      const item = value as { status?: { code: number; details: never[] } | null };
      if (item.status != null && typeof item.status === "object" && "details" in item.status) {
        const { reason, code } = decodeStatus(item.status as never);
        expect(isReason(reason) && reason !== "ANSWER_INVALID" && reason !== "INTERNAL_FAULT").toBe(true);
        expect(item.status.code).toBe(GRPC_CODES[code]);
      }
      Object.values(value).forEach(walk);
    }
  };
  walk(answer);
}

async function newTarget() {
  const server = await startServer([corridorWorld({ toolsAndInlineTasks: true }) as never], { maxSessions: 500 });
  const { results } = await createGroups(server.address, [0, 1], 2);
  const groups = results.map(({ group }) => group!);
  const strings = [
    "corridor",
    "train",
    "1.0.0",
    "",
    "lease-1",
    "request-x",
    "go",
    '{"direction": "left"}',
    '{"length": 5}',
    "g0",
    "{}",
    "go right",
    "look",
    "corridor/1.0.0/train/1",
    ...groups.flatMap((group) => [group.groupId, ...group.sessions.map(({ sessionId }) => sessionId)]),
  ];
  const groupIds = new Set(groups.map(({ groupId }) => groupId));
  /** Closes what clients know of; then nothing may be left. */
  const closeKnown = async () => {
    const ids = [...groupIds];
    for (let at = 0; at < ids.length; at += 500) {
      await call(environmentClient(server.address), "CloseSessions", { groupIds: ids.slice(at, at + 500) });
    }
    expect(server.liveSessionCount()).toBe(0);
  };
  return { server, known: { strings }, groupIds, closeKnown };
}

const METHODS = SERVICES.flatMap((service) =>
  Object.entries(anchorgymV1[service as "EnvironmentService"].service)
    .filter(([, method]) => !method.requestStream)
    .map(([name]) => [service, name] as const),
);

describe("random messages", () => {
  it.each(METHODS)("%s.%s answers each with a documented status and leaks nothing", async (service, method) => {
    const { server, known, groupIds, closeKnown } = await newTarget();
    const Client = anchorgymV1[service as "EnvironmentService"];
    const client = new Client(server.address, (await import("@grpc/grpc-js")).credentials.createInsecure());
    onClose(() => client.close());
    const definition = (Client.service as unknown as Record<string, { requestType: { type: { name: string } } }>)[
      method
    ]!;
    const arbitrary = messages(`anchorgym.v1.${definition.requestType.type.name}`, known);
    const invoke = (client as unknown as Record<string, (...words: unknown[]) => void>)[method]!.bind(client);
    await fc.assert(
      fc.asyncProperty(arbitrary, async (request) => {
        try {
          const answer = await new Promise<unknown>((resolve, reject) => {
            const options = { deadline: Date.now() + 10_000 };
            invoke(request, new Metadata(), options, (error: ServiceError | null, response: unknown) => {
              if (error === null) resolve(response);
              else reject(error);
            });
          });
          for (const id of createdGroups(answer)) groupIds.add(id);
          checkItemStatuses(answer);
        } catch (thrown) {
          if (!(thrown instanceof Error) || !("code" in thrown)) throw thrown;
          const { code, reason } = errorOfCall(thrown);
          expect(DOCUMENTED.has(code), `${method}: code ${code}`).toBe(true);
          expect(["INTERNAL_FAULT", "ANSWER_INVALID", "DEADLINE_EXCEEDED"], thrown.message).not.toContain(reason);
        }
      }),
      { seed: SEED, numRuns: 150 },
    );
    await createGroups(server.address, [2], 1).then((answer) => {
      for (const id of createdGroups(answer)) groupIds.add(id);
    });
    await closeKnown();
  });
});

describe("random bytes", () => {
  it.each(METHODS)("%s.%s calls bytes that are no message MESSAGE_INVALID", async (service, method) => {
    const { server, groupIds, closeKnown } = await newTarget();
    const client = environmentClient(server.address);
    const { path } = (
      anchorgymV1[service as "EnvironmentService"].service as never as Record<string, { path: string }>
    )[method]!;
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 60 }), async (bytes) => {
        await new Promise<void>((resolve, reject) => {
          client.makeUnaryRequest(
            path,
            () => Buffer.from(bytes),
            (answer) => answer,
            Buffer.alloc(0),
            new Metadata(),
            { deadline: Date.now() + 10_000 },
            (error) => {
              if (error === null || error === undefined) return resolve();
              const { code, reason } = errorOfCall(error);
              if (reason === "MESSAGE_INVALID") refused++;
              if (DOCUMENTED.has(code) && reason !== "INTERNAL_FAULT" && reason !== "ANSWER_INVALID") resolve();
              else reject(new Error(`${method}: ${code} ${error.message}`));
            },
          );
        });
      }),
      { seed: SEED, numRuns: 100 },
    );
    expect(refused).toBeGreaterThan(0);
    expect(groupIds.size).toBe(2);
    await closeKnown();
  });
});

describe("random frames on Interact", () => {
  it("each is answered or ignored, none ends the stream, and it still steps afterwards", async () => {
    const { server, known, closeKnown } = await newTarget();
    const probe = new InteractProbe(server.address);
    await probe.hello();
    const frames = fc.sample(messages("anchorgym.v1.InteractRequest", known), { seed: SEED, numRuns: 400 });
    for (const frame of frames) {
      // Session ids that are real could be closed by a random frame: this test keeps its sessions.
      if (!("closeSessions" in frame)) probe.stream.write({ ...frame, frameId: 7 } as never);
    }
    probe.stream.write({ frameId: 4_000_000, renewLease: { leaseId: "lease-1" } });
    await probe.until(() => probe.answersTo(4_000_000).length > 0);
    expect(probe.error).toBeUndefined();
    for (const { problem, step } of probe.frames) {
      checkItemStatuses(step);
      if (problem != null) expect(["INTERNAL_FAULT", "ANSWER_INVALID"]).not.toContain(decodeStatus(problem).reason);
    }
    await closeKnown();
  });
});
