// Checks of received fields. A violation is MESSAGE_INVALID with the field's path and what it expects; in a batch it
// stays the item's own.

import { type AnchorgymError, fail } from "../../proto/errors.ts";
import type { Duration } from "../../proto/gen/google/protobuf/Duration.ts";
import type { TaskRef } from "../worlds/find-task.ts";

export function invalidField(field: string, expects: string): AnchorgymError {
  return fail("MESSAGE_INVALID", expects, { ids: { field } });
}

/** Ids that clients choose: 1 to 128 bytes. */
export function checkClientId(text: string, field: string): string {
  const sizeBytes = Buffer.byteLength(text);
  if (sizeBytes < 1 || sizeBytes > 128) throw invalidField(field, `must be 1 to 128 bytes long, has ${sizeBytes}`);
  return text;
}

/** uint64 seeds arrive as decimal strings. */
export function decodeSeed(text: string, field: string): number {
  const seed = Number(text);
  if (!Number.isSafeInteger(seed) || seed < 0) throw invalidField(field, `must be an integer in [0, 2^53), is ${text}`);
  return seed;
}

/** The task of a group or of a verdict: exactly one form is set. */
export function decodeTaskRef(
  {
    task,
    taskId,
    inlineTaskJson,
  }: { readonly task?: string; readonly taskId?: string; readonly inlineTaskJson?: string },
  field: string,
): TaskRef {
  if (task === "taskId") return { taskId: taskId ?? "" };
  if (task === "inlineTaskJson") return { inlineTaskJson: inlineTaskJson ?? "" };
  throw invalidField(`${field}.task`, "must be a task_id or an inline_task_json; none is set");
}

/** Milliseconds; undefined when absent. */
export function decodeDuration(duration: Duration | null, field: string): number | undefined {
  if (duration === null) return undefined;
  const durationMs = Number(duration.seconds) * 1_000 + duration.nanos / 1_000_000;
  if (!Number.isFinite(durationMs) || durationMs < 0) throw invalidField(field, "must not be negative");
  return durationMs;
}

export function encodeDuration(durationMs: number): { seconds: number; nanos: number } {
  return { seconds: Math.floor(durationMs / 1_000), nanos: Math.round(durationMs % 1_000) * 1_000_000 };
}

/** Hex; "" when absent. */
export function decodeHash(bytes: Buffer, field: string): string {
  if (bytes.length !== 0 && bytes.length !== 32) throw invalidField(field, `must be 32 bytes, has ${bytes.length}`);
  return bytes.toString("hex");
}

export function encodeHash(hex: string): Buffer {
  return Buffer.from(hex, "hex");
}

/** The member of an enum without its prefix; its zero value as `unspecified`. */
export function decodeEnum<Member extends string>(
  value: string | number,
  prefix: string,
  members: readonly Member[],
  unspecified: Member,
  field: string,
): Member {
  if (value === `${prefix}UNSPECIFIED`) return unspecified;
  const member = members.find((candidate) => value === `${prefix}${candidate}`);
  if (member === undefined) throw invalidField(field, `must be one of ${members.join(", ")}, is ${value}`);
  return member;
}
