// Between files in the Hugging Face layout and the flat arrays of the engine: chunk by chunk, so that loading needs the
// array and a few megabytes. A tensor that is missing, unknown, of another shape or not finite is refused with its name.

import { fail } from "../../../../proto/errors.ts";
import type { LazyTensor } from "../../weights/safetensors.ts";
import type { WeightFiles } from "../../weights/weight-files.ts";
import { type ParameterSpec, type ParameterTable, transposed, viewOf } from "./parameters.ts";

/** Tensors of older exports that hold nothing to learn. */
const IGNORED = /\.rotary_emb\.inv_freq$/;
/** Rows that are transposed together: their destinations are neighbours. */
const TRANSPOSE_ROWS = 32;

/** The parameters of `flat` as files store them, made one by one while they are written. */
export function storedTensors(table: ParameterTable, flat: Float32Array, suffix: string): Map<string, LazyTensor> {
  return new Map(
    table.specs.map((spec): [string, LazyTensor] => [
      `${spec.name}${suffix}`,
      {
        dtype: "F32",
        shape: storedShape(spec),
        read: () => {
          const view = viewOf(flat, spec);
          const [rows, columns] = spec.shape as readonly [number, number];
          const data = spec.storedTransposed ? transposed(view, rows, columns) : view;
          return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
        },
      },
    ]),
  );
}

export function storedShape(spec: ParameterSpec): readonly number[] {
  return spec.storedTransposed ? spec.shape.toReversed() : spec.shape;
}

/**
 * Names and shapes, before anything is read.
 * @param isOther admits further names
 * @throws {EngineError} CHECKPOINT_CORRUPT
 */
export function checkTensors(
  files: WeightFiles,
  table: ParameterTable,
  suffix: string,
  isOther: (name: string) => boolean,
): void {
  const names = new Set(table.specs.map((spec) => `${spec.name}${suffix}`));
  for (const [name, { reader }] of files.tensors) {
    if (!names.has(name) && !isOther(name) && !IGNORED.test(name)) {
      throw corrupt(reader.file, `tensor ${name} belongs to no parameter of the model in config.json`);
    }
  }
  for (const spec of table.specs) {
    const name = `${spec.name}${suffix}`;
    const tensor = files.tensors.get(name);
    if (tensor === undefined) throw corrupt(files.place, `tensor ${name} is missing`);
    const [has, needs] = [tensor.shape.join(", "), storedShape(spec).join(", ")];
    if (has !== needs)
      throw corrupt(tensor.reader.file, `tensor ${name} has shape [${has}], the model needs [${needs}]`);
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

export function corrupt(file: string, sentence: string): Error {
  return fail("CHECKPOINT_CORRUPT", `${file}: ${sentence}. Use another checkpoint, or copy this one again`, {
    ids: { file },
  });
}
