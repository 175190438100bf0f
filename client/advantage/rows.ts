// What estimators read: one row per step of one agent, and the index that puts a batch of rows in canonical order
// (group, trajectory, step). Everything downstream walks that order, so no result depends on the order of the rows.
// Refused: a trajectory whose steps repeat or skip a number, because a gap would be discounted wrongly without notice.

/** Names one of the hashes of a state; `state` is another word for `semantic`. */
export type AnchorLevel = "observation" | "semantic" | "full";

/** One environment step of one agent. */
export interface AdvantageRow {
  /** Task and initial state: the group G of trajectories that are compared. */
  readonly group: string;
  /** Unique within its group. */
  readonly trajectory: string;
  /** Consecutive within the trajectory, from any number. */
  readonly step: number;
  /** The one anchor there is (golden files, other trainers), or the observation text that similarity compares. */
  readonly anchor?: string;
  /** The hashes of the state before the action. */
  readonly anchors?: Readonly<Record<AnchorLevel, string>>;
  /** State after the action, named like `anchor`, for graph credit; "success" after the last step of a won episode. */
  readonly next?: string;
  /** The hashes of the state after the action; `next` comes first. */
  readonly nextAnchors?: Readonly<Record<AnchorLevel, string>>;
  /** Of this step alone, before any penalty. */
  readonly reward: number;
  /** The completion was an action (format). */
  readonly valid: boolean;
  /** The world accepted the action. */
  readonly admissible: boolean;
  readonly terminated: boolean;
  readonly truncated: boolean;
}

/** Rows in canonical order, with their groups and trajectories as dense numbers in that order. */
export interface RowIndex {
  readonly rowCount: number;
  /** Row numbers by (group, trajectory, step). */
  readonly order: Int32Array;
  /** Trajectory j is order[trajectoryStarts[j]] .. order[trajectoryStarts[j + 1] - 1]. */
  readonly trajectoryStarts: Int32Array;
  /** Group g is trajectories groupStarts[g] .. groupStarts[g + 1] - 1. */
  readonly groupStarts: Int32Array;
  readonly trajectoryCount: number;
  readonly groupCount: number;
  readonly trajectoryOfRow: Int32Array;
  readonly groupOfRow: Int32Array;
}

/** A batch that cannot be indexed; `row` is the place. */
export class RowError extends Error {
  readonly row: number;
  readonly field: string;
  /** What is wrong and what cures it, without the place. */
  readonly sentence: string;
  constructor(row: number, field: string, sentence: string) {
    super(`row ${row}: ${field}: ${sentence}`);
    this.name = "RowError";
    this.row = row;
    this.field = field;
    this.sentence = sentence;
  }
}

const byText = <T>([a]: readonly [string, T], [b]: readonly [string, T]) => (a < b ? -1 : a > b ? 1 : 0);

/** @throws {RowError} when a trajectory has a step twice or skips one. */
export function indexRows(rows: readonly AdvantageRow[]): RowIndex {
  const groups = new Map<string, Map<string, number[]>>();
  rows.forEach((row, i) => {
    let trajectories = groups.get(row.group);
    if (trajectories === undefined) {
      trajectories = new Map();
      groups.set(row.group, trajectories);
    }
    const members = trajectories.get(row.trajectory);
    if (members === undefined) trajectories.set(row.trajectory, [i]);
    else members.push(i);
  });

  const order = new Int32Array(rows.length);
  const trajectoryOfRow = new Int32Array(rows.length);
  const groupOfRow = new Int32Array(rows.length);
  const trajectoryStarts = [0];
  const groupStarts = [0];
  let position = 0;
  for (const [, trajectories] of [...groups].sort(byText)) {
    for (const [, members] of [...trajectories].sort(byText)) {
      for (const row of inStepOrder(members, rows)) {
        trajectoryOfRow[row] = trajectoryStarts.length - 1;
        groupOfRow[row] = groupStarts.length - 1;
        order[position++] = row;
      }
      trajectoryStarts.push(position);
    }
    groupStarts.push(trajectoryStarts.length - 1);
  }
  return {
    rowCount: rows.length,
    order,
    trajectoryStarts: Int32Array.from(trajectoryStarts),
    groupStarts: Int32Array.from(groupStarts),
    trajectoryCount: trajectoryStarts.length - 1,
    groupCount: groupStarts.length - 1,
    trajectoryOfRow,
    groupOfRow,
  };
}

function inStepOrder(members: number[], rows: readonly AdvantageRow[]): readonly number[] {
  const isAscending = members.every((row, k) => k === 0 || rows[members[k - 1]!]!.step < rows[row]!.step);
  if (!isAscending) members.sort((a, b) => rows[a]!.step - rows[b]!.step);
  for (let k = 1; k < members.length; k++) {
    const previous = rows[members[k - 1]!]!;
    const { step, trajectory } = rows[members[k]!]!;
    if (step === previous.step) {
      throw new RowError(
        members[k]!,
        "step",
        `trajectory "${trajectory}" has step ${step} twice; steps are numbered once`,
      );
    }
    if (step !== previous.step + 1) {
      const cure = "give every step that was taken, numbered consecutively";
      throw new RowError(
        members[k]!,
        "step",
        `trajectory "${trajectory}" goes from step ${previous.step} to ${step}; ${cure}`,
      );
    }
  }
  return members;
}

/** The rows of trajectory j, in step order; a view. */
export function rowsOfTrajectory(index: RowIndex, trajectory: number): Int32Array {
  return index.order.subarray(index.trajectoryStarts[trajectory]!, index.trajectoryStarts[trajectory + 1]!);
}

/** The rows of group g, in (trajectory, step) order; a view. */
export function rowsOfGroup(index: RowIndex, group: number): Int32Array {
  const first = index.trajectoryStarts[index.groupStarts[group]!]!;
  return index.order.subarray(first, index.trajectoryStarts[index.groupStarts[group + 1]!]!);
}
