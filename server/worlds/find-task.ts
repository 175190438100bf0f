// The task that a request or a log means: by its name in the catalogue, or by value.

import { FormError } from "../../envs/core/form.ts";
import type { Task } from "../../envs/core/types.ts";
import type { World } from "../../envs/core/world.ts";
import { type ErrorIds, fail } from "../../proto/errors.ts";

export type TaskRef = { readonly taskId: string } | { readonly inlineTaskJson: string };

/** As a log holds both: an inline task has a name too, which no catalogue knows. */
export const taskRef = (taskId: string, inlineTaskJson: string): TaskRef =>
  inlineTaskJson === "" ? { taskId } : { inlineTaskJson };

/**
 * @param field where the inline task stands in the message
 * @throws {RequestError} TASK_NOT_FOUND; INLINE_TASK_UNSUPPORTED where the world takes none; MESSAGE_INVALID naming the
 *   field of the task that cannot be read
 */
export function findTask(world: World, ref: TaskRef, field: string, ids: ErrorIds = {}): Task {
  const { name } = world.description;
  if ("taskId" in ref) {
    const task = world.taskById(ref.taskId);
    if (task !== undefined) return task;
    throw fail("TASK_NOT_FOUND", `${name} has no task ${JSON.stringify(ref.taskId)}`, {
      ids: { ...ids, task: ref.taskId },
    });
  }
  if (world.inlineTask === undefined) {
    throw fail("INLINE_TASK_UNSUPPORTED", `${name} takes no inline tasks`, { ids: { ...ids, environment: name } });
  }
  try {
    return world.inlineTask(ref.inlineTaskJson);
  } catch (cause) {
    const sentence = cause instanceof Error ? cause.message : String(cause);
    const path = cause instanceof FormError && cause.path !== "" ? `.${cause.path}` : "";
    throw fail("MESSAGE_INVALID", sentence, { ids: { ...ids, field: `${field}${path}` }, cause });
  }
}
