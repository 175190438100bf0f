import { describe, expect, it } from "vitest";
import { didYouMean } from "../../../client/config/did-you-mean.ts";

describe("did you mean", () => {
  it.each([
    ["lerningRate", "learningRate"],
    ["itertions", "iterations"],
    ["iteratoins", "iterations"],
    ["SEED", "seed"],
  ])("%s -> %s", (word, meant) => {
    expect(didYouMean(word, ["seed", "iterations", "learningRate"])).toBe(meant);
  });

  it("does not guess when nothing is near", () => {
    expect(didYouMean("temperature", ["seed", "iterations"])).toBeUndefined();
    expect(didYouMean("seed", [])).toBeUndefined();
  });
});
