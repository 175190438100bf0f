// The head of a safetensors file: an 8-byte little-endian length and a JSON object that says where each tensor lies. Checked
// against the size of the file before a byte of data is read: what is cut, has holes or overlaps, or whose sizes contradict
// its shapes, is refused with a sentence that names the file and the tensor. Format: huggingface/safetensors README.

import { fail } from "../../../proto/errors.ts";
import { bytesPerElement, isTensorDtype, type TensorDtype } from "./tensor-dtype.ts";

export const LENGTH_BYTES = 8;
/** Upper bound on the JSON header, the one of the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;

/** Bytes of a tensor of this dtype and shape. */
export function tensorSizeBytes(dtype: TensorDtype, shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, bytesPerElement(dtype));
}

export interface HeaderEntry {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}
export interface SafetensorsHeader {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

/**
 * Where the tensors' data begins.
 * @param first the first 8 bytes of the file, or fewer where it has fewer
 * @throws {EngineError} CHECKPOINT_CORRUPT when the file cannot hold such a header
 */
export function dataStartOf(first: Uint8Array, fileBytes: number, place: string): number {
  if (fileBytes < LENGTH_BYTES) {
    throw fail("CHECKPOINT_CORRUPT", `${place}: truncated: ${fileBytes} bytes, fewer than the 8 of the header length`);
  }
  const length = new DataView(first.buffer, first.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw fail(
      "CHECKPOINT_CORRUPT",
      `${place}: header length ${length} is above ${MAX_HEADER_BYTES}; not a safetensors file`,
    );
  }
  const dataStart = LENGTH_BYTES + Number(length);
  if (dataStart > fileBytes) {
    throw fail(
      "CHECKPOINT_CORRUPT",
      `${place}: truncated: the header needs ${dataStart} bytes, the file has ${fileBytes}`,
    );
  }
  return dataStart;
}

/** @param bytes the JSON alone. @throws {EngineError} CHECKPOINT_CORRUPT */
export function parseHeader(bytes: Uint8Array, place: string): SafetensorsHeader {
  let parsed: unknown;
  try {
    parsed = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (error) {
    throw fail("CHECKPOINT_CORRUPT", `${place}: the header is not JSON in UTF-8`, { cause: error });
  }
  if (!isRecord(parsed)) throw fail("CHECKPOINT_CORRUPT", `${place}: the header is not a JSON object`);
  const entries: HeaderEntry[] = [];
  let metadata: Readonly<Record<string, string>> = {};
  for (const [name, value] of Object.entries(parsed)) {
    if (name === "__metadata__") metadata = parseMetadata(value, place);
    else entries.push(parseEntry(name, value, place));
  }
  return { entries, metadata };
}

function parseMetadata(value: unknown, place: string): Readonly<Record<string, string>> {
  if (!isRecord(value) || Object.values(value).some((text) => typeof text !== "string")) {
    throw fail("CHECKPOINT_CORRUPT", `${place}: __metadata__ is not an object of strings`);
  }
  return value as Readonly<Record<string, string>>;
}

function parseEntry(name: string, value: unknown, file: string): HeaderEntry {
  const place = `${file}, tensor "${name}"`;
  if (!isRecord(value)) throw fail("CHECKPOINT_CORRUPT", `${place}: its header entry is not an object`);
  const { dtype, shape, data_offsets: offsets } = value;
  if (!isTensorDtype(dtype)) throw fail("CHECKPOINT_CORRUPT", `${place}: unknown dtype ${JSON.stringify(dtype)}`);
  if (!isSizes(shape))
    throw fail("CHECKPOINT_CORRUPT", `${place}: shape ${JSON.stringify(shape)} is not a list of sizes`);
  if (!isSizes(offsets) || offsets.length !== 2 || offsets[0]! > offsets[1]!) {
    throw fail("CHECKPOINT_CORRUPT", `${place}: data_offsets ${JSON.stringify(offsets)} is not [begin, end]`);
  }
  const [begin, end] = offsets as [number, number];
  const size = tensorSizeBytes(dtype, shape);
  if (end - begin !== size) {
    throw fail(
      "CHECKPOINT_CORRUPT",
      `${place}: ${dtype} [${shape}] needs ${size} bytes, data_offsets give ${end - begin}`,
    );
  }
  return { name, dtype, shape, begin, end };
}

/** Together the tensors must cover the data exactly once. @throws {EngineError} CHECKPOINT_CORRUPT */
export function checkCoverage(header: SafetensorsHeader, dataBytes: number, place: string): void {
  let covered = 0;
  for (const entry of header.entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin < covered) {
      throw fail(
        "CHECKPOINT_CORRUPT",
        `${place}, tensor "${entry.name}": overlaps its neighbour at byte ${entry.begin}`,
      );
    }
    if (entry.begin > covered) {
      throw fail(
        "CHECKPOINT_CORRUPT",
        `${place}, tensor "${entry.name}": a hole of ${entry.begin - covered} bytes before it`,
      );
    }
    if (entry.end > dataBytes) {
      throw fail(
        "CHECKPOINT_CORRUPT",
        `${place}, tensor "${entry.name}": truncated: it ends at byte ${entry.end} of the data, the file holds ${dataBytes}`,
      );
    }
    covered = entry.end;
  }
  if (covered !== dataBytes) {
    throw fail("CHECKPOINT_CORRUPT", `${place}: wrong size: ${dataBytes - covered} bytes after the last tensor`);
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
