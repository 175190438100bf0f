// A person at the keyboard: shows what an agent reads, completes what it may say with Tab, lists it on "?", and takes a number
// of that list or words. One line editor for the whole sitting, so that typed-ahead lines are not lost.

import { createInterface, type Interface } from "node:readline";
import type { Readable, Writable } from "node:stream";

/** What the person is asked. */
export interface Question {
  /** "step 3" or, among several agents, "step 3, planner". */
  readonly title: string;
  /** Observation, or a picture of it for the terminal. */
  readonly shown: string;
  readonly admissible: readonly string[];
  /** How the world judged the last action; "" where there was none. */
  readonly lastValidity: string;
}

/** The person left: end of input, Ctrl-C or "quit". */
export class PersonLeft extends Error {
  override readonly name = "PersonLeft";
}

export class Person {
  readonly #output: Writable;
  readonly #reader: Interface;
  /** Lines that came before they were asked for. */
  readonly #typed: string[] = [];
  #admissible: readonly string[] = [];
  #wanted: { resolve: (line: string) => void; reject: (error: Error) => void } | undefined;
  #left = false;

  constructor(input: Readable & { readonly isTTY?: boolean }, output: Writable) {
    this.#output = output;
    const completer = (line: string): [string[], string] => [completions(this.#admissible, line), line];
    this.#reader = createInterface({ input, output, completer, terminal: input.isTTY === true });
    this.#reader.on("line", (line) => this.#take(line));
    this.#reader.on("SIGINT", () => this.#reader.close());
    this.#reader.on("close", () => {
      this.#left = true;
      this.#wanted?.reject(new PersonLeft("the player left"));
    });
  }

  /** The action, as typed or as numbered. @throws {PersonLeft} at the end of input */
  async ask({ title, shown, admissible, lastValidity }: Question): Promise<string> {
    this.#admissible = admissible;
    const verdict = lastValidity === "" || lastValidity === "VALID" ? "" : `(${lastValidity})\n`;
    this.#output.write(`${verdict}\n${shown}\n`);
    for (;;) {
      // The editor redraws its own prompt when it completes; a prompt written beside it would be wiped.
      if (!this.#left) {
        this.#reader.setPrompt(`${title} (Tab completes, ? lists, quit leaves)> `);
        this.#reader.prompt();
      }
      const answer = (await this.#line()).trim();
      if (answer === "quit") throw new PersonLeft("the player left");
      if (answer === "?") {
        this.#output.write(`${admissible.map((action, i) => `  ${i + 1}  ${action}`).join("\n")}\n`);
      } else if (answer !== "") {
        return admissible[Number(answer) - 1] ?? answer;
      }
    }
  }

  say(line: string): void {
    this.#output.write(`${line}\n`);
  }

  close(): void {
    this.#reader.close();
  }

  #take(line: string): void {
    const wanted = this.#wanted;
    this.#wanted = undefined;
    if (wanted === undefined) this.#typed.push(line);
    else wanted.resolve(line);
  }

  async #line(): Promise<string> {
    const typed = this.#typed.shift();
    if (typed !== undefined) return typed;
    if (this.#left) throw new PersonLeft("the player left");
    return await new Promise((resolve, reject) => {
      this.#wanted = { resolve, reject };
    });
  }
}

/** Admissible actions that begin with the line; blank ends of it count, so that "go to " lists places. */
export function completions(admissible: readonly string[], line: string): string[] {
  return admissible.filter((action) => action.startsWith(line.trimStart()));
}
