// The tool `move` of the worlds of moves, offered where the option `tools` asks for it. Several calls in one action are a list of
// moves, where the rules in force take lists.

import { choice } from "../../core/form.ts";
import { MAX_TOOL_CALLS, makeTool, type ReadableTool } from "../../core/tools.ts";
import type { EndReason } from "../../core/types.ts";
import { type Heard, withTools } from "../../core/worded-tools.ts";
import type { World } from "../../core/world.ts";
import { formatMoves, type MoveVocabulary } from "./move-text.ts";
import type { TurnRules } from "./move-turn.ts";

interface MovingState extends Heard {
  readonly rules: TurnRules;
  readonly endReason: EndReason | undefined;
}

const NONE: readonly ReadableTool[] = [];
const byVocabulary = new WeakMap<MoveVocabulary, readonly ReadableTool[]>();

function moveTools(vocabulary: MoveVocabulary): readonly ReadableTool[] {
  const known = byVocabulary.get(vocabulary);
  if (known !== undefined) return known;
  const direction = choice(vocabulary.tagNames, "where to");
  const made = [makeTool("move", "Make one move of the puzzle.", { direction })];
  byVocabulary.set(vocabulary, made);
  return made;
}

export function withMoveTools<State extends MovingState, Options, Data>(
  world: World<State, Options, Data>,
): World<State, Options, Data> {
  return withTools(world, {
    offered: ({ rules, endReason }) => (rules.tools && endReason === undefined ? moveTools(rules.vocabulary) : NONE),
    maxCalls: ({ rules }) => Math.min(MAX_TOOL_CALLS, rules.maxMovesPerTurn),
    words: ({ rules }, calls) =>
      formatMoves(
        rules.parser,
        calls.map((call) => String(call.arguments["direction"])),
      ),
  });
}
