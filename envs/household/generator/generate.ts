// One world from (seed, split): room and family, a plan of the split, task, objects, placement, numbers, places; then the
// check that it is a task at all. Draws again with the next sub-seed until it is, and gives up loudly after many.

import { deriveSeed, RandomStream } from "../../core/random.ts";
import { buildHouse } from "../house.ts";
import { distance } from "../oracle.ts";
import { COOLER, className, OBJECT_FLAGS } from "../vocabulary.ts";
import type { HouseholdData, ObjectData, ReceptacleData } from "../world-data.ts";
import type { GeneratorOptions } from "./difficulty.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { type PlacedObject, placeObjects } from "./placement.ts";
import { assertPlanAllowed, planFor, type SplitName } from "./plans.ts";
import { drawFamily, drawTask, type TaskDraw } from "./tasks.ts";

const MAX_ATTEMPTS = 1000;
const ATTEMPTS_PER_FAMILY = 25;
const MAX_PLAN_ATTEMPTS = 100;
/** Commands that the limit leaves beyond the shortest solution, at least. */
const STEP_MARGIN = 5;

/** A source of worlds under fixed knobs; it remembers the layouts, which are few. */
export interface WorldGenerator {
  readonly options: GeneratorOptions;
  /** @throws {Error} when the knobs leave no world that satisfies them. */
  generate(seed: number, split: SplitName): HouseholdData;
}

export function worldGenerator(options: GeneratorOptions): WorldGenerator {
  const layouts = new Map<number, Layout>();
  const layout = (plan: number): Layout => {
    const known = layouts.get(plan) ?? layoutOf(plan, options);
    layouts.set(plan, known);
    return known;
  };
  return {
    options,
    generate(seed, split) {
      for (let attempt = 0; attempt < MAX_ATTEMPTS; attempt++) {
        // Worlds that are refused must not bend the mix of families, so another is drawn only when one fails for long.
        const familySeed = deriveSeed(seed, `family/${Math.floor(attempt / ATTEMPTS_PER_FAMILY)}`);
        const [room, family] = drawFamily(new RandomStream(familySeed), options);
        const random = new RandomStream(deriveSeed(seed, `attempt/${attempt}`));
        const posed = poseTask(random.split("task"), () => layout(planFor(random, split, room)), family);
        assertPlanAllowed(posed.layout.plan, split);
        const objects = placeObjects(random.split("objects"), posed.layout, posed.task, options);
        const data = assemble(random.split("names"), posed.layout, posed.task, objects);
        const steps = solutionSteps(data);
        if (steps >= options.minDistance && steps <= Math.min(options.maxDistance, options.maxSteps - STEP_MARGIN))
          return data;
      }
      throw new Error(
        `household generator: ${MAX_ATTEMPTS} worlds (${split}) all missed the range of ${options.minDistance} to ` +
          `${options.maxDistance} steps; widen it or the knobs`,
      );
    },
  };
}

function poseTask(
  random: RandomStream,
  drawLayout: () => Layout,
  family: TaskDraw["family"],
): { readonly layout: Layout; readonly task: TaskDraw } {
  for (let attempt = 0; attempt < MAX_PLAN_ATTEMPTS; attempt++) {
    const layout = drawLayout();
    const task = drawTask(random, layout, family);
    if (task !== undefined) return { layout, task };
  }
  throw new Error(`household generator: no plan of the split can pose ${family}`);
}

/** Zero where the goal already holds, which the caller's range excludes like a dead end. */
function solutionSteps(data: HouseholdData): number {
  const house = buildHouse(data, "v2", "faithful");
  return distance(house, house.start);
}

function assemble(
  random: RandomStream,
  layout: Layout,
  task: TaskDraw,
  placed: readonly PlacedObject[],
): HouseholdData {
  const names = objectNames(random, placed);
  // Places of the plan, one for each object outside, one for the start, in random order and numbered from 1.
  const outsideCount = placed.filter(({ receptacles }) => receptacles.length === 0).length;
  const order = random.shuffled(Array.from({ length: layout.placeCount + outsideCount + 1 }, (_, index) => index + 1));
  let nextPlace = layout.placeCount;
  const contents: string[][] = layout.receptacles.map(() => []);
  const objects = placed.map(({ type, receptacles, insideOf }, index): ObjectData => {
    for (const receptacle of receptacles) contents[receptacle]!.push(names[index]!);
    const host = receptacles[0];
    const inFridge = receptacles.some((at) => layout.receptacles[at]!.type === COOLER);
    return {
      name: names[index]!,
      type,
      flags: OBJECT_FLAGS.get(type)!,
      loc: order[host === undefined ? nextPlace++ : layout.receptacles[host]!.place]!,
      cool: inFridge && type === task.target.object,
      inside: insideOf === undefined ? [] : [names[insideOf]!],
    };
  });
  const receptacles = layout.receptacles.map(
    ({ type, number, openable, place }, index): ReceptacleData => ({
      name: `${className(type)} ${number}`,
      type,
      openable,
      loc: order[place]!,
      contents: contents[index]!,
    }),
  );
  return {
    family: task.family,
    room: layout.room,
    floorPlan: layout.plan,
    target: task.target,
    goal: task.goal,
    humanGoals: [],
    startLoc: order[nextPlace]!,
    receptacles,
    objects,
  };
}

/** A random permutation of 1..n in each class. */
function objectNames(random: RandomStream, placed: readonly PlacedObject[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { type } of placed) counts.set(type, (counts.get(type) ?? 0) + 1);
  const numbers = new Map(
    [...counts].map(([type, count]) => [type, random.shuffled(Array.from({ length: count }, (_, i) => i + 1))]),
  );
  return placed.map(({ type }) => `${className(type)} ${numbers.get(type)!.pop()}`);
}
