// examples/go against our server. Needs go and its module proxy (or a filled cache). Works in a copy, so that nothing is
// generated into the repository.

import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { corridorWorld } from "../doubles/corridor-world.ts";
import { closeAll, startServer } from "../doubles/running-server.ts";
import { lastLine, run } from "./toolchain.ts";

let root = "";
let folder = "";
let absent = "";

async function prepare(): Promise<string> {
  const version = await run("go", ["version"]);
  if (version.code !== 0) return `no go: ${lastLine(version.output)}`;
  const modules = await run("go", ["mod", "download"], { cwd: folder });
  if (modules.code !== 0) return `go mod download failed: ${lastLine(modules.output)}`;
  const buf = resolve("node_modules/.bin/buf");
  const stubs = await run(buf, ["generate", "../../proto", "--path", "../../proto/anchorgym"], { cwd: folder });
  if (stubs.code !== 0) throw new Error(`buf generate failed:\n${stubs.output}`);
  return "";
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "anchorgym-go-"));
  folder = join(root, "examples", "go");
  cpSync("examples/go", folder, { recursive: true });
  cpSync("proto", join(root, "proto"), { recursive: true });
  cpSync("buf.yaml", join(root, "buf.yaml"));
  absent = await prepare();
  if (absent !== "") console.warn(`the Go example is not tested: ${absent}`);
});
afterAll(() => rmSync(root, { recursive: true, force: true }));
afterEach(closeAll);

describe("examples/go", () => {
  it("the client plays an episode on our server and agrees on every hash", async (context) => {
    context.skip(absent !== "", absent);
    const { address } = await startServer([corridorWorld()] as never);
    const { code, output } = await run("go", ["run", ".", address], { cwd: folder });
    for (const said of ["published values agree", "each sent twice", "gave the parent's state"])
      expect(output).toContain(said);
    expect(code).toBe(0);
  });
});
