// The weight files of a Hugging Face folder as one set of tensors: `model.safetensors`, or shards that
// `model.safetensors.index.json` lists. Every shard is opened and checked first; a tensor that the index promises and its
// shard lacks, or that two shards hold, is an error that names both. Writing splits above a size, as transformers does.

import { existsSync } from "node:fs";
import { readFile, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { fail } from "../../../proto/errors.ts";
import { type Checksums, checkChecksums } from "./checksums.ts";
import { type TensorSource, writeSafetensors } from "./safetensors.ts";
import { type HeaderEntry, tensorSizeBytes } from "./safetensors-header.ts";
import { SafetensorsReader } from "./safetensors-reader.ts";

/** What transformers splits at. */
const MAX_SHARD_BYTES = 5e9;

export interface WeightFiles {
  /** For messages: the file, or the folder of several. */
  readonly place: string;
  readonly tensors: ReadonlyMap<string, HeaderEntry & { readonly reader: SafetensorsReader }>;
  /** Of the first file. */
  readonly metadata: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/**
 * @param stem "model" of model.safetensors
 * @throws {EngineError} CHECKPOINT_CORRUPT, also where a file is not the one that the folder's checksums are of
 */
export async function openWeightFiles(directory: string, stem: string): Promise<WeightFiles> {
  const files = await openedWeightFiles(directory, stem);
  try {
    const names = new Set([...files.tensors.values()].map(({ reader }) => basename(reader.file)));
    await checkChecksums(directory, (name) => names.has(name));
    return files;
  } catch (error) {
    await files.close();
    throw error;
  }
}

async function openedWeightFiles(directory: string, stem: string): Promise<WeightFiles> {
  const index = join(directory, `${stem}.safetensors.index.json`);
  const single = join(directory, `${stem}.safetensors`);
  if (existsSync(single)) return opened(single, [await SafetensorsReader.open(single)]);
  if (!existsSync(index)) {
    const others = existsSync(join(directory, "pytorch_model.bin"))
      ? "; pytorch_model.bin is not read, save the model with safe_serialization"
      : "";
    throw fail("CHECKPOINT_CORRUPT", `${single} is missing, and so is ${basename(index)}${others}`);
  }
  const weightMap = await readIndex(index);
  const readers: SafetensorsReader[] = [];
  try {
    for (const name of new Set(weightMap.values())) {
      const shard = join(directory, name);
      if (!existsSync(shard)) throw fail("CHECKPOINT_CORRUPT", `${shard} is missing, but ${index} names it`);
      readers.push(await SafetensorsReader.open(shard));
    }
    const files = opened(directory, readers);
    for (const [tensor, shard] of weightMap) {
      if (files.tensors.get(tensor)?.reader.file !== join(directory, shard)) {
        throw fail(
          "CHECKPOINT_CORRUPT",
          `${join(directory, shard)}: tensor ${tensor} is missing, but ${index} names it`,
        );
      }
    }
    return files;
  } catch (error) {
    for (const reader of readers) await reader.close();
    throw error;
  }
}

function opened(place: string, readers: readonly SafetensorsReader[]): WeightFiles {
  const tensors = new Map<string, HeaderEntry & { readonly reader: SafetensorsReader }>();
  for (const reader of readers) {
    for (const [name, entry] of reader.entries) {
      const twin = tensors.get(name);
      if (twin !== undefined) {
        throw fail("CHECKPOINT_CORRUPT", `tensor ${name} is in ${twin.reader.file} and in ${reader.file}`);
      }
      tensors.set(name, { ...entry, reader });
    }
  }
  return {
    place,
    tensors,
    metadata: readers[0]?.metadata ?? {},
    close: async () => {
      for (const reader of readers) await reader.close();
    },
  };
}

/** Tensor name to shard file name. */
async function readIndex(file: string): Promise<ReadonlyMap<string, string>> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(file, "utf8"));
  } catch (error) {
    throw fail("CHECKPOINT_CORRUPT", `${file} is not JSON`, { cause: error });
  }
  const map = (json as { readonly weight_map?: unknown } | null)?.weight_map;
  const entries = typeof map === "object" && map !== null ? Object.entries(map) : [];
  const isNames = entries.every(([, shard]) => typeof shard === "string" && basename(shard) === shard);
  if (entries.length === 0 || !isNames) {
    throw fail("CHECKPOINT_CORRUPT", `${file}: weight_map does not map tensors to files beside it`);
  }
  return new Map(entries as [string, string][]);
}

/**
 * One file, or shards and their index where the tensors together exceed `maxShardBytes`.
 * @returns the checksums of the weight files
 */
export async function writeWeightFiles(
  directory: string,
  stem: string,
  tensors: ReadonlyMap<string, TensorSource>,
  maxShardBytes = MAX_SHARD_BYTES,
): Promise<Checksums> {
  const shards: Map<string, TensorSource>[] = [new Map()];
  let [shardBytes, totalBytes] = [0, 0];
  for (const [name, tensor] of tensors) {
    const size = tensorSizeBytes(tensor.dtype, tensor.shape);
    if (shardBytes > 0 && shardBytes + size > maxShardBytes) {
      shards.push(new Map());
      shardBytes = 0;
    }
    shards.at(-1)?.set(name, tensor);
    shardBytes += size;
    totalBytes += size;
  }
  const digits = (n: number) => String(n).padStart(5, "0");
  const fileOf = (i: number) =>
    shards.length === 1 ? `${stem}.safetensors` : `${stem}-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`;
  const sums = new Map<string, string>();
  for (const [i, shard] of shards.entries()) {
    sums.set(fileOf(i), await writeSafetensors(join(directory, fileOf(i)), shard, { format: "pt" }));
  }
  if (shards.length === 1) return sums;
  const weightMap = Object.fromEntries(
    shards.flatMap((shard, i) => [...shard.keys()].map((name) => [name, fileOf(i)])),
  );
  const index = { metadata: { total_size: totalBytes }, weight_map: weightMap };
  await writeFile(join(directory, `${stem}.safetensors.index.json`), `${JSON.stringify(index, null, 2)}\n`);
  return sums;
}
