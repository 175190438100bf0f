// Branches on the wire: candidates and commits -> effects on a session, candidate outcomes -> results.

import { fail } from "../../proto/errors.ts";
import type { BranchItem } from "../../proto/gen/anchorgym/v1/BranchItem.ts";
import type { BranchResultInit } from "../../proto/gen/anchorgym/v1/BranchResult.ts";
import type { CommitItem } from "../../proto/gen/anchorgym/v1/CommitItem.ts";
import { encodeStatus } from "../../proto/rich-status.ts";
import type { BranchAnswer, SubmittedBranch, SubmittedCommit } from "../sessions/session-items.ts";
import { decodeHash, invalidField } from "./field-checks.ts";
import { boundAnswerBytes, type Detail, decodeActions, decodeSeq, encodeOutcome } from "./step-codec.ts";

const STATUS_BYTES = 1_024;

/** @throws {RequestError} MESSAGE_INVALID naming the field, FAN_OUT_EXCEEDED */
export function decodeBranchItem(item: BranchItem, field: string, maxFanOut: number): SubmittedBranch {
  const seq = decodeSeq(item.seq, `${field}.seq`);
  const { candidates, epoch, sessionId } = item;
  if (candidates.length === 0) throw invalidField(`${field}.candidates`, "must not be empty");
  if (candidates.length > maxFanOut) {
    throw fail("FAN_OUT_EXCEEDED", `${candidates.length} candidates are more than this server's ${maxFanOut}`, {
      ids: { session: sessionId, max_fan_out: String(maxFanOut) },
    });
  }
  const decoded = candidates.map(({ actions }, index) => decodeActions(actions, `${field}.candidates[${index}]`));
  return { epoch, seq, candidates: decoded };
}

/** @throws {RequestError} MESSAGE_INVALID naming the field */
export function decodeCommitItem(item: CommitItem, field: string): SubmittedCommit {
  const fullHash = decodeHash(item.fullStateHash, `${field}.full_state_hash`);
  if (fullHash === "") throw invalidField(`${field}.full_state_hash`, "must be the full hash of the chosen outcome");
  return { epoch: item.epoch, seq: decodeSeq(item.seq, `${field}.seq`), branchIndex: item.branchIndex, fullHash };
}

export function boundBranchBytes(answer: BranchAnswer, detail: Detail): number {
  if ("error" in answer) return STATUS_BYTES;
  return answer.candidates.reduce((sum, candidate) => sum + boundAnswerBytes(candidate, detail), STATUS_BYTES);
}

export function encodeBranchResult(
  sessionId: string,
  seq: number,
  answer: BranchAnswer,
  detail: Detail,
): BranchResultInit {
  if ("error" in answer) return { sessionId, seq, status: encodeStatus(answer.error) };
  const candidates = answer.candidates.map((candidate) =>
    "error" in candidate
      ? { status: encodeStatus(candidate.error) }
      : { outcome: encodeOutcome(candidate.record, candidate.replayed, detail) },
  );
  return { sessionId, seq, branches: { candidates } };
}
