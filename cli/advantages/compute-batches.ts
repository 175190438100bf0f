// Advantages for the batches of an input file, in row order.

import { RowError } from "../../client/advantage/rows.ts";
import { configureAlgorithm } from "../../client/algorithms/registry.ts";
import { isAnchorgymError } from "../../proto/errors.ts";
import { type InputBatch, type InputFile, inputError } from "./batch-file.ts";

/** What is printed for one batch; arrays follow the order of its rows. */
export interface OutputBatch {
  readonly advantage: readonly number[];
  readonly episodeAdvantage: readonly number[];
  readonly stepAdvantage: readonly number[];
  readonly diagnostics?: Readonly<Record<string, number>>;
}

/** @throws {InputError} naming batch, row and field of the first thing that is wrong. */
export function computeBatches(
  input: InputFile,
  algorithmName: string,
  withDiagnostics: boolean,
): readonly OutputBatch[] {
  return input.batches.map((batch, b) => computeBatch(batch, `batches[${b}]`, algorithmName, withDiagnostics));
}

function computeBatch(batch: InputBatch, place: string, algorithmName: string, withDiagnostics: boolean): OutputBatch {
  const named = batch.config["name"];
  if (named !== undefined && named !== algorithmName) {
    throw inputError(`${place}.config.name`, `is ${JSON.stringify(named)}; remove it or pass --algorithm ${named}`);
  }
  try {
    const result = configureAlgorithm({ ...batch.config, name: algorithmName }).advantage(batch.rows);
    return {
      advantage: [...result.advantage],
      episodeAdvantage: [...result.episodeAdvantage],
      stepAdvantage: [...result.stepAdvantage],
      ...(withDiagnostics ? { diagnostics: result.diagnostics } : {}),
    };
  } catch (error) {
    if (error instanceof RowError) {
      throw inputError(`${place}.rows[${error.row}].${error.field}`, error.sentence, error);
    }
    if (isAnchorgymError(error) && error.reason === "CONFIG_INVALID") {
      throw inputError(`${place}.config`, error.sentence.replace(/^algorithm\./, ""), error);
    }
    throw error;
  }
}
