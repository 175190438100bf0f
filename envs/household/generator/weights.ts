// Weighted choices as the tables write them: "Drawer:4 Desk:3".

import type { RandomStream } from "../../core/random.ts";

export interface Weighted<T> {
  readonly item: T;
  readonly weight: number;
}

/** Parses "Name:weight Name:weight"; an empty text is an empty list. */
export function weights(text: string): readonly Weighted<string>[] {
  if (text === "") return [];
  return text.split(" ").map((entry) => {
    const [item, weight] = entry.split(":");
    return { item: item!, weight: Number(weight) };
  });
}

/** One item in proportion to its weight; undefined when no weight is positive. */
export function drawWeighted<T>(random: RandomStream, choices: readonly Weighted<T>[]): T | undefined {
  if (!choices.some(({ weight }) => weight > 0)) return undefined;
  return random.weighted(choices, ({ weight }) => weight).item;
}
