// Original file: anchorgym/v1/environment.proto

import type { SessionStateInit as _anchorgym_v1_SessionStateInit, SessionState as _anchorgym_v1_SessionState } from '../../anchorgym/v1/SessionState.ts';
import type { AgentTokenInit as _anchorgym_v1_AgentTokenInit, AgentToken as _anchorgym_v1_AgentToken } from '../../anchorgym/v1/AgentToken.ts';

/**
 * One episode.
 */
export interface SessionInit {
  'sessionId'?: (string);
  /**
   * host:port of the worker that holds it. Empty: the address just called. Under TLS the host is one that the worker's
   * certificate is valid for.
   */
  'endpoint'?: (string);
  'groupId'?: (string);
  'leaseId'?: (string);
  /**
   * Position in the group.
   */
  'replicaIndex'?: (number);
  'state'?: (_anchorgym_v1_SessionStateInit);
  /**
   * Fence, from 1. Raised when another client takes the session over; steps with another epoch get STALE_EPOCH.
   */
  'epoch'?: (number);
  /**
   * Number of the next step, from 1.
   */
  'nextSeq'?: (number);
  /**
   * Of the current state.
   */
  'fullStateHash'?: (Buffer | Uint8Array | string);
  /**
   * Of the current state.
   */
  'semanticStateHash'?: (Buffer | Uint8Array | string);
  /**
   * Forks only: the session that this one was copied from.
   */
  'parentSessionId'?: (string);
  /**
   * Forks only: the last seq that it shares with its parent.
   */
  'branchedAtSeq'?: (number);
  /**
   * Only when asked for.
   */
  'agentTokens'?: (_anchorgym_v1_AgentTokenInit)[];
}

/**
 * One episode.
 */
export interface Session {
  'sessionId': (string);
  /**
   * host:port of the worker that holds it. Empty: the address just called. Under TLS the host is one that the worker's
   * certificate is valid for.
   */
  'endpoint': (string);
  'groupId': (string);
  'leaseId': (string);
  /**
   * Position in the group.
   */
  'replicaIndex': (number);
  'state': (_anchorgym_v1_SessionState);
  /**
   * Fence, from 1. Raised when another client takes the session over; steps with another epoch get STALE_EPOCH.
   */
  'epoch': (number);
  /**
   * Number of the next step, from 1.
   */
  'nextSeq': (number);
  /**
   * Of the current state.
   */
  'fullStateHash': (Buffer);
  /**
   * Of the current state.
   */
  'semanticStateHash': (Buffer);
  /**
   * Forks only: the session that this one was copied from.
   */
  'parentSessionId': (string);
  /**
   * Forks only: the last seq that it shares with its parent.
   */
  'branchedAtSeq': (number);
  /**
   * Only when asked for.
   */
  'agentTokens': (_anchorgym_v1_AgentToken)[];
}
