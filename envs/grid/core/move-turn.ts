// One turn of a world of moves: which moves an action asks for, how its form is judged, and the options that decide how much of
// an episode one turn may play. Shared by the worlds whose actions are directions.

import type { Action, ActionValidity } from "../../core/types.ts";
import {
  MAX_ACTION_CHARACTERS,
  MOVE_PARSERS,
  type MoveParser,
  type MoveVocabulary,
  type ReadMoves,
  readMoves,
} from "./move-text.ts";

/** Options of every world of moves; a world adds its own rows. */
export const TURN_OPTIONS = {
  parser: {
    kind: "choice",
    values: ["preset", ...MOVE_PARSERS],
    initial: "preset",
    about: "how text becomes moves; preset: that of the preset, in plan form hash-list",
  },
  form: {
    kind: "choice",
    values: ["preset", "step", "plan"],
    initial: "preset",
    about: "step: one move a turn; plan: a list of moves a turn",
  },
  maxSteps: {
    kind: "integer",
    minimum: 0,
    maximum: 100_000,
    initial: 0,
    about: "moves of an episode; 0: the preset's",
  },
  maxTurns: {
    kind: "integer",
    minimum: 0,
    maximum: 400_000,
    initial: 0,
    about: "turns of an episode; 0: 4 in plan form, else four times maxSteps",
  },
  tools: { kind: "boolean", initial: false, about: "true: the tool `move` is offered beside the listed actions" },
} as const;

/** How turns are read and bounded, resolved from preset and options. */
export interface TurnRules {
  readonly parser: MoveParser;
  readonly vocabulary: MoveVocabulary;
  readonly maxMovesPerTurn: number;
  /** Lists are the normal form of an action. */
  readonly plans: boolean;
  readonly maxSteps: number;
  readonly maxTurns: number;
  readonly tools: boolean;
}

interface TurnPreset {
  readonly parser: MoveParser;
  readonly vocabulary: MoveVocabulary;
  readonly maxMovesPerTurn: number;
}
interface TurnChoices {
  readonly parser: "preset" | MoveParser;
  readonly form: "preset" | "step" | "plan";
  readonly maxSteps: number;
  readonly maxTurns: number;
  readonly tools: boolean;
}

/** @param presetSteps moves of an episode where the options leave them to the preset */
export function resolveTurnRules(preset: TurnPreset, options: TurnChoices, presetSteps: number): TurnRules {
  const plans = options.form === "plan" || (options.form === "preset" && preset.parser.startsWith("hash-list"));
  const maxSteps = options.maxSteps === 0 ? presetSteps : options.maxSteps;
  const presetParser = plans && !preset.parser.endsWith("-list") ? "hash-list" : preset.parser;
  return {
    parser: options.parser === "preset" ? presetParser : options.parser,
    vocabulary: preset.vocabulary,
    maxMovesPerTurn: plans ? maxSteps : options.form === "step" ? 1 : preset.maxMovesPerTurn,
    plans,
    maxSteps,
    maxTurns: options.maxTurns > 0 ? options.maxTurns : plans ? 4 : 4 * maxSteps,
    tools: options.tools,
  };
}

/** What an action asks for. No moves and a validity other than VALID: it asks for nothing that can be played. */
export interface RequestedMoves {
  readonly moves: readonly number[];
  readonly validity: Extract<ActionValidity, "VALID" | "UNPARSABLE" | "NOT_ADMISSIBLE">;
  readonly penalized: boolean;
}

const UNREADABLE: RequestedMoves = { moves: [], validity: "UNPARSABLE", penalized: true };
const NOT_LISTED: RequestedMoves = { moves: [], validity: "NOT_ADMISSIBLE", penalized: true };

/** Reads an action by the rules; `listed` are the moves that a choice indexes. */
export function requestedMoves(
  action: Action | undefined,
  listed: readonly number[],
  rules: TurnRules,
): RequestedMoves {
  if (action === undefined || "toolCalls" in action) return UNREADABLE;
  if ("choice" in action) {
    const move = listed[action.choice];
    return move === undefined ? NOT_LISTED : { moves: [move], validity: "VALID", penalized: false };
  }
  const { text } = action;
  if (text.length > MAX_ACTION_CHARACTERS) return UNREADABLE;
  if (rules.parser === "plain" && /^\s*\d{1,4}\s*$/.test(text)) {
    const move = listed[Number(text)];
    return move === undefined ? NOT_LISTED : { moves: [move], validity: "VALID", penalized: false };
  }
  const read: ReadMoves = readMoves(text, rules.parser, rules.vocabulary, rules.maxMovesPerTurn);
  if (!rules.plans && read.moves.length > rules.maxMovesPerTurn) return UNREADABLE;
  return { moves: read.moves, validity: read.wellFormed ? "VALID" : "UNPARSABLE", penalized: read.penalized };
}
