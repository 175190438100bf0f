// A folder of model fixtures: checkpoints, adapters, and golden/<name>/ with what they must give. The schema is that of the
// folder's README; every part of it may be absent, and what is absent is not checked.

import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export interface Fixture {
  /** Name of the folder. */
  readonly name: string;
  readonly directory: string;
  /** The golden folder that belongs to it. */
  readonly golden: string;
}

export interface FixtureFolder {
  readonly checkpoints: readonly Fixture[];
  readonly adapters: readonly Fixture[];
  /** Golden folders without anything that they belong to. */
  readonly orphans: readonly string[];
  /** golden/tokenizer and golden/chat, by file. */
  readonly texts: readonly { readonly kind: "tokenizer" | "chat"; readonly file: string }[];
}

/** A variant without golden folder of its own (shards of another) takes the longest name that begins its own. */
export function readFixtureFolder(root: string): FixtureFolder {
  const folders = (path: string) =>
    existsSync(path) ? readdirSync(path, { withFileTypes: true }).filter((entry) => entry.isDirectory()) : [];
  const goldenNames = folders(join(root, "golden")).map(({ name }) => name);
  const fixtures = folders(root).flatMap(({ name }): Fixture[] => {
    const golden = goldenNames
      .filter((candidate) => name === candidate || name.startsWith(`${candidate}-`))
      .sort((a, b) => b.length - a.length)[0];
    return golden === undefined ? [] : [{ name, directory: join(root, name), golden: `${root}/golden/${golden}` }];
  });
  const has = (file: string) => (fixture: Fixture) => existsSync(join(fixture.directory, file));
  const texts = (["tokenizer", "chat"] as const).flatMap((kind) => {
    const folder = join(root, "golden", kind);
    const files = existsSync(folder) ? readdirSync(folder).filter((file) => file.endsWith(".json")) : [];
    return files.sort().map((file) => ({ kind, file: join(folder, file) }));
  });
  return {
    checkpoints: fixtures.filter(has("config.json")),
    adapters: fixtures.filter((fixture) => !has("config.json")(fixture) && has("adapter_config.json")(fixture)),
    orphans: goldenNames.filter(
      (name) => name !== "tokenizer" && name !== "chat" && !fixtures.some(({ golden }) => golden.endsWith(`/${name}`)),
    ),
    texts,
  };
}

/** A golden JSON file; null where it is absent. */
export function readGolden<Shape>(folder: string, file: string): Shape | null {
  const path = join(folder, file);
  return existsSync(path) ? (JSON.parse(readFileSync(path, "utf8")) as Shape) : null;
}

/** Place of an array in a raw float32 file beside the JSON; offset in floats. */
export interface FloatsAt {
  readonly file: string;
  readonly shape: readonly number[];
  readonly offset: number;
}

export function floatsAt(folder: string, { file, shape, offset }: FloatsAt): Float32Array {
  const bytes = readFileSync(join(folder, file));
  const size = shape.reduce((product, dim) => product * dim, 1);
  return new Float32Array(new Uint8Array(bytes.subarray(4 * offset, 4 * (offset + size))).buffer);
}

/** What weights.json and the tables of optimiser runs say of a tensor, float64 sums over it in storage order. */
export interface Checksum {
  readonly sum: number;
  readonly l2: number;
  readonly wsum: number;
  readonly first: readonly number[];
}

export function checksum(values: Float32Array): Checksum {
  let [sum, squares, wsum] = [0, 0, 0];
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number;
    sum += value;
    squares += value * value;
    wsum += value * ((i % 97) + 1);
  }
  return { sum, l2: Math.sqrt(squares), wsum, first: [...values.subarray(0, 4)] };
}
