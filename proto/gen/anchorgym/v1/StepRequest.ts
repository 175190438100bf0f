// Original file: anchorgym/v1/environment.proto

import type { StepItemInit as _anchorgym_v1_StepItemInit, StepItem as _anchorgym_v1_StepItem } from '../../anchorgym/v1/StepItem.ts';
import type { DetailInit as _anchorgym_v1_DetailInit, Detail as _anchorgym_v1_Detail } from '../../anchorgym/v1/Detail.ts';
import type { DurationInit as _google_protobuf_DurationInit, Duration as _google_protobuf_Duration } from '../../google/protobuf/Duration.ts';

export interface StepRequestInit {
  /**
   * At least one, at most Limits.max_batch_items. Items of one session run in item order.
   */
  'items'?: (_anchorgym_v1_StepItemInit)[];
  'detail'?: (_anchorgym_v1_DetailInit);
  /**
   * The reply leaves when so many items have settled. 0: all. Ignored on Interact.
   */
  'minSettled'?: (number);
  /**
   * The reply leaves after this time at the latest. Absent: only the deadline bounds it. Ignored on Interact.
   * Items that have not settled by then, or no longer fit Limits.max_message_bytes, are answered STEP_PENDING; they
   * keep running, and sending them again collects the outcome.
   */
  'maxWait'?: (_google_protobuf_DurationInit | null);
}

export interface StepRequest {
  /**
   * At least one, at most Limits.max_batch_items. Items of one session run in item order.
   */
  'items': (_anchorgym_v1_StepItem)[];
  'detail': (_anchorgym_v1_Detail);
  /**
   * The reply leaves when so many items have settled. 0: all. Ignored on Interact.
   */
  'minSettled': (number);
  /**
   * The reply leaves after this time at the latest. Absent: only the deadline bounds it. Ignored on Interact.
   * Items that have not settled by then, or no longer fit Limits.max_message_bytes, are answered STEP_PENDING; they
   * keep running, and sending them again collects the outcome.
   */
  'maxWait': (_google_protobuf_Duration | null);
}
