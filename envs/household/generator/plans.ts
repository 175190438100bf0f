// Floor plans by number and the split each may appear in. Plans 10, 219, 308 and 424 and the further plans of
// `valid_unseen` never enter any other split: `planFor` cannot draw them and `layoutOf` callers go through it.

import type { RandomStream } from "../../core/random.ts";
import type { Split } from "../../core/types.ts";
import { ROOMS, type Room } from "../world-data.ts";

export const SPLITS: readonly Split[] = [
  { name: "train", kind: "train", taskCount: undefined },
  // Layouts of the training split, other tasks.
  { name: "valid_seen", kind: "validation", taskCount: 1000 },
  // Layouts that no training task has.
  { name: "valid_unseen", kind: "test", taskCount: 1000 },
];

export type SplitName = "train" | "valid_seen" | "valid_unseen";

const FIRST_PLAN: Readonly<Record<Room, number>> = { Kitchen: 1, LivingRoom: 201, Bedroom: 301, Bathroom: 401 };
const SEEN_AND_UNSEEN_COUNT = 30;
const PLANS_PER_ROOM = 40;

/** The published unseen plans, one a room. */
export const PUBLISHED_UNSEEN_PLANS: ReadonlySet<number> = new Set([10, 219, 308, 424]);

/** Whether a plan is kept for `valid_unseen`: the published four and the last ten numbers of each room. */
export function isUnseenPlan(plan: number): boolean {
  return PUBLISHED_UNSEEN_PLANS.has(plan) || (plan - 1) % 100 >= SEEN_AND_UNSEEN_COUNT;
}

/** The room of a plan. @throws {RangeError} when there is no such plan. */
export function roomOf(plan: number): Room {
  const room = ROOMS.find(
    (candidate) => plan >= FIRST_PLAN[candidate] && plan < FIRST_PLAN[candidate] + PLANS_PER_ROOM,
  );
  if (room === undefined || !Number.isInteger(plan)) throw new RangeError(`there is no floor plan ${plan}`);
  return room;
}

/** All plans of a room that a split may use. */
export function plansOf(split: SplitName, room: Room): readonly number[] {
  const wantsUnseen = split === "valid_unseen";
  const plans = Array.from({ length: PLANS_PER_ROOM }, (_, index) => FIRST_PLAN[room] + index);
  return plans.filter((plan) => isUnseenPlan(plan) === wantsUnseen);
}

/** A plan of the room for a split, uniformly. */
export function planFor(random: RandomStream, split: SplitName, room: Room): number {
  return random.pick(plansOf(split, room));
}

/** @throws {RangeError} when the plan is kept for `valid_unseen` and the split is another, or the reverse. */
export function assertPlanAllowed(plan: number, split: SplitName): void {
  if (isUnseenPlan(plan) !== (split === "valid_unseen")) {
    throw new RangeError(`floor plan ${plan} must not appear in split ${split}`);
  }
}
