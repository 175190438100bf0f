import { describe, expect, it } from "vitest";
import { CounterFamily, HistogramFamily, ReadFamily } from "../../../server/observability/exposition.ts";

describe("the text exposition", () => {
  it("writes counters with escaped label values", () => {
    const family = new CounterFamily("steps_total", "Steps\nthat ran");
    family.add({ environment: 'a"b\\c\nd' });
    family.add({ environment: 'a"b\\c\nd' }, 2);
    expect(family.render("p_")).toBe(
      '# HELP p_steps_total Steps\\nthat ran\n# TYPE p_steps_total counter\np_steps_total{environment="a\\"b\\\\c\\nd"} 3\n',
    );
  });

  it("cumulates buckets, includes the upper bound, and ends with +Inf, sum and count", () => {
    const family = new HistogramFamily("step_seconds", "h", [1, 2]);
    for (const value of [0.5, 1, 1.5, 9]) family.observe({ phase: "env" }, value);
    expect(family.render("").split("\n").slice(2, -1)).toEqual([
      'step_seconds_bucket{phase="env",le="1"} 2',
      'step_seconds_bucket{phase="env",le="2"} 3',
      'step_seconds_bucket{phase="env",le="+Inf"} 4',
      'step_seconds_sum{phase="env"} 12',
      'step_seconds_count{phase="env"} 4',
    ]);
  });

  it("reads gauges when it is asked, and leaves families without series out", () => {
    let value = 1;
    const family = new ReadFamily("leases", "h", "gauge", () => [[{}, value]]);
    value = 7;
    expect(family.render("")).toContain("leases 7\n");
    expect(new CounterFamily("none_total", "h").render("")).toBe("");
  });
});
