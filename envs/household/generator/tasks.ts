// Draws what a room is asked for: family, goal receptacle type (or lamp) and target type, by the tables, given what the
// layout has and what fits where. Undefined where the plan cannot pose the family: the caller tries another plan.

import type { RandomStream } from "../../core/random.ts";
import { CAN_CONTAIN } from "../vocabulary.ts";
import { goalSentences, type Room, type Target, type TaskFamily } from "../world-data.ts";
import type { GeneratorOptions } from "./difficulty.ts";
import type { Layout } from "./layout.ts";
import { TASK_TABLES, type TaskTable } from "./task-tables.ts";
import { drawWeighted, type Weighted, weights } from "./weights.ts";

export interface TaskDraw {
  readonly family: TaskFamily;
  readonly target: Target;
  readonly goal: string;
}

interface ParsedTable {
  readonly places: readonly Weighted<string>[];
  readonly objects: readonly Weighted<string>[];
}

const parsedTables = new Map<TaskTable, ParsedTable>();

/**
 * Room and family, by their share in the training split.
 * @throws {Error} when no allowed room poses an allowed family.
 */
export function drawFamily(random: RandomStream, options: GeneratorOptions): readonly [Room, TaskFamily] {
  const choices = options.rooms.flatMap((room) =>
    options.families.map((family) => ({
      item: [room, family] as const,
      weight: TASK_TABLES[room][family]?.weight ?? 0,
    })),
  );
  const choice = drawWeighted(random, choices);
  if (choice === undefined) {
    throw new Error(`household generator: none of ${options.rooms} poses any of ${options.families}`);
  }
  return choice;
}

export function drawTask(random: RandomStream, layout: Layout, family: TaskFamily): TaskDraw | undefined {
  const table = parsed(TASK_TABLES[layout.room][family]);
  if (table === undefined) return undefined;
  const target =
    family === "look_at_obj_in_light" ? drawLook(random, layout, table) : drawPlacing(random, layout, table);
  return target && { family, target, goal: random.pick(goalSentences(family, target)) };
}

function drawLook(random: RandomStream, layout: Layout, table: ParsedTable): Target | undefined {
  const lamps = table.places.filter(({ item }) =>
    layout.fixtures.some(({ type, receptacle }) => type === item && receptacle !== undefined),
  );
  const lamp = drawWeighted(random, lamps);
  const object = drawWeighted(random, table.objects);
  return lamp && object ? { object, receptacle: undefined, lamp } : undefined;
}

function drawPlacing(random: RandomStream, layout: Layout, table: ParsedTable): Target | undefined {
  const receptacle = drawWeighted(
    random,
    table.places.filter(({ item }) => layout.byType.has(item)),
  );
  if (receptacle === undefined) return undefined;
  const object = drawWeighted(
    random,
    table.objects.filter(({ item }) => CAN_CONTAIN.get(receptacle)?.has(item)),
  );
  return object ? { object, receptacle, lamp: undefined } : undefined;
}

function parsed(table: TaskTable | undefined): ParsedTable | undefined {
  if (table === undefined) return undefined;
  const known = parsedTables.get(table) ?? { places: weights(table.places), objects: weights(table.objects) };
  parsedTables.set(table, known);
  return known;
}
