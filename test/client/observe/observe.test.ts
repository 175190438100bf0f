// What a run says of itself: known metrics only, a log that survives being cut, a status line that fits its terminal.

import { mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ALGORITHM_NAMES, configureAlgorithm } from "../../../client/algorithms/registry.ts";
import { duration, RunConsole, textTable } from "../../../client/observe/console.ts";
import { descendantsOf, MemoryWatch, residentBytes } from "../../../client/observe/memory.ts";
import { METRICS, metricsTable } from "../../../client/observe/metrics.ts";
import { RunLog } from "../../../client/observe/run-log.ts";

let folder: string;
let file: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "anchorgym-observe-"));
  file = join(folder, "metrics.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

describe("metrics", () => {
  it("are named stage/quantity, where the quantity ends in its unit or is a pure number", () => {
    for (const name of Object.keys(METRICS)) expect(name).toMatch(/^[a-z]+\/[a-z0-9]+(_[a-z0-9]+)*$/);
    expect(metricsTable().split("\n")).toHaveLength(Object.keys(METRICS).length + 2);
  });

  it.each(ALGORITHM_NAMES)("of the algorithm %s are all in the table", (name) => {
    const rows = [0, 1].flatMap((trajectory) =>
      [1, 2].map((step) => ({
        group: "g",
        trajectory: String(trajectory),
        step,
        anchors: { observation: "o", semantic: `s${step}`, full: `f${step}${trajectory}` },
        next: step === 2 && trajectory === 1 ? "success" : `s${step + 1}`,
        reward: trajectory,
        valid: true,
        admissible: true,
        terminated: step === 2,
        truncated: false,
      })),
    );
    const anchors = name === "gigpo" ? ["state", "observation", "full", "hierarchical"] : [undefined];
    for (const anchor of anchors) {
      const { diagnostics } = configureAlgorithm({ name, ...(anchor === undefined ? {} : { anchor }) }).advantage(rows);
      expect(Object.keys(diagnostics).filter((metric) => !Object.hasOwn(METRICS, metric))).toEqual([]);
    }
  });
});

describe("metrics.jsonl", () => {
  it("holds one line per append, with stage and position", () => {
    const log = new RunLog(file);
    log.append("training", 1, { "learner/loss": 0.5 });
    log.append("evaluation", 1, { "evaluation/success_frac": 0.25 });
    log.close();
    expect(readFileSync(file, "utf8")).toBe(
      '{"stage":"training","position":1,"learner/loss":0.5}\n{"stage":"evaluation","position":1,"evaluation/success_frac":0.25}\n',
    );
  });

  it("cut back to a size loses what came after it, a torn line included, and goes on from there", () => {
    const log = new RunLog(file);
    log.append("training", 1, { "learner/loss": 1 });
    const { sizeBytes } = log;
    log.append("training", 2, { "learner/loss": 2 });
    log.close();
    writeFileSync(file, '{"stage":"tr', { flag: "a" });
    const again = new RunLog(file, sizeBytes);
    again.append("training", 2, { "learner/loss": 3 });
    again.close();
    const lines = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line)["learner/loss"]);
    expect(lines).toEqual([1, 3]);
  });

  it("shorter than it should be goes on behind its last whole line and says what is missing", () => {
    const log = new RunLog(file);
    log.append("training", 1, { "learner/loss": 1 });
    const oneLine = log.sizeBytes;
    log.append("training", 2, { "learner/loss": 2 });
    const { sizeBytes, lostBytes } = log;
    log.close();
    expect(lostBytes).toBe(0);
    truncateSync(file, sizeBytes - 5);
    const again = new RunLog(file, sizeBytes);
    expect(again.lostBytes).toBe(sizeBytes - oneLine);
    again.append("training", 3, { "learner/loss": 3 });
    again.close();
    expect(
      readFileSync(file, "utf8")
        .trimEnd()
        .split("\n")
        .map((line) => JSON.parse(line).position),
    ).toEqual([1, 3]);
  });

  it("refuses a metric outside the table and a number that is not finite", () => {
    const log = new RunLog(file);
    expect(() => log.append("training", 1, { "learner/los": 1 } as never)).toThrow('metric "learner/los" is not in');
    expect(() => log.append("training", 1, { "learner/loss": Number.NaN })).toThrow('metric "learner/loss" is NaN');
    log.close();
    expect(readFileSync(file, "utf8")).toBe("");
  });
});

describe("the console", () => {
  const lines = (isTTY: boolean, columns = 60) => {
    let written = "";
    let nowMs = 0;
    const console = new RunConsole({ isTTY, columns, write: (text: string) => (written += text) }, () => nowMs);
    return { console, at: (ms: number) => (nowMs = ms), text: () => written };
  };
  const train = (done: number) => ({ stage: "train", done, total: 10, facts: ["success 0.50"] });

  it("tells the time left from the pace of this process alone", () => {
    const { console, at, text } = lines(false);
    console.progress(train(4));
    at(20_000);
    console.progress(train(6));
    expect(text()).toContain("[######....] 6/10".replace("[######....]", "[##########......]"));
    expect(text()).toContain("time left 40 s");
  });

  it("off a terminal says a plain line now and then, and always the last", () => {
    const { console, at, text } = lines(false);
    for (let done = 1; done <= 10; done++) {
      at(done * 1000);
      console.progress(train(done));
    }
    expect(text().split("\n").filter(Boolean)).toHaveLength(2);
    expect(text()).not.toContain("\x1b");
    expect(text()).toContain("10/10");
  });

  it("on a terminal keeps one line that never wraps, and clears it for what lasts", () => {
    const { console, text } = lines(true, 30);
    console.progress(train(1));
    console.say("saved");
    const [live, lasting] = text().split("\r\x1b[2K").slice(1);
    expect(live!.length).toBeLessThan(30);
    expect(lasting).toBe("saved\n");
  });

  it.each([
    [0, "0 s"],
    [59_400, "59 s"],
    [200_000, "3 min 20 s"],
    [7_500_000, "2 h 5 min"],
  ])("says %d ms as %s", (ms, text) => {
    expect(duration(ms)).toBe(text);
  });

  it("aligns tables", () => {
    expect(
      textTable([
        ["a", "bb"],
        ["ccc", "d"],
      ]),
    ).toBe("a    bb\n---  --\nccc  d");
  });
});

describe("memory", () => {
  it("adds up a process and everything below it", () => {
    const parents = new Map([
      [10, 1],
      [11, 10],
      [12, 11],
      [20, 1],
    ]);
    expect(descendantsOf(10, parents)).toEqual([10, 11, 12]);
    expect(residentBytes()).toBeGreaterThanOrEqual(process.memoryUsage.rss() * 0.5);
  });

  it("keeps the peak, that of earlier parts of the run included", () => {
    const watch = new MemoryWatch(2 ** 50);
    watch.sample();
    expect(watch.peakBytes).toBe(2 ** 50);
    watch.close();
  });
});
