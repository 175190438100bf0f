// Original file: anchorgym/v1/environment.proto

import type { Long } from '@grpc/proto-loader';

/**
 * Where an episode began.
 */
export interface LogHeaderInit {
  'environment'?: (string);
  'version'?: (string);
  'hashScheme'?: (string);
  'stateSchema'?: (string);
  /**
   * Of an inline task, the name that derives from its digest.
   */
  'taskId'?: (string);
  /**
   * The task by value, as it was sent. Empty: task_id names a task of the catalogue.
   */
  'inlineTaskJson'?: (string);
  'textParser'?: (string);
  'optionsJson'?: (string);
  /**
   * Of the call that created the session.
   */
  'requestId'?: (string);
  /**
   * Forks only.
   */
  'parentSessionId'?: (string);
  'buildDigest'?: (Buffer | Uint8Array | string);
  /**
   * Task.content_digest.
   */
  'taskDigest'?: (Buffer | Uint8Array | string);
  /**
   * The seed that this session was reset with.
   */
  'seed'?: (number | string | Long);
}

/**
 * Where an episode began.
 */
export interface LogHeader {
  'environment': (string);
  'version': (string);
  'hashScheme': (string);
  'stateSchema': (string);
  /**
   * Of an inline task, the name that derives from its digest.
   */
  'taskId': (string);
  /**
   * The task by value, as it was sent. Empty: task_id names a task of the catalogue.
   */
  'inlineTaskJson': (string);
  'textParser': (string);
  'optionsJson': (string);
  /**
   * Of the call that created the session.
   */
  'requestId': (string);
  /**
   * Forks only.
   */
  'parentSessionId': (string);
  'buildDigest': (Buffer);
  /**
   * Task.content_digest.
   */
  'taskDigest': (Buffer);
  /**
   * The seed that this session was reset with.
   */
  'seed': (string);
}
