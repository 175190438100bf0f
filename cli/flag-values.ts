// Values of flags, checked while the command line is read, so that a wrong one is a usage error with its own sentence.

import { type Command, InvalidArgumentError, Option } from "commander";
import { DEVICES, type Device, type EngineForm, FORMS } from "../client/engine/onnx/session/device.ts";

/** `--device`; the engine says at its start whether the device is there. */
export function deviceOption(description = "where graphs run, instead of the configuration's"): Option {
  return new Option("--device <name>", description).choices(DEVICES);
}

/** Where an engine runs, and how. */
export interface EnginePlace {
  /** Default "cpu". */
  readonly device?: Device;
  /** Default: what suits the device. */
  readonly form?: EngineForm;
}

/** For commands that open an engine without a configuration. */
export function addPlaceFlags(command: Command): Command {
  return command
    .addOption(deviceOption("where graphs run (default: cpu)"))
    .addOption(
      new Option("--form <name>", "how graphs are cut into runs (default: device on cuda, else host)").choices(FORMS),
    );
}

/** For an engine's options: nothing where nothing was said. */
export function placeOptions({ device, form }: EnginePlace): EnginePlace {
  return { ...(device === undefined ? {} : { device }), ...(form === undefined ? {} : { form }) };
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
