// Original file: anchorgym/v1/verifier.proto

import type { NamedValueInit as _anchorgym_v1_NamedValueInit, NamedValue as _anchorgym_v1_NamedValue } from '../../anchorgym/v1/NamedValue.ts';
import type { SandboxReportInit as _anchorgym_v1_SandboxReportInit, SandboxReport as _anchorgym_v1_SandboxReport } from '../../anchorgym/v1/SandboxReport.ts';

export interface VerdictInit {
  /**
   * In [0, 1].
   */
  'score'?: (number | string);
  'passed'?: (boolean);
  /**
   * What the score is made of.
   */
  'components'?: (_anchorgym_v1_NamedValueInit)[];
  /**
   * For people. Never holds the answer.
   */
  'explanation'?: (string);
  /**
   * Set when something was executed.
   */
  'sandbox'?: (_anchorgym_v1_SandboxReportInit | null);
}

export interface Verdict {
  /**
   * In [0, 1].
   */
  'score': (number);
  'passed': (boolean);
  /**
   * What the score is made of.
   */
  'components': (_anchorgym_v1_NamedValue)[];
  /**
   * For people. Never holds the answer.
   */
  'explanation': (string);
  /**
   * Set when something was executed.
   */
  'sandbox': (_anchorgym_v1_SandboxReport | null);
}
