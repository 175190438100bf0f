// The room generator of gym-sokoban (mpSchrader/gym-sokoban @8e06e44, MIT) with the variations of verl-agent, RAGEN and
// PettingLLMs, bit for bit: topology by a random walk, targets and player, then reverse play by depth-first search.
// Python's stream draws everything but the placement, which numpy's legacy stream draws; both carry the same seed.
// The search keeps its own stack. Refuses (undefined) the seeds on which upstream gives up.

import { NumpyLegacyRandom } from "../compat/numpy-legacy.ts";
import { PythonRandom } from "../compat/python-random.ts";
import { COLUMN_STEP, cellSteps, DIRECTIONS, ROW_STEP } from "../core/directions.ts";
import { BOX, BOX_ON_TARGET, FLOOR, PLAYER, TARGET, WALL } from "./level.ts";

export interface RoomParameters {
  readonly rows: number;
  readonly columns: number;
  readonly boxes: number;
  readonly searchDepth: number;
  readonly variant: "gym" | "pettingllms";
}

/** Cell codes: `fixed` 0 to 2, `state` 0 to 5 (a player on a target shows as 5). */
export interface GeneratedRoom {
  readonly fixed: Uint8Array;
  readonly state: Uint8Array;
}

const MAX_ROOMS = 300_000;
const MASKS = ["000111000", "010010010", "000110010", "000110110", "000011010"];
const WALK_ORDER: readonly (readonly [number, number])[] = [
  [1, 0],
  [0, 1],
  [-1, 0],
  [0, -1],
];

/** The room of a seed, or undefined where upstream raises an error. @param seed below 2^32 */
export function generateUpstreamRoom(seed: number, parameters: RoomParameters): GeneratedRoom | undefined {
  const python = new PythonRandom(seed);
  const numpy = new NumpyLegacyRandom(seed);
  const pettingllms = parameters.variant === "pettingllms";
  const tries = pettingllms ? 20 : 4;
  let found: { fixed: Uint8Array; played: PlayedRoom; displacement: number } | undefined;
  for (let attempt = 0; attempt < tries; attempt++) {
    const room = drawTopology(python, parameters);
    if (!placeTargets(numpy, room, parameters.boxes)) return undefined;
    const fixed = room.map((code) => (code === PLAYER ? FLOOR : code));
    const played = playBackwards(room, fixed, parameters);
    const displacement = sum(displacements(played.boxOfTarget, played.targets, parameters.columns));
    found = { fixed, played, displacement };
    if (displacement > 0) break;
  }
  if (found === undefined || found.displacement < 1) return undefined;
  const state = found.played.room.map((code) => (code === BOX_ON_TARGET ? BOX : code));
  walkPlayer(python, state, found.fixed, parameters, walkProbability(found.displacement, pettingllms));
  return { fixed: found.fixed, state };
}

function walkProbability(displacement: number, pettingllms: boolean): number {
  if (pettingllms) return displacement <= 1 ? 0.9 : displacement <= 1.5 ? 0.7 : 0.5;
  return displacement === 1 ? 0.8 : 0.5;
}

function drawTopology(python: PythonRandom, { rows, columns, variant }: RoomParameters): Uint8Array {
  const room = new Uint8Array(rows * columns);
  let direction = python.sample(WALK_ORDER, 1)[0]!;
  let row = python.randint(1, rows - 1);
  let column = python.randint(1, columns - 1);
  const steps = variant === "pettingllms" ? 25 : Math.trunc(1.7 * (rows + columns));
  for (let step = 0; step < steps; step++) {
    if (python.random() < 0.35) direction = python.sample(WALK_ORDER, 1)[0]!;
    row = Math.max(Math.min(row + direction[0], rows - 2), 1);
    column = Math.max(Math.min(column + direction[1], columns - 2), 1);
    const mask = python.sample(MASKS, 1)[0]!;
    for (let i = 0; i < 9; i++) {
      if (mask[i] === "1") room[(row - 1 + Math.floor(i / 3)) * columns + column - 1 + (i % 3)] = FLOOR;
    }
  }
  for (let cell = 0; cell < room.length; cell++) {
    const r = Math.floor(cell / columns);
    const c = cell % columns;
    if (r === 0 || c === 0 || r === rows - 1 || c === columns - 1) room[cell] = WALL;
  }
  return room;
}

function placeTargets(numpy: NumpyLegacyRandom, room: Uint8Array, boxes: number): boolean {
  const free = cellsOf(room, FLOOR);
  if (free.length <= boxes + 1) return false;
  room[free[numpy.randint(free.length)]!] = PLAYER;
  for (let box = 0; box < boxes; box++) {
    const rest = cellsOf(room, FLOOR);
    room[rest[numpy.randint(rest.length)]!] = TARGET;
  }
  return true;
}

interface PlayedRoom {
  readonly room: Uint8Array;
  readonly targets: readonly number[];
  /** Cell of the box of each target. */
  readonly boxOfTarget: readonly number[];
}

interface Frame {
  readonly room: Uint8Array;
  readonly player: number;
  readonly boxOfTarget: readonly number[];
  readonly swaps: number;
  /** Index of the target whose box was pulled last; -1 before the first pull. */
  readonly last: number;
  readonly depthLeft: number;
}

/** Depth-first search from the solved room over pulls; the room of the highest score wins. */
function playBackwards(placed: Uint8Array, fixed: Uint8Array, parameters: RoomParameters): PlayedRoom {
  const { columns, boxes, searchDepth, variant } = parameters;
  const steps = cellSteps(columns);
  const targets = cellsOf(fixed, TARGET);
  const solved = placed.map((code) => (code === TARGET ? BOX : code));
  const known = new Set<string>();
  let best: PlayedRoom = { room: solved, targets, boxOfTarget: targets };
  let bestScore = -1;
  const stack: Frame[] = [
    { room: solved, player: solved.indexOf(PLAYER), boxOfTarget: targets, swaps: 0, last: -1, depthLeft: searchDepth },
  ];
  for (let frame = stack.pop(); frame !== undefined; frame = stack.pop()) {
    const depthLeft = frame.depthLeft - 1;
    if (depthLeft <= 0 || known.size >= MAX_ROOMS) continue;
    const { room, player } = frame;
    const key = String.fromCharCode(...room);
    if (known.has(key)) continue;
    const score = rate(room, frame, targets, boxes, columns, variant);
    if (score > bestScore) {
      bestScore = score;
      best = { room, targets, boxOfTarget: frame.boxOfTarget };
    }
    known.add(key);
    // A move without effect leads to a room that is known by now, so only real moves are pushed; the first on top.
    for (let direction = 3; direction >= 0; direction--) {
      const step = steps[direction]!;
      const ahead = player + step;
      if (room[ahead] !== FLOOR && room[ahead] !== TARGET) continue;
      const next = room.slice();
      next[player] = fixed[player]!;
      next[ahead] = PLAYER;
      const behind = player - step;
      let { boxOfTarget, last, swaps } = frame;
      if (next[behind] === BOX || next[behind] === BOX_ON_TARGET) {
        next[player] = BOX_ON_TARGET;
        next[behind] = fixed[behind]!;
        const pulled = boxOfTarget.indexOf(behind);
        boxOfTarget = boxOfTarget.with(pulled, player);
        if (pulled !== last) swaps++;
        last = pulled;
      }
      stack.push({ room: next, player: ahead, boxOfTarget, swaps, last, depthLeft });
    }
  }
  return best;
}

function rate(
  room: Uint8Array,
  frame: Frame,
  targets: readonly number[],
  boxes: number,
  columns: number,
  variant: RoomParameters["variant"],
): number {
  let open = 0;
  for (const target of targets) if (room[target] === TARGET) open++;
  if (open !== boxes) return 0;
  const distances = displacements(frame.boxOfTarget, targets, columns);
  if (variant === "pettingllms" && distances.some((distance) => distance < 2)) return 0;
  return frame.swaps * sum(distances);
}

function displacements(boxes: readonly number[], targets: readonly number[], columns: number): number[] {
  return boxes.map((box, i) => {
    const target = targets[i]!;
    const rows = Math.abs(Math.floor(box / columns) - Math.floor(target / columns));
    return rows + Math.abs((box % columns) - (target % columns));
  });
}

/** A short random walk that takes the player away from where the last pull left it. Changes `state`. */
function walkPlayer(
  python: PythonRandom,
  state: Uint8Array,
  fixed: Uint8Array,
  { columns }: RoomParameters,
  probability: number,
): void {
  if (python.random() > probability) return;
  let player = state.indexOf(PLAYER);
  const visited = new Set([player]);
  for (let taken = 1; ; taken++) {
    const ways = DIRECTIONS.map((direction) => player + ROW_STEP[direction] * columns + COLUMN_STEP[direction]).filter(
      (cell) => !visited.has(cell) && (state[cell] === FLOOR || state[cell] === TARGET),
    );
    if (ways.length === 0) return;
    const next = python.choice(ways);
    state[player] = fixed[player]!;
    state[next] = PLAYER;
    player = next;
    visited.add(next);
    if (taken >= 3 || python.random() > 0.5) return;
  }
}

function cellsOf(room: Uint8Array, code: number): number[] {
  const cells: number[] = [];
  for (let cell = 0; cell < room.length; cell++) if (room[cell] === code) cells.push(cell);
  return cells;
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}
