// Reads and writes safetensors files, the weight format of Hugging Face: an 8-byte little-endian header length, a JSON
// header, then the tensors without a gap. A file that is cut, has holes or overlaps, or whose sizes contradict its
// shapes is refused with a sentence that names the file and the tensor; nothing is read from the file but numbers.
// Directories and fsync are not here: see atomic-directory.ts. Format: huggingface/safetensors README.

import { createHash } from "node:crypto";
import { type FileHandle, open } from "node:fs/promises";
import { endianness } from "node:os";
import { fail } from "../../../proto/errors.ts";
import {
  checkCoverage,
  dataStartOf,
  LENGTH_BYTES,
  parseHeader,
  type SafetensorsHeader,
  tensorSizeBytes,
} from "./safetensors-header.ts";
import { bytesPerElement, type TensorDtype } from "./tensor-dtype.ts";

/** One stored tensor: row-major, little-endian bytes, `shape` in elements ([] is a scalar). */
export interface StoredTensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  /** Exactly product(shape) * bytesPerElement(dtype) long; a view on the file's bytes when it was read. */
  readonly data: Uint8Array;
}

/** A tensor whose bytes are made when they are written, so that a file larger than memory's spare room can be. */
export interface LazyTensor {
  readonly dtype: TensorDtype;
  readonly shape: readonly number[];
  read(): Uint8Array;
}
export type TensorSource = StoredTensor | LazyTensor;

export interface SafetensorsFile {
  /** In the order of the header. */
  readonly tensors: ReadonlyMap<string, StoredTensor>;
  /** Free-form strings, for example { format: "pt" }. */
  readonly metadata: Readonly<Record<string, string>>;
}

/** Header plus padding is a multiple of this, so every tensor can be viewed in place. */
const ALIGNMENT_BYTES = 8;
/** One read or write call moves at most this much. */
const CHUNK_BYTES = 1 << 29;

/**
 * Decodes a whole file.
 * @param place names the source in error messages, usually its path.
 * @throws {EngineError} CHECKPOINT_CORRUPT when it is cut, or its header contradicts its bytes.
 */
export function decodeSafetensors(bytes: Uint8Array, place: string): SafetensorsFile {
  const dataStart = dataStartOf(bytes.subarray(0, LENGTH_BYTES), bytes.byteLength, place);
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
 * @returns the SHA-256 of the file, in hexadecimal
 * @throws {EngineError} CHECKPOINT_CORRUPT when a tensor's bytes do not fit its shape.
 */
export async function writeSafetensors(
  file: string,
  tensors: ReadonlyMap<string, TensorSource>,
  metadata: Readonly<Record<string, string>> = {},
): Promise<string> {
  const ordered = writingOrder(tensors);
  const header = encodeHeader(ordered, metadata, file);
  const hash = createHash("sha256").update(header);
  const handle = await open(file, "w");
  try {
    await writeAll(handle, header);
    for (const [name, tensor] of ordered) {
      const data = "data" in tensor ? tensor.data : tensor.read();
      checkBytes(`${file}, tensor "${name}"`, tensor, data);
      hash.update(data);
      await writeAll(handle, data);
    }
  } finally {
    await handle.close();
  }
  return hash.digest("hex");
}

/** The whole file as one array; the bytes that writeSafetensors writes. */
export function encodeSafetensors(
  tensors: ReadonlyMap<string, StoredTensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const ordered = writingOrder(tensors);
  return Buffer.concat([encodeHeader(ordered, metadata, "safetensors"), ...ordered.map(([, tensor]) => tensor.data)]);
}

/** Cuts the data into tensors; together they must cover it exactly once. */
function readTensors(header: SafetensorsHeader, data: Uint8Array, place: string): SafetensorsFile {
  checkCoverage(header, data.byteLength, place);
  const tensors = new Map<string, StoredTensor>();
  for (const { name, dtype, shape, begin, end } of header.entries) {
    tensors.set(name, { dtype, shape, data: data.subarray(begin, end) });
  }
  return { tensors, metadata: header.metadata };
}

function writingOrder<Tensor extends TensorSource>(
  tensors: ReadonlyMap<string, Tensor>,
): readonly (readonly [string, Tensor])[] {
  if (endianness() !== "LE") throw new Error("safetensors are little-endian; this machine is big-endian");
  return [...tensors].sort(
    ([nameA, a], [nameB, b]) =>
      bytesPerElement(b.dtype) - bytesPerElement(a.dtype) || (nameA < nameB ? -1 : nameA > nameB ? 1 : 0),
  );
}

/** Length, JSON and padding spaces. The text is put together by hand: a tensor may have any name, "__proto__" too. */
function encodeHeader(
  ordered: readonly (readonly [string, TensorSource])[],
  metadata: Readonly<Record<string, string>>,
  file: string,
): Uint8Array {
  const parts: string[] = [];
  if (Object.keys(metadata).length > 0) parts.push(`"__metadata__":${JSON.stringify(metadata)}`);
  let begin = 0;
  for (const [name, tensor] of ordered) {
    const { dtype, shape } = tensor;
    const place = `${file}, tensor "${name}"`;
    if (name === "__metadata__") throw fail("CHECKPOINT_CORRUPT", `${place}: this name is reserved`);
    if ("data" in tensor) checkBytes(place, tensor, tensor.data);
    const size = tensorSizeBytes(dtype, shape);
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

function checkBytes(place: string, { dtype, shape }: TensorSource, data: Uint8Array): void {
  const size = tensorSizeBytes(dtype, shape);
  if (data.byteLength !== size) {
    throw fail("CHECKPOINT_CORRUPT", `${place}: ${dtype} [${shape}] needs ${size} bytes, it has ${data.byteLength}`);
  }
}

async function writeAll(handle: FileHandle, bytes: Uint8Array): Promise<void> {
  let offset = 0;
  while (offset < bytes.byteLength) {
    const length = Math.min(CHUNK_BYTES, bytes.byteLength - offset);
    offset += (await handle.write(bytes, offset, length)).bytesWritten;
  }
}
