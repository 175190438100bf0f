// The error vocabulary that both sides share: the one table from reason to gRPC code, retry and who acts, and the typed
// errors that carry it. What an agent does wrong is never in here; it is a value in an outcome.
// This file knows no transport: `rich-status.ts` puts errors on the wire and takes them off.

/** gRPC status codes that appear in the table, by name. */
export const GRPC_CODES = {
  CANCELLED: 1,
  UNKNOWN: 2,
  INVALID_ARGUMENT: 3,
  DEADLINE_EXCEEDED: 4,
  NOT_FOUND: 5,
  PERMISSION_DENIED: 7,
  RESOURCE_EXHAUSTED: 8,
  FAILED_PRECONDITION: 9,
  ABORTED: 10,
  OUT_OF_RANGE: 11,
  UNIMPLEMENTED: 12,
  INTERNAL: 13,
  UNAVAILABLE: 14,
  DATA_LOSS: 15,
  UNAUTHENTICATED: 16,
} as const;
export type GrpcCodeName = keyof typeof GRPC_CODES;

/** Which class of error a reason belongs to, which is: where it broke. */
export type ErrorKind =
  | "ConfigError"
  | "RequestError"
  | "SessionError"
  | "CapacityError"
  | "EnvError"
  | "VerifierError"
  | "DeterminismError"
  | "EngineError"
  | "TransportError";

interface ReasonRow {
  readonly kind: ErrorKind;
  /** Code on the wire; for reasons that never travel, the nearest one. */
  readonly code: GrpcCodeName;
  /** The same call may succeed later without anybody acting. */
  readonly retryable: boolean;
  readonly whoActs: string;
}

const row = (kind: ErrorKind, code: GrpcCodeName, retryable: boolean, whoActs: string): ReasonRow => ({
  kind,
  code,
  retryable,
  whoActs,
});

/** Every reason there is (`protocol.md` section 11). */
export const REASONS = {
  CONFIG_INVALID: row("ConfigError", "INVALID_ARGUMENT", false, "operator: correct the named setting"),

  MESSAGE_INVALID: row("RequestError", "INVALID_ARGUMENT", false, "caller: a bug"),
  AGENTS_MISMATCH: row("RequestError", "INVALID_ARGUMENT", false, "caller: a bug"),
  FAN_OUT_EXCEEDED: row("RequestError", "INVALID_ARGUMENT", false, "caller: a bug"),
  TOKEN_INVALID: row("RequestError", "UNAUTHENTICATED", false, "operator"),
  SCOPE_MISSING: row("RequestError", "PERMISSION_DENIED", false, "operator"),
  ENVIRONMENT_NOT_FOUND: row("RequestError", "NOT_FOUND", false, "caller: ask ListEnvironments"),
  TASK_NOT_FOUND: row("RequestError", "NOT_FOUND", false, "caller: ask ListTasks"),
  GROUP_NOT_FOUND: row("RequestError", "NOT_FOUND", false, "caller"),
  CATALOGUE_CHANGED: row("RequestError", "FAILED_PRECONDITION", false, "experimenter: pin, or accept the change"),
  BUILD_CHANGED: row("RequestError", "FAILED_PRECONDITION", false, "experimenter: pin, or accept the change"),
  STEP_CONFLICT: row("RequestError", "ABORTED", false, "caller: two writers on one session"),
  REQUEST_CONFLICT: row("RequestError", "ABORTED", false, "caller: a reused request_id"),
  FORK_UNSUPPORTED: row("RequestError", "UNIMPLEMENTED", false, "caller: read Environment first"),
  INLINE_TASK_UNSUPPORTED: row("RequestError", "UNIMPLEMENTED", false, "caller: read Environment first"),

  SESSION_NOT_FOUND: row("SessionError", "NOT_FOUND", false, "caller: the session never existed here, or is long gone"),
  WRONG_ENDPOINT: row("SessionError", "FAILED_PRECONDITION", true, "client library: call metadata endpoint"),
  SESSION_SUSPENDED: row("SessionError", "FAILED_PRECONDITION", false, "client library: resume"),
  STALE_EPOCH: row("SessionError", "FAILED_PRECONDITION", false, "former holder: stop"),
  EPISODE_ENDED: row("SessionError", "FAILED_PRECONDITION", false, "caller: a new episode is a new group"),
  SESSION_CLOSED: row("SessionError", "FAILED_PRECONDITION", false, "caller: drop the episode"),
  SESSION_FAILED: row(
    "SessionError",
    "FAILED_PRECONDITION",
    false,
    "caller: drop the episode, or fork before the fault",
  ),
  SEQ_GAP: row("SessionError", "FAILED_PRECONDITION", true, "client library: send again from metadata next_seq"),
  SEQ_EXPIRED: row("SessionError", "OUT_OF_RANGE", false, "client library: GetTrajectory has it"),
  STATE_MISMATCH: row("SessionError", "FAILED_PRECONDITION", false, "caller: the action was chosen in another state"),
  BRANCH_NOT_FOUND: row("SessionError", "FAILED_PRECONDITION", false, "caller: BranchStep again"),
  STEP_PENDING: row("SessionError", "DEADLINE_EXCEEDED", true, "client library: send the same item again"),

  CAPACITY_EXHAUSTED: row("CapacityError", "RESOURCE_EXHAUSTED", true, "client library; operator if it lasts"),
  QUOTA_EXCEEDED: row("CapacityError", "RESOURCE_EXHAUSTED", true, "client library; operator if it lasts"),
  WINDOW_EXCEEDED: row("CapacityError", "RESOURCE_EXHAUSTED", true, "client library: fewer items in flight"),
  DRAINING: row("CapacityError", "UNAVAILABLE", true, "client library: another server"),

  ENV_FAULT: row("EnvError", "INTERNAL", false, "author of the world; the episode never trains"),
  ENV_TIMEOUT: row("EnvError", "INTERNAL", false, "author of the world; the episode never trains"),

  SANDBOX_UNAVAILABLE: row("VerifierError", "UNAVAILABLE", true, "operator; never scored 0"),
  VERIFIER_FAULT: row("VerifierError", "INTERNAL", false, "author of the verifier; never scored 0"),

  GROUP_NOT_IDENTICAL: row("DeterminismError", "DATA_LOSS", false, "author of the world: it is not deterministic"),
  REPLAY_DIVERGED: row("DeterminismError", "DATA_LOSS", false, "author of the world: it is not deterministic"),

  GENERATION_FAILED: row("EngineError", "INTERNAL", true, "client: recorded on the trajectory"),
  ENGINE_UNREACHABLE: row("EngineError", "UNAVAILABLE", true, "client: recorded on the trajectory"),
  LOSS_NOT_FINITE: row("EngineError", "INTERNAL", false, "researcher: the run stops at the last good checkpoint"),
  WEIGHTS_REJECTED: row("EngineError", "INVALID_ARGUMENT", false, "researcher: the run stops"),
  CHECKPOINT_CORRUPT: row("EngineError", "DATA_LOSS", false, "researcher: the run stops at the last good checkpoint"),

  SERVER_UNREACHABLE: row(
    "TransportError",
    "UNAVAILABLE",
    true,
    "client library: another server, or the same one later",
  ),
  DEADLINE_EXCEEDED: row("TransportError", "DEADLINE_EXCEEDED", true, "client library; operator if it lasts"),
  CLIENT_CLOSED: row("TransportError", "CANCELLED", false, "caller: it used a client that it had closed"),
  ANSWER_INVALID: row("TransportError", "INTERNAL", false, "author of the server: it breaks the protocol"),
  INTERNAL_FAULT: row("TransportError", "INTERNAL", false, "author of anchorgym: a bug"),
} as const satisfies Record<string, ReasonRow>;

export type Reason = keyof typeof REASONS;

export function isReason(text: string): text is Reason {
  return Object.hasOwn(REASONS, text);
}

const MARKER = Symbol.for("anchorgym.error");

/** Ids and numbers that somebody needs to act: session, seq, nextSeq, endpoint, field. */
export type ErrorIds = Readonly<Record<string, string>>;

export interface ErrorOptionsOf {
  readonly ids?: ErrorIds;
  readonly cause?: unknown;
  /** Wait at least this long before trying again, in milliseconds. */
  readonly retryDelayMs?: number;
  /** Overrides the table where the circumstances say otherwise. */
  readonly retryable?: boolean;
}

/** An error that names its reason. Made by `fail`, which picks the subclass; recognised by `isAnchorgymError`. */
export class AnchorgymError extends Error {
  readonly reason: Reason;
  readonly code: GrpcCodeName;
  readonly retryable: boolean;
  readonly ids: ErrorIds;
  readonly retryDelayMs: number | undefined;
  /** The sentence without reason and ids. */
  readonly sentence: string;

  constructor(reason: Reason, sentence: string, options: ErrorOptionsOf = {}) {
    const ids = options.ids ?? {};
    const suffix = Object.entries(ids).map(([key, value]) => `${key}=${value}`);
    super(`[${reason}] ${sentence}${suffix.length > 0 ? ` (${suffix.join(", ")})` : ""}`, { cause: options.cause });
    Object.defineProperty(this, MARKER, { value: true });
    this.reason = reason;
    this.code = REASONS[reason].code;
    this.retryable = options.retryable ?? REASONS[reason].retryable;
    this.ids = ids;
    this.retryDelayMs = options.retryDelayMs;
    this.sentence = sentence;
    this.name = REASONS[reason].kind;
  }

  /** The only normaliser: a typed error passes unchanged, anything else becomes `otherwise` with the original as cause. */
  static from(thrown: unknown, otherwise: Reason = "INTERNAL_FAULT"): AnchorgymError {
    if (isAnchorgymError(thrown)) return thrown;
    const sentence = thrown instanceof Error ? thrown.message : String(thrown);
    return fail(otherwise, sentence, { cause: thrown });
  }
}

export class ConfigError extends AnchorgymError {}
export class RequestError extends AnchorgymError {}
export class SessionError extends AnchorgymError {}
export class CapacityError extends AnchorgymError {}
export class EnvError extends AnchorgymError {}
export class VerifierError extends AnchorgymError {}
export class DeterminismError extends AnchorgymError {}
export class EngineError extends AnchorgymError {}
export class TransportError extends AnchorgymError {}

const CLASSES = {
  ConfigError,
  RequestError,
  SessionError,
  CapacityError,
  EnvError,
  VerifierError,
  DeterminismError,
  EngineError,
  TransportError,
} as const satisfies Record<ErrorKind, typeof AnchorgymError>;

/** The error of `reason`, of the class that the table names. Returns it: the caller throws, rejects or stores it. */
export function fail(reason: Reason, sentence: string, options: ErrorOptionsOf = {}): AnchorgymError {
  const Class = CLASSES[REASONS[reason].kind];
  return new Class(reason, sentence, options);
}

/** True also for errors of another copy of this module. */
export function isAnchorgymError(thrown: unknown): thrown is AnchorgymError {
  return typeof thrown === "object" && thrown !== null && MARKER in thrown;
}
