// A log file in the making, beside the one in use: the needed contents of one moment, then everything that the file in
// use has got since. It takes the other's place by a rename, so at every moment one whole file is there; what a crash
// leaves of an unfinished one is removed at the next start. Writing is done in slices, between which steps run.

import { closeSync, fsync, openSync, read, readSync, rmSync, write, writeSync } from "node:fs";
import { type ContentLine, contentLines, type FrozenContents } from "./log-contents.ts";

/** Lines are written when they are so many bytes together. */
const CHUNK_BYTES = 256 * 1_024;
/** Time of making lines without giving way, in milliseconds. */
const SLICE_MS = 2;

/** The server stops while it rewrites its log. */
export class RewriteAbandoned extends Error {
  override readonly name = "RewriteAbandoned";
}

export class LogRewrite {
  readonly path: string;
  readonly #file: number;
  readonly #isWanted: () => boolean;
  /** Bytes by session id, of the contents that were written. */
  readonly sizes = new Map<string, number>();
  #sizeBytes = 0;

  /** @param isWanted false: the log was closed, and the next await abandons the work. @throws {Error} of the disk */
  constructor(path: string, isWanted: () => boolean) {
    this.path = path;
    this.#isWanted = isWanted;
    this.#file = openSync(path, "w");
  }

  get sizeBytes(): number {
    return this.#sizeBytes;
  }

  /** The file, to be appended to from now on. */
  get file(): number {
    return this.#file;
  }

  /** In one go, for a start. */
  writeNow(contents: FrozenContents): void {
    for (const bytes of this.#chunks(contents, () => false)) this.#writeSync(bytes, bytes.length);
  }

  /** In slices. @throws {RewriteAbandoned} and {Error} of the disk */
  async write(contents: FrozenContents): Promise<void> {
    let sliceEndMs = performance.now() + SLICE_MS;
    for (const bytes of this.#chunks(contents, () => performance.now() > sliceEndMs)) {
      await this.#write(bytes, bytes.length);
      sliceEndMs = performance.now() + SLICE_MS;
    }
  }

  /**
   * Copies what the file in use has got, until hardly anything is left, and makes the whole durable.
   * @param used its file, open for reading
   * @param end its size now
   * @returns how far it was copied
   */
  async follow(used: number, from: number, end: () => number): Promise<number> {
    const bytes = Buffer.allocUnsafe(CHUNK_BYTES);
    let at = from;
    let isSynced = false;
    while (!isSynced || end() - at > CHUNK_BYTES) {
      while (at < end()) {
        const size = await readSome(used, bytes, at, Math.min(bytes.length, end() - at));
        await this.#write(bytes, size);
        at += size;
      }
      await settled((done) => fsync(this.#file, done));
      isSynced = true;
      this.#requireWanted();
    }
    return at;
  }

  /** The rest, at once. */
  followNow(used: number, from: number, end: number): void {
    const bytes = Buffer.allocUnsafe(CHUNK_BYTES);
    for (let at = from; at < end; ) {
      const size = readSync(used, bytes, 0, Math.min(bytes.length, end - at), at);
      if (size === 0) throw new Error(`the log is shorter than the ${end} bytes that were written to it`);
      this.#writeSync(bytes, size);
      at += size;
    }
  }

  /** Gives it up. */
  discard(): void {
    closeSync(this.#file);
    rmSync(this.path, { force: true });
  }

  /** The lines as chunks; one ends early when `isOver` says so. */
  *#chunks(contents: FrozenContents, isOver: () => boolean): Generator<Buffer, void> {
    let texts: string[] = [];
    let length = 0;
    for (const line of contentLines(contents)) {
      this.#count(line);
      texts.push(line.text);
      length += line.text.length;
      if (length < CHUNK_BYTES && !isOver()) continue;
      yield Buffer.from(texts.join(""));
      texts = [];
      length = 0;
    }
    yield Buffer.from(texts.join(""));
  }

  #count({ sessionId, text }: ContentLine): void {
    if (sessionId === undefined) return;
    this.sizes.set(sessionId, (this.sizes.get(sessionId) ?? 0) + Buffer.byteLength(text));
  }

  async #write(bytes: Buffer, size: number): Promise<void> {
    for (let written = 0; written < size; ) {
      const from = written;
      written += await settled<number>((done) => write(this.#file, bytes, from, size - from, null, done));
      this.#requireWanted();
    }
    this.#sizeBytes += size;
  }

  #writeSync(bytes: Buffer, size: number): void {
    for (let written = 0; written < size; ) written += writeSync(this.#file, bytes, written, size - written);
    this.#sizeBytes += size;
  }

  #requireWanted(): void {
    if (!this.#isWanted()) throw new RewriteAbandoned("the log is closed");
  }
}

async function readSome(file: number, bytes: Buffer, at: number, count: number): Promise<number> {
  const size = await settled<number>((done) => read(file, bytes, 0, count, at, done));
  if (size === 0) throw new Error(`the log ends at ${at} bytes, before what was written to it`);
  return size;
}

/** The outcome of a call of node:fs that takes a callback. */
function settled<Value = void>(call: (done: (error: Error | null, value?: Value) => void) => void): Promise<Value> {
  return new Promise((resolve, reject) => {
    call((error, value) => {
      if (error === null) resolve(value as Value);
      else reject(error);
    });
  });
}
