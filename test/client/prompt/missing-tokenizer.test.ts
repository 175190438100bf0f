// A model folder without a usable tokenizer: refused by name, with the cure.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { loadTokenizer } from "../../../client/prompt/tokenizer.ts";

test("a folder without a tokenizer, or with a broken one, says so", async () => {
  const directory = await mkdtemp(join(tmpdir(), "anchorgym-tokenizer-"));
  try {
    await expect(loadTokenizer(directory)).rejects.toMatchObject({
      reason: "CONFIG_INVALID",
      message: expect.stringContaining(`no tokenizer.json in ${directory}`),
    });
    await writeFile(join(directory, "tokenizer.json"), "{");
    await expect(loadTokenizer(directory)).rejects.toMatchObject({ reason: "CONFIG_INVALID" });
    await writeFile(join(directory, "tokenizer.json"), '{"model":{"type":"Unheard"}}');
    await expect(loadTokenizer(directory)).rejects.toThrow(/tokenizer\.json/);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
