// The lock of a run between real processes: of several that try at the same instant exactly one gets it, on a free lock, on one
// that a killed holder left and on one that was just given back; and a resume beside a living run is refused.

import { type ChildProcess, spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { runDirectoryAt } from "../../client/train/run-directory.ts";
import { lockRun } from "../../client/train/run-lock.ts";
import { newFolder, succeeded, train } from "./train-runs.ts";

const CONTENDERS = 4;
const ROUNDS = 60;

/** On a line {file, at} tries to lock `file` at that instant and says "held" or "refused"; on "free" gives it back. */
const CONTENDER = `
  import { createInterface } from "node:readline";
  const { lockRun } = await import(${JSON.stringify(new URL("../../client/train/run-lock.ts", import.meta.url).href)});
  let unlock = null;
  const attempt = ({ file, at }) => {
    while (Date.now() < at);
    try { unlock = lockRun(file); return "held"; } catch { return "refused"; }
  };
  console.log("ready");
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === "free") { unlock?.(); unlock = null; console.log("freed"); }
    else console.log(attempt(JSON.parse(line)));
  }`;

class Contender {
  readonly child: ChildProcess;
  readonly #answers: AsyncIterator<string>;

  constructor() {
    this.child = spawn(process.execPath, ["--import", "tsx", "--input-type=module", "-e", CONTENDER], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.#answers = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();
  }

  say(line: string): void {
    this.child.stdin?.write(`${line}\n`);
  }

  async answer(): Promise<string> {
    return (await this.#answers.next()).value;
  }
}

let root: string;
let contenders: readonly Contender[];
beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "anchorgym-lock-"));
  contenders = Array.from({ length: CONTENDERS }, () => new Contender());
  expect(await answers()).toEqual(Array(CONTENDERS).fill("ready"));
});
afterAll(() => {
  for (const { child } of contenders) child.kill("SIGKILL");
  rmSync(root, { recursive: true, force: true });
});

const answers = () => Promise.all(contenders.map((contender) => contender.answer()));

async function together(file: string): Promise<string[]> {
  const at = Date.now() + 15;
  for (const contender of contenders) contender.say(JSON.stringify({ file, at }));
  return answers();
}

async function freed(): Promise<void> {
  for (const contender of contenders) contender.say("free");
  await answers();
}

const LEFT = JSON.stringify({ id: "left", pid: 999_999_999, startTime: "1" });

describe("of processes that lock a run at the same instant", () => {
  it.each([
    ["is free", () => {}],
    ["a killed run left", (file: string) => writeFileSync(file, LEFT)],
    ["a kill tore", (file: string) => writeFileSync(file, LEFT.slice(0, 20))],
    ["was given back", (file: string) => lockRun(file)()],
  ])("exactly one gets the lock that %s", async (name, prepare) => {
    const winners = new Set<number>();
    for (let round = 0; round < ROUNDS; round++) {
      const file = join(root, `${name}-${round}`);
      prepare(file);
      const said = await together(file);
      expect(said.toSorted(), file).toEqual(["held", ...Array(CONTENDERS - 1).fill("refused")]);
      expect(() => lockRun(file)).toThrow(`process ${contenders[said.indexOf("held")]?.child.pid} is working on`);
      winners.add(said.indexOf("held"));
      await freed();
      expect(() => lockRun(file)()).not.toThrow();
    }
    // They were really racing: not always the same one was first.
    expect(winners.size).toBeGreaterThan(1);
  });
});

it("a holder that is killed loses the lock, and one that lives keeps it whatever is appended behind", async () => {
  const file = join(root, "killed");
  const holder = new Contender();
  expect(await holder.answer()).toBe("ready");
  holder.say(JSON.stringify({ file, at: 0 }));
  expect(await holder.answer()).toBe("held");
  appendFileSync(file, LEFT);
  expect(() => lockRun(file)).toThrow(`process ${holder.child.pid} is working on this run`);
  const gone = new Promise((resolve) => holder.child.once("close", resolve));
  holder.child.kill("SIGKILL");
  await gone;
  lockRun(file)();
});

it("a resume of a run that a living process works on is refused, exit code 2, and goes on when it was given back", async () => {
  const { root: folder, config } = newFolder();
  await succeeded(train(config, folder, "--iterations", "0"));
  const unlock = lockRun(runDirectoryAt(join(folder, "tiny")).lockFile);
  const { code, stderr } = await train(config, folder, "--iterations", "0", "--resume").ended;
  expect(stderr).toContain(`process ${process.pid} is working on this run`);
  expect(code).toBe(2);
  unlock();
  await succeeded(train(config, folder, "--iterations", "0", "--resume"));
  rmSync(folder, { recursive: true, force: true });
});
