// The command line as a function: words in, exit code out. Only the module of the named command is loaded, so that a server image needs no model runtime and
// `advantages` starts at once.

import { Command } from "commander";
import { didYouMean } from "../client/config/did-you-mean.ts";
import { reportError, UsageError } from "./exit.ts";

const COMMANDS: Readonly<Record<string, () => Promise<Command>>> = {
  serve: async () => (await import("./commands/serve.ts")).serveCommand(),
  train: async () => (await import("./commands/train.ts")).trainCommand(),
  eval: async () => (await import("./commands/eval.ts")).evalCommand(),
  rollout: async () => (await import("./commands/rollout.ts")).rolloutCommand(),
  advantages: async () => (await import("./commands/advantages.ts")).advantagesCommand(),
  "verify-traces": async () => (await import("./commands/verify-traces.ts")).verifyTracesCommand(),
  tasks: async () => (await import("./commands/tasks.ts")).tasksCommand(),
  import: async () => (await import("./commands/import.ts")).importCommand(),
  anchors: async () => (await import("./commands/anchors.ts")).anchorsCommand(),
  conformance: async () => (await import("./commands/conformance.ts")).conformanceCommand(),
  merge: async () => (await import("./commands/merge.ts")).mergeCommand(),
  "verify-model": async () => (await import("./commands/verify-model.ts")).verifyModelCommand(),
  fit: async () => (await import("./commands/fit.ts")).fitCommand(),
  doctor: async () => (await import("./commands/doctor.ts")).doctorCommand(),
  bench: async () => (await import("./commands/bench.ts")).benchCommand(),
};

/**
 * Runs one command line (without the program's own name).
 * @param writeError where errors and usage go
 * @returns the exit code
 */
export async function runCommandLine(words: readonly string[], writeError: (text: string) => void): Promise<number> {
  try {
    const program = await programFor(words, writeError);
    await program.parseAsync([...words], { from: "user" });
    return typeof process.exitCode === "number" ? process.exitCode : 0;
  } catch (error) {
    return reportError(error, writeError);
  }
}

async function programFor(words: readonly string[], writeErr: (text: string) => void): Promise<Command> {
  const program = new Command("anchorgym")
    .description("Trains language-model agents over many turns: worlds as servers, anchor-state groups, GiGPO.")
    .usage("<command> [flags]")
    .addHelpText("after", "\nExample:\n  npm run --silent anchorgym -- train configs/household-gigpo.yaml");
  const name = words.find((word) => !word.startsWith("-"));
  const load = name === undefined ? undefined : COMMANDS[name];
  if (name !== undefined && name !== "help" && load === undefined) {
    const meant = didYouMean(name, Object.keys(COMMANDS));
    const hint = meant === undefined ? "" : `; did you mean "${meant}"?`;
    throw new UsageError(`no command "${name}"${hint} Commands: ${Object.keys(COMMANDS).join(", ")}.`);
  }
  const loaders = load === undefined ? Object.values(COMMANDS) : [load];
  for (const loader of loaders) program.addCommand(await loader());
  for (const command of [program, ...program.commands]) {
    command
      .exitOverride()
      .configureOutput({ writeErr })
      .showSuggestionAfterError(true)
      .showHelpAfterError("(add --help for the flags and an example)");
  }
  return program;
}
