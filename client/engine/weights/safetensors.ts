// Reads and writes safetensors files, the weight format of Hugging Face: an 8-byte little-endian header length, a JSON
// header, then the tensors without a gap. A file that is cut, has holes or overlaps, or whose sizes contradict its
// shapes is refused with a sentence that names the file and the tensor; nothing is read from the file but numbers.
// Directories and fsync are not here: see atomic-directory.ts. Format: huggingface/safetensors README.

import { type FileHandle, open } from "node:fs/promises";
import { endianness } from "node:os";
import { fail } from "../../../proto/errors.ts";
import { bytesPerElement, isTensorDtype, type TensorDtype } from "./tensor-dtype.ts";

/** One stored tensor: row-major, little-endian bytes, `shape` in elements ([] is a scalar). */
export interface StoredTensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Exactly product(shape) * bytesPerElement(dtype) long; a view on the file's bytes when it was read. */
  readonly data: Uint8Array;
}

export interface SafetensorsFile {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free-form strings, for example { format: "pt" }. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Upper bound on the JSON header, the one of the reference implementation. */
const MAX_HEADER_BYTES = 100_000_000;
const LENGTH_BYTES = 8;
/** Header plus padding is a multiple of this, so every tensor can be viewed in place. */
const ALIGNMENT_BYTES = 8;
/** One read or write call moves at most this much. */
const CHUNK_BYTES = 1 << 29;

/** Bytes of a tensor of this dtype and shape. */
export function tensorSizeBytes(dtype: TensorDtype, shape: readonly number[]): number {
  return shape.reduce((size, dimension) => size * dimension, bytesPerElement(dtype));
}

/**
 * Decodes a whole file.
 * @param place names the source in error messages, usually its path.
 * @throws {EngineError} CHECKPOINT_CORRUPT when it is cut, or its header contradicts its bytes.
 */
export function decodeSafetensors(bytes: Uint8Array, place: string): SafetensorsFile {
  if (bytes.byteLength < LENGTH_BYTES) {
    throw fail(
      "CHECKPOINT_CORRUPT",
      `${place}: truncated: ${bytes.byteLength} bytes, fewer than the 8 of the header length`,
    );
  }
  const length = new DataView(bytes.buffer, bytes.byteOffset, LENGTH_BYTES).getBigUint64(0, true);
  if (length > BigInt(MAX_HEADER_BYTES)) {
    throw fail(
      "CHECKPOINT_CORRUPT",
      `${place}: header length ${length} is above ${MAX_HEADER_BYTES}; not a safetensors file`,
    );
  }
  const dataStart = LENGTH_BYTES + Number(length);
  if (dataStart > bytes.byteLength) {
    throw fail(
      "CHECKPOINT_CORRUPT",
      `${place}: truncated: the header needs ${dataStart} bytes, the file has ${bytes.byteLength}`,
    );
  }
  const header = parseHeader(bytes.subarray(LENGTH_BYTES, dataStart), place);
  return readTensors(header, bytes.subarray(dataStart), place);
}

/** @throws {EngineError} CHECKPOINT_CORRUPT as decodeSafetensors; file-system errors pass unchanged. */
export async function readSafetensors(file: string): Promise<SafetensorsFile> {
  const handle = await open(file, "r");
  try {
    const { size } = await handle.stat();
    const bytes = new Uint8Array(size);
    let offset = 0;
    while (offset < size) {
      const { bytesRead } = await handle.read(bytes, offset, Math.min(CHUNK_BYTES, size - offset), offset);
      if (bytesRead === 0) {
        throw fail("CHECKPOINT_CORRUPT", `${file}: became shorter while it was read: ${offset} of ${size} bytes`);
      }
      offset += bytesRead;
    }
    return decodeSafetensors(bytes, file);
  } finally {
    await handle.close();
  }
}

/**
 * Writes `tensors` to `file`, wider dtypes first and then by name, so that every tensor is aligned to its element.
 * Not atomic by itself: call it inside writeDirectoryAtomically.
 * @throws {EngineError} CHECKPOINT_CORRUPT when a tensor's bytes do not fit its shape.
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<void> {
  const ordered = writingOrder(tensors);
  const header = encodeHeader(ordered, metadata, file);
  const handle = await open(file, "w");
  try {
    await writeAll(handle, header);
    for (const [, tensor] of ordered) await writeAll(handle, tensor.data);
  } finally {
    await handle.close();
  }
}

/** The whole file as one array; the bytes that writeSafetensors writes. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = writingOrder(tensors);
  return Buffer.concat([encodeHeader(ordered, metadata, "safetensors"), ...ordered.map(([, tensor]) => tensor.data)]);
}

interface HeaderEntry {
  readonly name: string;
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  readonly begin: number;
  readonly end: number;
}
interface Header {
  readonly entries: readonly HeaderEntry[];
  readonly metadata: Readonly<Record<string, string>>;
}

function parseHeader(bytes: Uint8Array, place: string): Header {
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

/** Cuts the data into tensors; together they must cover it exactly once. */
function readTensors(header: Header, data: Uint8Array, place: string): SafetensorsFile {
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
    if (entry.end > data.byteLength) {
      throw fail(
        "CHECKPOINT_CORRUPT",
        `${place}, tensor "${entry.name}": truncated: it ends at byte ${entry.end} of the data, the file holds ${data.byteLength}`,
      );
    }
    covered = entry.end;
  }
  if (covered !== data.byteLength) {
    throw fail("CHECKPOINT_CORRUPT", `${place}: wrong size: ${data.byteLength - covered} bytes after the last tensor`);
  }
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of header.entries) {
    tensors.set(name, { dtype, shape, data: data.subarray(begin, end) });
  }
  return { tensors, metadata: header.metadata };
}

function writingOrder(tensors: ReadonlyMap<string, StoredTensor>): readonly (readonly [string, StoredTensor])[] {
  if (endianness() !== "LE") throw new Error("safetensors are little-endian; this machine is big-endian");
  return [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      bytesPerElement(b.dtype) - bytesPerElement(a.dtype) || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0),
  );
}

/** Length, JSON and padding spaces. The text is put together by hand: a tensor may have any name, "__proto__" too. */
function encodeHeader(
  ordered: readonly (readonly [string, StoredTensor])[],
  metadata: Readonly<Record<string, string>>,
  file: string,
): Uint8Array {
  const parts: string[] = [];
  if (Object.keys(metadata).length > 0) parts.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let begin = 0;
  for (const [name, { dtype, shape, data }] of ordered) {
    const place = `${file}, tensor "${name}"`;
    if (name === "__metadata__") throw fail("CHECKPOINT_CORRUPT", `${place}: this name is reserved`);
    const size = tensorSizeBytes(dtype, shape);
    if (data.byteLength !== size) {
      throw fail("CHECKPOINT_CORRUPT", `${place}: ${dtype} [${shape}] needs ${size} bytes, it has ${data.byteLength}`);
    }
    const end = begin + size;
    parts.push(`${JSON.stringify(name)}:${JSON.stringify({ dtype, shape, data_offsets: [begin, end] })}`);
    begin = end;
  }
  const text = new TextEncoder().encode(`{${parts.join(",")}}`);
  const paddedLength = Math.ceil(text.byteLength / ALIGNMENT_BYTES) * ALIGNMENT_BYTES;
  const header = new Uint8Array(LENGTH_BYTES + paddedLength).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(paddedLength), true);
  header.set(text, LENGTH_BYTES);
  return header;
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const length = Math.min(CHUNK_BYTES, bytes.byteLength - offset);
    offset += (await handle.write(bytes, offset, length)).bytesWritten;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((size) => Number.isSafeInteger(size) && size >= 0);
}
