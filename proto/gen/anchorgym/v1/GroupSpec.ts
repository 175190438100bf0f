// Original file: anchorgym/v1/environment.proto

import type { ReplicaSeedsInit as _anchorgym_v1_ReplicaSeedsInit, ReplicaSeeds as _anchorgym_v1_ReplicaSeeds } from '../../anchorgym/v1/ReplicaSeeds.ts';
import type { Long } from '@grpc/proto-loader';

/**
 * A group to create.
 */
export interface GroupSpecInit {
  /**
   * Chosen by the client, unique in the request; key of the result.
   */
  'groupKey'?: (string);
  /**
   * Task.task_id. Unknown: TASK_NOT_FOUND.
   */
  'taskId'?: (string);
  /**
   * A task by value, where Environment.task_schema_json is set; else INLINE_TASK_UNSUPPORTED. What cannot be read or
   * played is MESSAGE_INVALID with the path of the field. Content digest and state hashes are those of a catalogue task
   * with the same data; the task id derives from the digest, and no catalogue knows it.
   */
  'inlineTaskJson'?: (string);
  /**
   * Drives everything random after the task itself; below 2^53.
   */
  'seed'?: (number | string | Long);
  /**
   * G, at least 1.
   */
  'replicaCount'?: (number);
  /**
   * How replicas draw after the start.
   */
  'replicaSeeds'?: (_anchorgym_v1_ReplicaSeedsInit);
  /**
   * One of Environment.text_parsers. Empty: the first.
   */
  'textParser'?: (string);
  /**
   * Options by Environment.options_schema_json. Empty: all defaults. Refused: MESSAGE_INVALID.
   */
  'optionsJson'?: (string);
  /**
   * Exactly one.
   */
  'task'?: "taskId"|"inlineTaskJson";
}

/**
 * A group to create.
 */
export interface GroupSpec {
  /**
   * Chosen by the client, unique in the request; key of the result.
   */
  'groupKey': (string);
  /**
   * Task.task_id. Unknown: TASK_NOT_FOUND.
   */
  'taskId'?: (string);
  /**
   * A task by value, where Environment.task_schema_json is set; else INLINE_TASK_UNSUPPORTED. What cannot be read or
   * played is MESSAGE_INVALID with the path of the field. Content digest and state hashes are those of a catalogue task
   * with the same data; the task id derives from the digest, and no catalogue knows it.
   */
  'inlineTaskJson'?: (string);
  /**
   * Drives everything random after the task itself; below 2^53.
   */
  'seed': (string);
  /**
   * G, at least 1.
   */
  'replicaCount': (number);
  /**
   * How replicas draw after the start.
   */
  'replicaSeeds': (_anchorgym_v1_ReplicaSeeds);
  /**
   * One of Environment.text_parsers. Empty: the first.
   */
  'textParser': (string);
  /**
   * Options by Environment.options_schema_json. Empty: all defaults. Refused: MESSAGE_INVALID.
   */
  'optionsJson': (string);
  /**
   * Exactly one.
   */
  'task'?: "taskId"|"inlineTaskJson";
}
