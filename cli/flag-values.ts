// Values of flags, checked while the command line is read, so that a wrong one is a usage error with its own sentence.

import { InvalidArgumentError, Option } from "commander";

/** `--device`; the engine says at its start whether the device is there. */
export function deviceOption(): Option {
  return new Option("--device <name>", "where graphs run, instead of the configuration's").choices([
    "cpu",
    "cuda",
    "webgpu",
  ]);
}

/** For commander: an integer of at least `min`. */
export function integerFlag(min: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!Number.isSafeInteger(value) || value < min || text.trim() === "") {
      throw new InvalidArgumentError(`expected an integer of at least ${min}.`);
    }
    return value;
  };
}

/** For commander: a number in [min, max]. */
export function numberFlag(min: number, max: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !(value >= min && value <= max)) {
      throw new InvalidArgumentError(`expected a number in [${min}, ${max}].`);
    }
    return value;
  };
}
