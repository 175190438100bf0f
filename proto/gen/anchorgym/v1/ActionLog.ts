// Original file: anchorgym/v1/environment.proto

import type { LogHeaderInit as _anchorgym_v1_LogHeaderInit, LogHeader as _anchorgym_v1_LogHeader } from '../../anchorgym/v1/LogHeader.ts';
import type { LogEntryInit as _anchorgym_v1_LogEntryInit, LogEntry as _anchorgym_v1_LogEntry } from '../../anchorgym/v1/LogEntry.ts';

/**
 * All that is needed to execute an episode again, and to tell whether it went the same way.
 */
export interface ActionLogInit {
  'header'?: (_anchorgym_v1_LogHeaderInit | null);
  /**
   * In seq order, without gaps. Entry 0 has no actions.
   */
  'entries'?: (_anchorgym_v1_LogEntryInit)[];
}

/**
 * All that is needed to execute an episode again, and to tell whether it went the same way.
 */
export interface ActionLog {
  'header': (_anchorgym_v1_LogHeader | null);
  /**
   * In seq order, without gaps. Entry 0 has no actions.
   */
  'entries': (_anchorgym_v1_LogEntry)[];
}
