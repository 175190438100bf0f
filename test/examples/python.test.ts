// examples/python against our server, and our conformance kit against the server that is written in Python. Needs python3
// and the Python package registry once; the environment is kept in the temporary folder under the hash of what it holds.

import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it, type TestContext } from "vitest";
import { rulesOf } from "../../conformance/rules.ts";
import { runRules } from "../../conformance/run-rules.ts";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { closeAll, onClose, startServer } from "../doubles/running-server.ts";
import { lastLine, run } from "./toolchain.ts";

const HERE = resolve("examples/python");
let python = "";
let absent = "";
let stubs = "";
let env: Record<string, string> = {};

/** @returns why there is no Python with gRPC; "" when there is one */
async function prepare(): Promise<string> {
  const requirements = readFileSync(join(HERE, "requirements.txt"));
  const version = await run("python3", ["--version"]);
  if (version.code !== 0) return `no python3: ${lastLine(version.output)}`;
  const key = createHash("sha256").update(requirements).update(version.output).digest("hex").slice(0, 12);
  const folder = join(tmpdir(), `anchorgym-python-${key}`);
  python = join(folder, "bin", "python");
  if (!existsSync(join(folder, "ready"))) {
    const made = await run("python3", ["-m", "venv", "--clear", folder]);
    if (made.code !== 0) return `python3 -m venv failed: ${lastLine(made.output)}`;
    const pip = await run(python, ["-m", "pip", "install", "-q", "-r", join(HERE, "requirements.txt")]);
    if (pip.code !== 0) return `pip install failed: ${lastLine(pip.output)}`;
    writeFileSync(join(folder, "ready"), "");
  }
  stubs = mkdtempSync(join(tmpdir(), "anchorgym-stubs-"));
  const generated = await run(python, [join(HERE, "make_stubs.py"), stubs]);
  if (generated.code !== 0) throw new Error(`make_stubs.py failed:\n${generated.output}`);
  env = { PYTHONPATH: stubs, PYTHONDONTWRITEBYTECODE: "1" };
  return "";
}

beforeAll(async () => {
  absent = await prepare();
  if (absent !== "") console.warn(`the Python examples are not tested: ${absent}`);
});
afterEach(closeAll);
afterAll(() => {
  if (stubs !== "") rmSync(stubs, { recursive: true, force: true });
});

const skipWithout = (context: TestContext): void => context.skip(absent !== "", absent);

async function pythonServer(): Promise<string> {
  const child: ChildProcess = spawn(python, ["server.py", "--port", "0"], {
    cwd: HERE,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "inherit"],
  });
  onClose(() => child.kill("SIGKILL"));
  return new Promise((resolveAddress, reject) => {
    child.once("close", () => reject(new Error("the Python server ended")));
    child.stdout
      ?.setEncoding("utf8")
      .once("data", (text: string) => resolveAddress(text.trim().split(" ").at(-1) ?? ""));
  });
}

describe("examples/python", () => {
  it("the client plays an episode on our server and agrees on every hash", async (context) => {
    skipWithout(context);
    const { address } = await startServer([corridorWorld()] as never);
    const { code, output } = await run(python, ["client.py", address], { cwd: HERE, env });
    for (const said of ["published values agree", "each sent twice", "gave the parent's state"])
      expect(output).toContain(said);
    expect(code).toBe(0);
  });

  it("the client's hash check fails on a wrong vector", async (context) => {
    skipWithout(context);
    const program = "import anchorgym_hash as h; h.SCHEME = 'other'; h.check_vectors()";
    const { code, output } = await run(python, ["-c", program], { cwd: HERE, env });
    expect(output).toContain("AssertionError");
    expect(code).not.toBe(0);
  });

  it("the server keeps every rule of the core profile", async (context) => {
    skipWithout(context);
    const { rules } = await runRules({ address: await pythonServer(), rules: rulesOf("core") });
    expect(rules.filter(({ result }) => result !== "passed")).toEqual([]);
  });
});
