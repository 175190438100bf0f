import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { recoverDirectory, writeDirectoryAtomically } from "../../../../client/engine/weights/atomic-directory.ts";
import { writeFileAtomically } from "../../../../client/engine/weights/atomic-file.ts";

let parent: string;
let target: string;
beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), "anchorgym-atomic-"));
  target = join(parent, "checkpoint");
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const save = (text: string) =>
  writeDirectoryAtomically(target, async (temporary) => {
    await mkdir(join(temporary, "nested"));
    await writeFile(join(temporary, "nested", "content"), text);
  });
const content = () => readFile(join(target, "nested", "content"), "utf8");
const fill = async (directory: string, text: string) => {
  await mkdir(join(directory, "nested"), { recursive: true });
  await writeFile(join(directory, "nested", "content"), text);
};

describe("writeDirectoryAtomically", () => {
  test("a new directory appears, an old one is replaced, and nothing else stays behind", async () => {
    await save("one");
    expect(await content()).toBe("one");
    await save("two");
    expect(await content()).toBe("two");
    expect(await readdir(parent)).toEqual(["checkpoint"]);
  });

  test("files of the old directory that the new one lacks are gone", async () => {
    await save("one");
    await writeFile(join(target, "stale"), "");
    await save("two");
    expect(await readdir(target)).toEqual(["nested"]);
  });

  test("a writer that throws leaves the old directory as it was", async () => {
    await save("one");
    const broken = writeDirectoryAtomically(target, async (temporary) => {
      await writeFile(join(temporary, "half"), "");
      throw new Error("disk full");
    });
    await expect(broken).rejects.toThrow("disk full");
    expect(await content()).toBe("one");
    expect(await readdir(parent)).toEqual(["checkpoint"]);
  });

  // The states of the disk in which a SIGKILL can leave a save, built by hand.
  const killedStates: [string, () => Promise<void>, string][] = [
    ["while it was being filled", () => fill(join(parent, ".checkpoint.saving"), "half"), "old"],
    ["when it was complete", () => fill(join(parent, ".checkpoint.ready"), "new"), "new"],
    [
      "between the two renames",
      async () => {
        await fill(join(parent, ".checkpoint.ready"), "new");
        await rename(target, join(parent, ".checkpoint.replaced"));
      },
      "new",
    ],
    ["before the old one was removed", () => fill(join(parent, ".checkpoint.replaced"), "older"), "old"],
    ["with only the moved old one left", () => rename(target, join(parent, ".checkpoint.replaced")), "old"],
  ];
  test.each(killedStates)("a save that was killed %s is recovered to a whole directory", async (_, leave, expected) => {
    await fill(target, "old");
    await leave();
    await recoverDirectory(target);
    expect(await content()).toBe(expected);
    expect(await readdir(parent)).toEqual(["checkpoint"]);
  });

  test.each(killedStates)("the next save cleans up after one that was killed %s", async (_, leave) => {
    await fill(target, "old");
    await leave();
    await save("next");
    expect(await content()).toBe("next");
    expect(await readdir(parent)).toEqual(["checkpoint"]);
  });
});

describe("writeFileAtomically", () => {
  test("replaces the content, makes missing parents, ignores what a killed writer left", async () => {
    const file = join(parent, "run", "summary.json");
    await writeFileAtomically(file, "one");
    await writeFile(join(parent, "run", ".summary.json.saving"), "half of a longer text");
    await writeFileAtomically(file, "two");
    expect(await readFile(file, "utf8")).toBe("two");
    expect(await readdir(join(parent, "run"))).toEqual(["summary.json"]);
  });

  test("a target that cannot be replaced is an error and leaves no temporary file", async () => {
    await mkdir(join(parent, "taken"));
    await expect(writeFileAtomically(join(parent, "taken"), "text")).rejects.toThrow();
    expect(await readdir(parent)).toEqual(["taken"]);
  });
});
