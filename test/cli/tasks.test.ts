// `tasks` lists what the world's catalogue has, and nothing of an answer.

import { expect, test, vi } from "vitest";
import { runCommandLine } from "../../cli/program.ts";
import { WORLDS } from "../../envs/worlds.ts";

async function tasks(...words: readonly string[]): Promise<{ code: number; out: string; errors: string }> {
  let [out, errors] = ["", ""];
  const spy = vi.spyOn(process.stdout, "write").mockImplementation((text) => {
    out += String(text);
    return true;
  });
  try {
    const code = await runCommandLine(["tasks", ...words], (text) => {
      errors += text;
    });
    return { code, out, errors };
  } finally {
    spy.mockRestore();
  }
}

test.each(WORLDS.map(({ description }) => description.name))(
  "%s: stable ids, digests and a difficulty",
  async (name) => {
    const world = WORLDS.find(({ description }) => description.name === name)!;
    const { code, out } = await tasks(name, "--count", "2", "--json");
    expect(code).toBe(0);
    const listed = JSON.parse(out);
    expect(listed.splits.map((split: { name: string }) => split.name)).toEqual(
      world.description.splits.map((split) => split.name),
    );
    expect(listed.tasks.length).toBeGreaterThanOrEqual(world.description.splits.length);
    for (const entry of listed.tasks) {
      const { data: _answer, ...summary } = world.taskById(entry.taskId)!;
      expect(entry).toEqual({ ...summary, difficulty: entry.difficulty });
      // Splits that reproduce another project's generator have its tasks, not our difficulties.
      const isOwn = /^(train|valid)/.test(entry.split);
      if (isOwn) expect(["easy", "medium", "hard"]).toContain(entry.difficulty);
      expect(summary.tags.includes(`difficulty:${entry.difficulty}`)).toBe(entry.difficulty !== null);
    }
  },
);

test("a bounded split ends where it ends", async () => {
  const { out } = await tasks("household", "--split", "valid_unseen", "--offset", "998", "--count", "5", "--json");
  expect(JSON.parse(out).tasks.map(({ index }: { index: number }) => index)).toEqual([998, 999]);
});

test("the table names split, difficulty and title", async () => {
  const { out } = await tasks("household", "--split", "train", "--count", "1");
  expect(out).toMatch(/household\/1\.0\.0\/train\/0 +(easy|medium|hard) +21cb2aea880b +50 /);
  expect(out).toContain("split train: train, unbounded");
});

test.each([
  [["household", "--split", "test"], 'no split "test"; it has train, valid_seen, valid_unseen'],
  [["kitchen"], 'no world is called "kitchen"'],
])("%j is refused with exit code 2", async (words, sentence) => {
  const { code, errors } = await tasks(...words);
  expect(errors).toContain(sentence);
  expect(code).toBe(2);
});
