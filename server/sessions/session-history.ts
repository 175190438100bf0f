// What a session has done, as a list that grows at its end and is shared where it is equal: a fork holds its parent's
// past by reference. Actions and hashes alone are kept; outcomes are made again by replay (`replay.ts`). This is what
// survives a suspension, and what the action log writes to disk.

export interface HistoryNode {
  readonly before: HistoryNode | undefined;
  /** 0: the start. */
  readonly seq: number;
  /** Canonical JSON of the submitted actions (`actionsBody`); "" at the start. */
  readonly actionsJson: string;
  /** Full hash of the state after the step, and after the reseeding where there is one. */
  readonly fullHash: string;
  /** Seed of the random stream that replaced the session's own after this step (forks with DERIVED seeds). */
  readonly reseed: number | undefined;
}

/** From the start to `last`. */
export function nodesUpTo(last: HistoryNode): readonly HistoryNode[] {
  const nodes: HistoryNode[] = [];
  for (let node: HistoryNode | undefined = last; node !== undefined; node = node.before) nodes.push(node);
  return nodes.reverse();
}

/** The node of `seq`; undefined when it is beyond `last`. */
export function nodeAt(last: HistoryNode, seq: number): HistoryNode | undefined {
  let node: HistoryNode | undefined = last;
  while (node !== undefined && node.seq > seq) node = node.before;
  return node?.seq === seq ? node : undefined;
}
