import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { anchorgymV1, messageType } from "../../proto/definition.ts";
import type { ActionSpaceInit } from "../../proto/gen/anchorgym/v1/ActionSpace.ts";
import type { StepResponse, StepResponseInit } from "../../proto/gen/anchorgym/v1/StepResponse.ts";

const { Step, Interact } = anchorgymV1.EnvironmentService.service;
/** proto-loader's own, which knows nothing of shared action spaces. */
const reference = messageType<StepResponseInit, StepResponse>("anchorgym.v1.StepResponse");

const hash = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
const tool = fc.record({ name: fc.string(), description: fc.string(), inputSchemaJson: fc.string() });
const text = fc.string({ unit: "grapheme" }).map((drawn) => drawn.toWellFormed());
const space = fc
  .record({ digest: hash, admissible: fc.array(text), complete: fc.boolean(), tools: fc.array(tool, { maxLength: 2 }) })
  .chain((drawn) => fc.constantFrom<ActionSpaceInit>(drawn, Object.freeze({ ...drawn })));
const agent = fc.record({
  agentId: fc.constantFrom("", "a", "b"),
  observation: fc.record({ blocks: fc.array(fc.record({ text }), { maxLength: 2 }) }),
  reward: fc.double({ noNaN: true, noDefaultInfinity: true }),
  actionValidity: fc.constantFrom("ACTION_VALIDITY_VALID" as const, "ACTION_VALIDITY_NO_EFFECT" as const),
  actionSpace: fc.constantFrom<ActionSpaceInit | null>(null, {}).chain((none) => fc.oneof(fc.constant(none), space)),
});
const response = fc.record({
  results: fc.array(
    fc.record({
      sessionId: fc.string(),
      seq: fc.nat(),
      outcome: fc.record({ seq: fc.nat(), agents: fc.array(agent, { maxLength: 3 }), fullStateHash: hash }),
    }),
    { maxLength: 3 },
  ),
});

describe("responses on the wire", () => {
  it("have the bytes that proto-loader writes, again and again", () => {
    void fc.assert(
      fc.property(response, (message) => {
        const expected = reference.serialize(message);
        expect(Step.responseSerialize(message)).toEqual(expected);
        expect(Step.responseSerialize(message)).toEqual(expected);
      }),
    );
  });

  it("are read as proto-loader reads them, again and again", () => {
    void fc.assert(
      fc.property(response, (message) => {
        const bytes = reference.serialize(message);
        const expected = reference.deserialize(bytes);
        expect(Step.responseDeserialize(bytes)).toEqual(expected);
        expect(Step.responseDeserialize(bytes)).toEqual(expected);
      }),
    );
  });

  it("carry a changed copy of a frozen action space as changed", () => {
    const full: ActionSpaceInit = Object.freeze({ digest: Buffer.alloc(32, 7), admissible: ["look"], complete: true });
    const messageOf = (actionSpace: ActionSpaceInit) => ({ results: [{ outcome: { agents: [{ actionSpace }] } }] });
    Step.responseSerialize(messageOf(full));
    const redacted = messageOf({ ...full, digest: Buffer.alloc(0) });
    expect(Step.responseSerialize(redacted)).toEqual(reference.serialize(redacted));
  });

  it("share a decoded action space, which nobody can change, and not the buffer it came in", () => {
    const spaceOf = (bytes: Buffer) => Step.responseDeserialize(bytes).results[0]?.outcome?.agents[0]?.actionSpace;
    const message = { results: [{ outcome: { agents: [{ actionSpace: { admissible: ["go", "stay"] } }] } }] };
    const bytes = Buffer.from(reference.serialize(message));
    const first = spaceOf(bytes);
    expect(() => first?.admissible.push("fly")).toThrow(TypeError);
    bytes.fill(0);
    expect(spaceOf(Buffer.from(reference.serialize(message)))).toBe(first);
    expect(first?.admissible).toEqual(["go", "stay"]);
  });

  it("broken bytes of an action space are refused", () => {
    const agentBytes = Buffer.from([0x0a, 0x02, 0x1a, 0x7f]); // a string longer than the message
    expect(() => Step.responseDeserialize(agentBytes)).toThrow();
    expect(() => Interact.responseDeserialize(Buffer.from([0x1a, 0x7f]))).toThrow();
  });
});
