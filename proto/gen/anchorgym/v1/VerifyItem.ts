// Original file: anchorgym/v1/verifier.proto

import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';

export interface VerifyItemInit {
  /**
   * Chosen by the client, unique in the request; key of the result.
   */
  'itemId'?: (string);
  /**
   * Environment.name. Unknown, or not a verifier: ENVIRONMENT_NOT_FOUND.
   */
  'environment'?: (string);
  /**
   * Task.task_id. Unknown: TASK_NOT_FOUND.
   */
  'taskId'?: (string);
  /**
   * A task by value, where Environment.task_schema_json is set; else INLINE_TASK_UNSUPPORTED.
   */
  'inlineTaskJson'?: (string);
  /**
   * What the model wrote.
   */
  'completion'?: (string);
  /**
   * Bound of this item; a completion that runs longer scores 0. Absent: the environment's own bound.
   */
  'timeout'?: (_google_protobuf_DurationInit | null);
  /**
   * Exactly one.
   */
  'task'?: "taskId"|"inlineTaskJson";
}

export interface VerifyItem {
  /**
   * Chosen by the client, unique in the request; key of the result.
   */
  'itemId': (string);
  /**
   * Environment.name. Unknown, or not a verifier: ENVIRONMENT_NOT_FOUND.
   */
  'environment': (string);
  /**
   * Task.task_id. Unknown: TASK_NOT_FOUND.
   */
  'taskId'?: (string);
  /**
   * A task by value, where Environment.task_schema_json is set; else INLINE_TASK_UNSUPPORTED.
   */
  'inlineTaskJson'?: (string);
  /**
   * What the model wrote.
   */
  'completion': (string);
  /**
   * Bound of this item; a completion that runs longer scores 0. Absent: the environment's own bound.
   */
  'timeout': (_google_protobuf_Duration | null);
  /**
   * Exactly one.
   */
  'task'?: "taskId"|"inlineTaskJson";
}
