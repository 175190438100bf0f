// Reads a safetensors file piece by piece: the header is checked against the file's size when it is opened, the tensors
// come in chunks of whole rows, so that a checkpoint never lies in memory twice. Close what was opened.

import { type FileHandle, open } from "node:fs/promises";
import { fail } from "../../../proto/errors.ts";
import { checkCoverage, dataStartOf, type HeaderEntry, LENGTH_BYTES, parseHeader } from "./safetensors-header.ts";
import { bytesPerElement, decodeInto } from "./tensor-dtype.ts";

/** One read moves about this much. */
const CHUNK_BYTES = 1 << 22;

export class SafetensorsReader {
  readonly file: string;
  readonly entries: ReadonlyMap<string, HeaderEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  readonly #handle: FileHandle;
  readonly #dataStart: number;

  private constructor(file: string, handle: FileHandle, header: ReturnType<typeof parseHeader>, dataStart: number) {
    this.file = file;
    this.entries = new Map(header.entries.map((entry) => [entry.name, entry]));
    this.metadata = header.metadata;
    this.#handle = handle;
    this.#dataStart = dataStart;
  }

  /** @throws {EngineError} CHECKPOINT_CORRUPT; file-system errors pass unchanged */
  static async open(file: string): Promise<SafetensorsReader> {
    const handle = await open(file, "r");
    try {
      const { size } = await handle.stat();
      const first = new Uint8Array(LENGTH_BYTES);
      await readFully(handle, first, 0, Math.min(size, LENGTH_BYTES), file);
      const dataStart = dataStartOf(first, size, file);
      const json = new Uint8Array(dataStart - LENGTH_BYTES);
      await readFully(handle, json, LENGTH_BYTES, json.length, file);
      const header = parseHeader(json, file);
      checkCoverage(header, size - dataStart, file);
      return new SafetensorsReader(file, handle, header, dataStart);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  /**
   * The elements of a tensor as float32, in order, a whole number of rows (slices of axis 0) at a time.
   * @param visit is given a buffer that the next chunk overwrites, and the index of its first row
   * @throws {EngineError} CHECKPOINT_CORRUPT for a dtype that holds no weights, or a file that became shorter
   */
  async readRows(name: string, visit: (values: Float32Array, firstRow: number) => void): Promise<void> {
    const entry = this.entries.get(name);
    if (entry === undefined) throw new RangeError(`${this.file} has no tensor ${name}`);
    const rows = entry.shape[0] ?? 1;
    const rowBytes = (entry.end - entry.begin) / Math.max(rows, 1);
    const rowSize = rowBytes / bytesPerElement(entry.dtype);
    const rowsPerChunk = Math.max(1, Math.min(rows, Math.floor(CHUNK_BYTES / Math.max(rowBytes, 1))));
    const bytes = new Uint8Array(rowsPerChunk * rowBytes);
    const values = new Float32Array(rowsPerChunk * rowSize);
    for (let row = 0; row < rows; row += rowsPerChunk) {
      const count = Math.min(rowsPerChunk, rows - row);
      await readFully(this.#handle, bytes, this.#dataStart + entry.begin + row * rowBytes, count * rowBytes, this.file);
      const chunk = values.subarray(0, count * rowSize);
      try {
        decodeInto(entry.dtype, bytes.subarray(0, count * rowBytes), chunk);
      } catch (error) {
        throw fail("CHECKPOINT_CORRUPT", `${this.file}, tensor "${name}": ${(error as Error).message}`);
      }
      visit(chunk, row);
    }
  }

  close(): Promise<void> {
    return this.#handle.close();
  }
}

async function readFully(
  handle: FileHandle,
  into: Uint8Array,
  position: number,
  length: number,
  file: string,
): Promise<void> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(into, done, length - done, position + done);
    if (bytesRead === 0) throw fail("CHECKPOINT_CORRUPT", `${file}: became shorter while it was read`);
    done += bytesRead;
  }
}
