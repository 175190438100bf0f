// Original file: anchorgym/v1/catalog.proto

/**
 * How the server makes a second session from a past state.
 */
export const ForkMode = {
  /**
   * Never sent by a server.
   */
  FORK_MODE_UNSPECIFIED: 'FORK_MODE_UNSPECIFIED',
  /**
   * The state is copied.
   */
  FORK_MODE_COPY: 'FORK_MODE_COPY',
  /**
   * The action log is executed again and checked by hash.
   */
  FORK_MODE_REPLAY: 'FORK_MODE_REPLAY',
  /**
   * Neither: forks and branches answer FORK_UNSUPPORTED.
   */
  FORK_MODE_UNSUPPORTED: 'FORK_MODE_UNSUPPORTED',
} as const;

/**
 * How the server makes a second session from a past state.
 */
export type ForkModeInit =
  /**
   * Never sent by a server.
   */
  | 'FORK_MODE_UNSPECIFIED'
  | 0
  /**
   * The state is copied.
   */
  | 'FORK_MODE_COPY'
  | 1
  /**
   * The action log is executed again and checked by hash.
   */
  | 'FORK_MODE_REPLAY'
  | 2
  /**
   * Neither: forks and branches answer FORK_UNSUPPORTED.
   */
  | 'FORK_MODE_UNSUPPORTED'
  | 3

/**
 * How the server makes a second session from a past state.
 */
export type ForkMode = typeof ForkMode[keyof typeof ForkMode]
