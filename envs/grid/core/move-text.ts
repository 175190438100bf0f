// How a completion becomes moves: one name, a tagged name, or a list of names. The raw completion stays with the caller; what
// cannot be read is a value here, never an exception. Rules of the named parsers: README, "Text parsers".

import type { Json } from "../../core/types.ts";
import { readLiteral } from "./literal.ts";

export const MOVE_PARSERS = ["plain", "action-tag", "answer-list", "hash-list", "hash-list-upstream"] as const;
export type MoveParser = (typeof MOVE_PARSERS)[number];

/** What a world understands: move names by number; several names may mean one move. */
export interface MoveVocabulary {
  readonly byName: ReadonlyMap<string, number>;
  /** In the order in which `action-tag` looks for substrings. */
  readonly tagNames: readonly string[];
}

export interface ReadMoves {
  /** Move numbers in order; UNKNOWN_MOVE where a list holds something that names no move. */
  readonly moves: readonly number[];
  /** The completion had the form that the parser demands. */
  readonly wellFormed: boolean;
  /** The form asks for a penalty although moves were read (`answer-list` with skipped names, missing tags). */
  readonly penalized: boolean;
}

export const UNKNOWN_MOVE = -1;
const UNREADABLE: ReadMoves = { moves: [], wellFormed: false, penalized: true };

/** Reads a completion. @param maxMoves the bound of `answer-list`; longer lists are cut */
export function readMoves(text: string, parser: MoveParser, vocabulary: MoveVocabulary, maxMoves: number): ReadMoves {
  switch (parser) {
    case "plain":
      return readPlain(text, vocabulary);
    case "action-tag":
      return readActionTag(text, vocabulary);
    case "answer-list":
      return readAnswerList(text, vocabulary, maxMoves);
    case "hash-list":
    case "hash-list-upstream":
      return readHashMoves(text, parser === "hash-list-upstream", vocabulary);
  }
}

function single(move: number | undefined): ReadMoves {
  return move === undefined ? UNREADABLE : { moves: [move], wellFormed: true, penalized: false };
}

/** One name, or in plans several separated by blanks, commas or a literal list; several names are unknown to step forms. */
function readPlain(text: string, vocabulary: MoveVocabulary): ReadMoves {
  const trimmed = text.trim().toLowerCase();
  const move = vocabulary.byName.get(trimmed);
  if (move !== undefined) return single(move);
  const literal = trimmed.startsWith("[") ? readLiteral(trimmed) : undefined;
  const names = Array.isArray(literal) ? literal : trimmed.split(/[\s,]+/);
  if (names.length === 0) return { moves: [], wellFormed: true, penalized: false };
  const moves = names.map((name) => moveOf(name, vocabulary));
  return moves.includes(UNKNOWN_MOVE) ? UNREADABLE : { moves, wellFormed: true, penalized: false };
}

function moveOf(name: Json, vocabulary: MoveVocabulary): number {
  return (typeof name === "string" ? vocabulary.byName.get(name.trim().toLowerCase()) : undefined) ?? UNKNOWN_MOVE;
}

function readActionTag(text: string, vocabulary: MoveVocabulary): ReadMoves {
  const lower = text.toLowerCase();
  const open = lower.indexOf("<action>");
  const close = lower.indexOf("</action>");
  if (open < 0 || close < 0) return UNREADABLE;
  const inside = lower.slice(open + "<action>".length, Math.max(close, open + "<action>".length));
  const name = vocabulary.tagNames.find((candidate) => inside.includes(candidate));
  if (name === undefined) return UNREADABLE;
  const hasThought = lower.includes("<think>") && lower.includes("</think>");
  return { moves: [vocabulary.byName.get(name) as number], wellFormed: hasThought, penalized: false };
}

function readAnswerList(text: string, vocabulary: MoveVocabulary, maxMoves: number): ReadMoves {
  const answer = /<answer>([\s\S]*?)<\/answer>/.exec(text)?.[1];
  if (answer === undefined) return UNREADABLE;
  const names = answer
    .split("||")
    .map((part) => part.trim())
    .filter((part) => part !== "")
    .slice(0, maxMoves);
  const moves = names.map((name) => moveOf(name, vocabulary)).filter((move) => move !== UNKNOWN_MOVE);
  if (moves.length === 0) return UNREADABLE;
  return { moves, wellFormed: true, penalized: moves.length < names.length };
}

function readHashMoves(text: string, upstream: boolean, vocabulary: MoveVocabulary): ReadMoves {
  const list = readHashList(text, upstream, true);
  if (list === undefined) return UNREADABLE;
  return { moves: list.map((name) => moveOf(name, vocabulary)), wellFormed: true, penalized: false };
}

/**
 * The list after `####`: the last line that starts with it, or, upstream, everything after the first.
 * @param bareMoves also accept letters without quotes, as in `#### [U, D]`
 */
export function readHashList(text: string, upstream: boolean, bareMoves: boolean): readonly Json[] | undefined {
  let body: string | undefined;
  if (upstream) {
    body = afterFirstMark(text);
  } else {
    const line = text.split("\n").findLast((candidate) => candidate.trimStart().startsWith("####"));
    body = line?.trimStart().slice(4);
  }
  body = body?.trim();
  if (body === undefined || !body.startsWith("[") || !body.endsWith("]")) return undefined;
  const literal = readLiteral(body);
  if (Array.isArray(literal)) return literal;
  if (!bareMoves) return undefined;
  const letters = body.slice(1, -1).split(",");
  const names = letters.map((letter) => letter.trim()).filter((letter) => letter !== "");
  return names.every((name) => /^[UDLRudlr]$/.test(name)) ? names : undefined;
}

/**
 * What upstream's pattern `(?m)^\s*####\s+(.+)$` takes: its dot also crosses line feeds, so everything after the first mark that
 * opens a line and is followed by a blank. Scanned, because the pattern itself is quadratic in runs of blanks.
 */
function afterFirstMark(text: string): string | undefined {
  for (let at = text.indexOf("####"); at >= 0; at = text.indexOf("####", at + 1)) {
    const lineStart = text.lastIndexOf("\n", at) + 1;
    if (text.slice(lineStart, at).trim() === "" && /^\s[\s\S]/.test(text.slice(at + 4, at + 6)))
      return text.slice(at + 5);
  }
  return undefined;
}

/** Longer completions are not read at all. */
export const MAX_ACTION_CHARACTERS = 16_384;

/** A single move in the form that a parser reads, so that listed actions are always understood. */
export function formatMove(parser: MoveParser, name: string): string {
  return formatMoves(parser, [name]);
}

/** Moves in the form that a parser reads. `action-tag` has no form for more than one. */
export function formatMoves(parser: MoveParser, names: readonly string[]): string {
  switch (parser) {
    case "plain":
      return names.join(" ");
    case "action-tag":
      return `<think></think><action>${names.join(" ")}</action>`;
    case "answer-list":
      return `<answer>${names.join(" || ")}</answer>`;
    case "hash-list":
    case "hash-list-upstream":
      return `#### ${JSON.stringify(names).replaceAll(",", ", ")}`;
  }
}
