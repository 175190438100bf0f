// A batch of rows with the shape of real rollouts: episodes of one group wander over a shared map of states, meet early
// and drift apart, loop now and then, and some reach the goal. Seeded: the same parameters give the same rows.

import { hash } from "node:crypto";
import type { AdvantageRow } from "../../client/advantage/rows.ts";
import { RandomStream } from "../../client/random.ts";

export interface RowsParams {
  readonly groups: number;
  readonly groupSize: number;
  /** Rows are exactly groups * groupSize * meanSteps; episodes last half to one and a half times this. */
  readonly meanSteps: number;
  readonly seed: number;
}

const SUCCESS_REWARD = 10;
const INVALID_PROB = 0.05;
const LOOP_PROB = 0.15;
/** Choices at each state; about a third of the rows end up alone, as published for text households. */
const BRANCHING = 3;
const STATES = 400;

export function generateRows({ groups, groupSize, meanSteps, seed }: RowsParams): readonly AdvantageRow[] {
  const rows: AdvantageRow[] = [];
  for (let g = 0; g < groups; g++) {
    const random = new RandomStream(seed).split(`group/${g}`);
    const lengths = episodeLengths(groupSize, meanSteps, random);
    lengths.forEach((length, member) => {
      const hasWon = random.real() < 0.5;
      let place = 0;
      let history = 0;
      for (let step = 0; step < length; step++) {
        const isLast = step === length - 1;
        rows.push({
          group: `task-${seed}-${g}`,
          trajectory: String(member),
          step,
          anchors: {
            observation: digest(`${seed}/${g}/observation/${place % 40}`),
            semantic: digest(`${seed}/${g}/semantic/${place}`),
            full: digest(`${seed}/${g}/full/${place}/${history}`),
          },
          reward: isLast && hasWon ? SUCCESS_REWARD : 0,
          valid: random.real() >= INVALID_PROB,
          admissible: true,
          terminated: isLast && hasWon,
          truncated: isLast && !hasWon,
        });
        if (random.real() < LOOP_PROB) continue;
        const choice = random.int(BRANCHING);
        place = (place * BRANCHING + choice + 1) % STATES;
        history = (history * 31 + choice) % 9973;
      }
    });
  }
  return rows;
}

/** Pairs that add up to twice the mean, so that every batch has the same number of rows. */
function episodeLengths(count: number, mean: number, random: RandomStream): readonly number[] {
  const lengths: number[] = [];
  while (lengths.length + 1 < count) {
    const deviation = random.int(Math.floor(mean / 2) + 1);
    lengths.push(mean - deviation, mean + deviation);
  }
  if (lengths.length < count) lengths.push(mean);
  return lengths;
}

/** 64 hex digits, like the hashes of the worlds. */
function digest(text: string): string {
  return hash("sha256", text, "hex");
}
