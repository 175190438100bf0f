// A YAML text with the place of every node. Refuses aliases across documents, duplicate keys and several documents.

import { isMap, isNode, isPair, isScalar, LineCounter, parseDocument } from "yaml";
import type { ConfigProblem } from "./config-problem.ts";

export interface YamlText {
  readonly value: unknown;
  readonly problems: readonly ConfigProblem[];
  /** Place of the value at `path`, or of its nearest parent that the text has. */
  placeOf(path: readonly (string | number)[]): Place;
  /** Place of the key itself. */
  placeOfKey(parent: readonly (string | number)[], key: string): Place;
}

interface Place {
  readonly line: number | undefined;
  readonly column: number | undefined;
}

const NOWHERE: Place = { line: undefined, column: undefined };

/** Values of `overrides` (dotted path -> value) replace those of the text before anything is checked. */
export function readYaml(text: string, overrides: Readonly<Record<string, unknown>> = {}): YamlText {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const at = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line, column: col };
  };
  const problems = [...document.errors, ...document.warnings].map((error) => ({
    path: [],
    ...at(error.pos[0]),
    sentence: `${error.message}; the text must be one YAML document with unique keys`,
  }));
  const usable = problems.length === 0;
  if (usable && isMap(document.contents)) {
    for (const [path, value] of Object.entries(overrides)) document.setIn(path.split("."), value);
  }
  const placeOf = (path: readonly (string | number)[]): Place => {
    for (let length = path.length; length >= 0; length--) {
      const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
      if (isNode(node) && node.range) return at(node.range[0]);
    }
    return NOWHERE;
  };
  return {
    value: usable ? document.toJS() : undefined,
    problems,
    placeOf,
    placeOfKey: (parent, key) => {
      const map = parent.length === 0 ? document.contents : document.getIn(parent, true);
      if (!isMap(map)) return placeOf(parent);
      const pair = map.items.find((item) => isPair(item) && isScalar(item.key) && item.key.value === key);
      return pair && isScalar(pair.key) && pair.key.range ? at(pair.key.range[0]) : placeOf(parent);
    },
  };
}
