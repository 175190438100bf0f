// Programs of other languages for the tests of examples/: run to the end with a limit, or named as absent.

import { spawn } from "node:child_process";

export interface Ran {
  readonly code: number | null;
  /** Standard output and error together. */
  readonly output: string;
}

/** Runs a program; an absent one gives code null. */
export async function run(
  program: string,
  words: readonly string[],
  options: { readonly cwd?: string; readonly env?: Readonly<Record<string, string>>; readonly limitMs?: number } = {},
): Promise<Ran> {
  return new Promise((resolve) => {
    const child = spawn(program, words, {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: options.cwd,
      env: { ...process.env, ...options.env },
      timeout: options.limitMs ?? 150_000,
    });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding("utf8").on("data", (text: string) => {
        output += text;
      });
    }
    child.once("error", (error) => resolve({ code: null, output: error.message }));
    child.once("close", (code) => resolve({ code, output }));
  });
}

/** The last line that says something. */
export function lastLine(output: string): string {
  return output.trim().split("\n").at(-1) ?? "";
}
