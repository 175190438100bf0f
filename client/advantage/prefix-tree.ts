// Token advantages from the tree of shared prefixes: a token takes the mean advantage of all completions that begin with
// the same tokens up to and including it. Source: ARPO (arXiv 2507.19849), "hard" assignment.

interface Node {
  sum: number;
  count: number;
  readonly children: Map<number, Node>;
}

/** @param tokens_BT ragged completions of one prompt. @returns one number per token, same ragged shape. */
export function prefixTreeAdvantages(
  tokens_BT: readonly ArrayLike<number>[],
  sequenceAdvantages_B: ArrayLike<number>,
): readonly Float64Array[] {
  const root: Node = { sum: 0, count: 0, children: new Map() };
  const paths_BT = tokens_BT.map((tokens_T, b) => {
    let node = root;
    return Array.from(tokens_T, (token) => {
      let child = node.children.get(token);
      if (child === undefined) {
        child = { sum: 0, count: 0, children: new Map() };
        node.children.set(token, child);
      }
      child.sum += sequenceAdvantages_B[b]!;
      child.count++;
      node = child;
      return child;
    });
  });
  return paths_BT.map((path_T) => Float64Array.from(path_T, (node) => node.sum / node.count));
}
