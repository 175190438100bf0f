import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  decodeSafetensors,
  encodeSafetensors,
  readSafetensors,
  type StoredTensor,
  writeSafetensors,
} from "../../../../client/engine/weights/safetensors.ts";
import { tensorSizeBytes } from "../../../../client/engine/weights/safetensors-header.ts";
import type { TensorDtype } from "../../../../client/engine/weights/tensor-dtype.ts";

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "anchorgym-safetensors-"));
});
afterAll(() => rm(directory, { recursive: true, force: true }));

function file(header: object | string, dataBytes: number): Uint8Array {
  const text = new TextEncoder().encode(typeof header === "string" ? header : JSON.stringify(header));
  const bytes = new Uint8Array(8 + text.length + dataBytes);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(text.length), true);
  bytes.set(text, 8);
  return bytes;
}

const tensorArbitrary = fc
  .record({
    dtype: fc.constantFrom<TensorDtype>("F32", "F16", "BF16", "I64", "U8", "F64", "BOOL"),
    shape: fc.array(fc.nat(4), { maxLength: 3 }),
    seed: fc.nat(255),
  })
  .map(
    ({ dtype, shape, seed }): StoredTensor => ({
      dtype,
      shape,
      data: new Uint8Array(tensorSizeBytes(dtype, shape)).map((_, i) => (i * 31 + seed) & 255),
    }),
  );

describe("safetensors", () => {
  test("a file that is written and read again has the same bits, names, shapes and metadata", async () => {
    const path = join(directory, "model.safetensors");
    const tensors = new Map<string, StoredTensor>([
      [
        "b.weight",
        { dtype: "F32", shape: [2, 3], data: new Uint8Array(Float32Array.of(1, -2, 0.5, NaN, Infinity, 3).buffer) },
      ],
      ["a.ids", { dtype: "I64", shape: [1], data: new Uint8Array(BigInt64Array.of(-7n).buffer) }],
      ["scalar", { dtype: "F16", shape: [], data: Uint8Array.of(0, 0x3c) }],
    ]);
    await writeSafetensors(path, tensors, { format: "pt", step: "12" });
    const read = await readSafetensors(path);
    expect(read.metadata).toEqual({ format: "pt", step: "12" });
    expect(new Set(read.tensors.keys())).toEqual(new Set(tensors.keys()));
    for (const [name, tensor] of tensors) {
      expect({ ...read.tensors.get(name)!, data: [...read.tensors.get(name)!.data] }).toEqual({
        ...tensor,
        data: [...tensor.data],
      });
    }
    expect(Buffer.compare(await readFile(path), encodeSafetensors(tensors, { format: "pt", step: "12" }))).toBe(0);
  });

  test("the data begins at a multiple of 8 bytes and each tensor at a multiple of its element", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), tensorArbitrary, { maxKeys: 6 }), (entries) => {
        const tensors = new Map(Object.entries(entries).filter(([name]) => name !== "__metadata__"));
        const bytes = encodeSafetensors(tensors);
        const headerLength = Number(new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true));
        expect((8 + headerLength) % 8).toBe(0);
        const read = decodeSafetensors(bytes, "memory").tensors;
        expect(read.size).toBe(tensors.size);
        for (const [name, tensor] of tensors) {
          const got = read.get(name)!;
          expect([...got.data]).toEqual([...tensor.data]);
          expect(got.shape).toEqual(tensor.shape);
          const elementBytes = tensorSizeBytes(got.dtype, []);
          expect((got.data.byteOffset - bytes.byteOffset) % elementBytes).toBe(0);
        }
      }),
    );
  });

  test("the same tensors give the same bytes, whatever their order in the map", () => {
    const a: StoredTensor = { dtype: "F32", shape: [1], data: Uint8Array.of(1, 2, 3, 4) };
    const b: StoredTensor = { dtype: "F16", shape: [1], data: Uint8Array.of(5, 6) };
    expect(
      encodeSafetensors(
        new Map([
          ["a", a],
          ["b", b],
        ]),
      ),
    ).toEqual(
      encodeSafetensors(
        new Map([
          ["b", b],
          ["a", a],
        ]),
      ),
    );
  });

  test("every proper prefix of a file is refused", () => {
    const whole = encodeSafetensors(new Map([["w", { dtype: "F32", shape: [2], data: new Uint8Array(8) }]]));
    for (let length = 0; length < whole.length; length++) {
      expect(() => decodeSafetensors(whole.subarray(0, length), "cut.safetensors")).toThrow(/cut\.safetensors/);
    }
  });

  const entry = (begin: number, end: number, shape = [(end - begin) / 4]) => ({
    dtype: "F32",
    shape,
    data_offsets: [begin, end],
  });
  test.each<[string, Uint8Array, RegExp]>([
    ["a missing length", new Uint8Array(3), /truncated: 3 bytes/],
    ["an absurd length", new Uint8Array(8).fill(0x7f), /header length .* is above/],
    ["a header that is cut", file({}, 0).subarray(0, 9), /truncated: the header needs/],
    ["a header that is not JSON", file("{nonsense", 0), /not JSON/],
    ["a header that is a list", file("[]", 0), /not a JSON object/],
    ["metadata with numbers", file({ __metadata__: { step: 1 } }, 0), /__metadata__ is not an object of strings/],
    [
      "an unknown dtype",
      file({ w: { dtype: "F3", shape: [1], data_offsets: [0, 4] } }, 4),
      /tensor "w": unknown dtype/,
    ],
    ["a negative size", file({ w: entry(0, 4, [-1]) }, 4), /shape \[-1\] is not a list of sizes/],
    ["offsets in the wrong order", file({ w: { dtype: "F32", shape: [1], data_offsets: [4, 0] } }, 4), /data_offsets/],
    ["a shape that does not fit", file({ w: entry(0, 4, [2]) }, 4), /needs 8 bytes, data_offsets give 4/],
    ["an overlap", file({ a: entry(0, 8), b: entry(4, 8) }, 8), /overlaps/],
    ["a hole", file({ a: entry(0, 4), b: entry(8, 12) }, 12), /a hole of 4 bytes/],
    ["cut data", file({ a: entry(0, 8) }, 4), /truncated: it ends at byte 8/],
    ["bytes after the end", file({ a: entry(0, 4) }, 6), /wrong size: 2 bytes after/],
  ])("%s is refused with the file's name", (_, bytes, sentence) => {
    expect(() => decodeSafetensors(bytes, "model.safetensors")).toThrow(sentence);
    expect(() => decodeSafetensors(bytes, "model.safetensors")).toThrow(/CHECKPOINT_CORRUPT.*model\.safetensors/);
  });

  test("a tensor whose bytes do not fit its shape is not written", () => {
    const tensors = new Map<string, StoredTensor>([["w", { dtype: "F32", shape: [2], data: new Uint8Array(4) }]]);
    expect(() => encodeSafetensors(tensors)).toThrow(/tensor "w": F32 \[2\] needs 8 bytes, it has 4/);
  });
});
