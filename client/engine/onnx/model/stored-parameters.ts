// Between files in the Hugging Face layout and the flat arrays of the engine: chunk by chunk, so that loading needs the
// array and a few megabytes. A tensor that is missing, unknown, of another shape or not finite is refused with its name.

import { fail } from "../../../../proto/errors.ts";
import type { LazyTensor } from "../../weights/safetensors.ts";
import { encodeFloats, WEIGHT_DTYPES, type WeightDtype } from "../../weights/tensor-dtype.ts";
import type { WeightFiles } from "../../weights/weight-files.ts";
import { type ParameterSpec, type ParameterTable, transposed, viewOf } from "./parameters.ts";

/** Tensors of older exports that hold nothing to learn. */
const IGNORED = /\.rotary_emb\.inv_freq$/;
/** Rows that are transposed together: their destinations are neighbours. */
const TRANSPOSE_ROWS = 32;

/** A parameter's numbers, as they lie in memory; asked for once, when they are written. */
export type ParameterValues = (spec: ParameterSpec) => Float32Array;

/** Those of a flat array. */
export function valuesIn(flat: Float32Array): ParameterValues {
  return (spec) => viewOf(flat, spec);
}

/** Parameters as files store them, made one by one while they are written. */
export function storedTensors(
  table: ParameterTable,
  valuesOf: ParameterValues,
  suffix: string,
  dtype: WeightDtype = "float32",
): Map<string, LazyTensor> {
  return new Map(
    table.specs.map((spec): [string, LazyTensor] => [
      `${spec.name}${suffix}`,
      {
        dtype: WEIGHT_DTYPES[dtype],
        shape: storedShape(spec),
        read: () => {
          const values = valuesOf(spec);
          if (dtype === "float16") refuseBeyondFloat16(values, spec.name);
          const [rows, columns] = spec.shape as readonly [number, number];
          return encodeFloats(spec.storedTransposed ? transposed(values, rows, columns) : values, dtype);
        },
      },
    ]),
  );
}

/** From here on a number rounds to infinity. */
const FLOAT16_OVERFLOW = 65_520;

function refuseBeyondFloat16(values: Float32Array, name: string): void {
  const beyond = values.find((value) => Math.abs(value) >= FLOAT16_OVERFLOW);
  if (beyond === undefined) return;
  throw fail("WEIGHTS_REJECTED", `${name} holds ${beyond}, beyond float16's 65504; save as bfloat16 or float32`);
}

export function storedShape(spec: ParameterSpec): readonly number[] {
  return spec.storedTransposed ? spec.shape.toReversed() : spec.shape;
}

/**
 * Names and shapes, before anything is read.
 * @param isOther admits further names
 * @param cure what to do about names and shapes that do not fit
 * @throws {EngineError} CHECKPOINT_CORRUPT
 */
export function checkTensors(
  files: WeightFiles,
  table: ParameterTable,
  suffix: string,
  isOther: (name: string) => boolean,
  cure = COPY_AGAIN,
): void {
  const names = new Set(table.specs.map((spec) => `${spec.name}${suffix}`));
  for (const [name, { reader }] of files.tensors) {
    if (!names.has(name) && !isOther(name) && !IGNORED.test(name)) {
      throw corrupt(reader.file, `tensor ${name} belongs to no parameter of the model in config.json`, cure);
    }
  }
  for (const spec of table.specs) {
    const name = `${spec.name}${suffix}`;
    const tensor = files.tensors.get(name);
    if (tensor === undefined) throw corrupt(files.place, `tensor ${name} is missing`, cure);
    const [has, needs] = [tensor.shape.join(", "), storedShape(spec).join(", ")];
    if (has !== needs)
      throw corrupt(tensor.reader.file, `tensor ${name} has shape [${has}], the model needs [${needs}]`, cure);
  }
}

/**
 * Reads every parameter; into `flat`, or with null to see that all are finite. Call `checkTensors` first.
 * @throws {EngineError} CHECKPOINT_CORRUPT; `flat` is then partly filled
 */
export async function readParameters(
  files: WeightFiles,
  table: ParameterTable,
  suffix: string,
  flat: Float32Array | null,
): Promise<void> {
  for (const spec of table.specs) {
    const name = `${spec.name}${suffix}`;
    const reader = files.tensors.get(name)?.reader;
    if (reader === undefined) throw corrupt(files.place, `tensor ${name} is missing`);
    const columns = storedShape(spec)[1] ?? 1;
    await reader.readRows(name, (values, firstRow) => {
      refuseNonFinite(values, firstRow * columns, name, reader.file);
      if (flat === null) return;
      const view = viewOf(flat, spec);
      if (spec.storedTransposed) placeTransposed(values, firstRow, columns, view, spec.shape[1] as number);
      else view.set(values, firstRow * columns);
    });
  }
}

/** Stored rows become columns of a matrix with `width` of them. */
function placeTransposed(values: Float32Array, firstRow: number, columns: number, view: Float32Array, width: number) {
  const rows = values.length / columns;
  for (let from = 0; from < rows; from += TRANSPOSE_ROWS) {
    const to = Math.min(rows, from + TRANSPOSE_ROWS);
    for (let column = 0; column < columns; column++) {
      const start = column * width + firstRow;
      for (let row = from; row < to; row++) view[start + row] = values[row * columns + column] as number;
    }
  }
}

function refuseNonFinite(values: Float32Array, firstElement: number, name: string, file: string): void {
  for (let i = 0; i < values.length; i++) {
    if (Number.isFinite(values[i])) continue;
    throw corrupt(file, `tensor ${name} holds ${values[i]} at element ${firstElement + i}`);
  }
}

const COPY_AGAIN = "Use another checkpoint, or copy this one again";

export function corrupt(file: string, sentence: string, cure = COPY_AGAIN): Error {
  return fail("CHECKPOINT_CORRUPT", `${file}: ${sentence}. ${cure}`, { ids: { file } });
}
