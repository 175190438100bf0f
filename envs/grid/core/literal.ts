// A small reader for lists as models write them: JSON, or Python literals with single quotes, tuples, True and None.
// It reads values and never evaluates; what it cannot read is undefined.

import type { Json } from "../../core/types.ts";

const MAX_DEPTH = 16;
const WORDS: Readonly<Record<string, Json>> = {
  True: true,
  true: true,
  False: false,
  false: false,
  None: null,
  null: null,
};

/** The value that `text` writes, or undefined where it writes none or something follows it. */
export function readLiteral(text: string): Json | undefined {
  let at = 0;

  const skipBlanks = () => {
    while (at < text.length && /\s/.test(text[at] as string)) at++;
  };

  const readList = (close: string, depth: number): Json | undefined => {
    at++;
    const items: Json[] = [];
    for (;;) {
      skipBlanks();
      if (text[at] === close) {
        at++;
        return items;
      }
      const item = readValue(depth + 1);
      if (item === undefined) return undefined;
      items.push(item);
      skipBlanks();
      if (text[at] === ",") at++;
      else if (text[at] !== close) return undefined;
    }
  };

  const readString = (quote: string): Json | undefined => {
    let value = "";
    for (at++; at < text.length; at++) {
      const character = text[at] as string;
      if (character === quote) {
        at++;
        return value;
      }
      if (character === "\n") return undefined;
      if (character === "\\") {
        at++;
        const escaped = text[at];
        if (escaped === undefined) return undefined;
        value += escaped === "n" ? "\n" : escaped === "t" ? "\t" : escaped;
      } else {
        value += character;
      }
    }
    return undefined;
  };

  const readValue = (depth: number): Json | undefined => {
    if (depth > MAX_DEPTH) return undefined;
    skipBlanks();
    const character = text[at];
    if (character === "[") return readList("]", depth);
    if (character === "(") return readList(")", depth);
    if (character === '"' || character === "'") return readString(character);
    const token = /^[-+]?(?:\d+\.?\d*(?:[eE][-+]?\d+)?|[A-Za-z]+)/.exec(text.slice(at, at + 40))?.[0];
    if (token === undefined) return undefined;
    at += token.length;
    if (Object.hasOwn(WORDS, token)) return WORDS[token];
    const number = Number(token);
    return Number.isFinite(number) ? number : undefined;
  };

  const value = readValue(0);
  skipBlanks();
  return value !== undefined && at === text.length ? value : undefined;
}
