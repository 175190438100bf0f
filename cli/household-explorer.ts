// An expert without hidden knowledge: it reads what an agent reads, remembers it, looks everywhere once and does the task with
// what it has found. Slower than the oracle by the searching; its labels are ones that a policy could come to by itself.
// It reads the twelve goal templates only, and says nothing (undefined) where it has no next step.

import type { HouseholdBelief } from "../client/prompt/household-belief.ts";
import { advanceBelief, beginBelief, classOf } from "../client/prompt/household-belief.ts";
import type { HouseholdTask } from "../client/prompt/household-task.ts";
import type { RandomStream } from "../client/random.ts";
import type { EpisodeView } from "../client/rollout/play-episodes.ts";

const DEVICE_CLASS = { clean: "sinkbasin", hot: "microwave", cool: "fridge" } as const;
const VERB = { clean: "clean", hot: "heat", cool: "cool" } as const;

/** The next action; undefined where nothing is left to try. */
export function explore(
  view: Pick<EpisodeView, "initial" | "past" | "outcome">,
  random: RandomStream,
): string | undefined {
  let belief = beginBelief(view.initial);
  for (const { action, outcome } of view.past) belief = advanceBelief(belief, action, outcome);
  return nextAction(belief, view.outcome.admissible, random);
}

/** @param random breaks ties between places that are equally unknown */
export function nextAction(
  belief: HouseholdBelief,
  admissible: readonly string[],
  random: RandomStream,
): string | undefined {
  const { task } = belief;
  if (task === undefined) return undefined;
  const say = (...wanted: readonly (string | undefined)[]) =>
    wanted.find((action) => action && admissible.includes(action));
  const holdsTarget = belief.held !== undefined && classOf(belief.held) === task.object;
  if (belief.held !== undefined && !holdsTarget) return putDown(belief, admissible);
  if (holdsTarget) return withTarget(belief, task, admissible, random);
  const placed = task.family === "two" ? destinationsOf(belief, task) : [];
  const open = [...belief.targets].filter(([, at]) => !placed.includes(at));
  for (const [object, at] of open) {
    const action = say(`take ${object} from ${at}`, `open ${at}`, `go to ${at}`);
    if (action !== undefined) return action;
  }
  return search(belief, admissible, random);
}

function withTarget(
  belief: HouseholdBelief,
  task: HouseholdTask,
  admissible: readonly string[],
  random: RandomStream,
): string | undefined {
  const object = belief.held!;
  const say = (...wanted: readonly string[]) => wanted.find((action) => admissible.includes(action));
  if (task.family === "look") {
    const lamp = belief.lamp;
    if (lamp === undefined) return search(belief, admissible, random);
    return say(`use ${lamp.object}`, `go to ${lamp.receptacle}`);
  }
  if (task.family !== "place" && task.family !== "two") {
    const family = task.family;
    if (!(belief.properties.get(object) ?? []).includes(family)) {
      for (const device of belief.receptacles.filter((name) => classOf(name) === DEVICE_CLASS[family])) {
        const action = say(`${VERB[family]} ${object} with ${device}`, `go to ${device}`);
        if (action !== undefined) return action;
      }
      return undefined;
    }
  }
  const destinations = destinationsOf(belief, task);
  // Two of a kind belong into one and the same receptacle.
  const used = destinations.filter((name) => [...belief.targets.values()].includes(name));
  for (const destination of task.family === "two" && used.length > 0 ? used : destinations) {
    const action = say(
      `move ${object} to ${destination}`,
      `put ${object} in/on ${destination}`,
      `open ${destination}`,
      `go to ${destination}`,
    );
    if (action !== undefined) return action;
  }
  return undefined;
}

function destinationsOf(belief: HouseholdBelief, { destination }: HouseholdTask): string[] {
  return belief.receptacles.filter((name) => classOf(name) === destination);
}

/** Somewhere that has not been looked into: what is here first, then a place drawn among the unseen ones. */
function search(belief: HouseholdBelief, admissible: readonly string[], random: RandomStream): string | undefined {
  const unseen = belief.receptacles.filter((name) => !belief.inspected.has(name));
  const here = unseen
    .flatMap((name) => [`open ${name}`, `examine ${name}`])
    .find((action) => admissible.includes(action));
  if (here !== undefined) return here;
  const away = unseen.map((name) => `go to ${name}`).filter((action) => admissible.includes(action));
  return away.length === 0 ? undefined : random.pick(away);
}

/** A hand that holds the wrong thing is emptied where it is, or at the first place that takes it. */
function putDown(belief: HouseholdBelief, admissible: readonly string[]): string | undefined {
  const put = admissible.find(
    (action) => action.startsWith(`move ${belief.held} `) || action.startsWith(`put ${belief.held} `),
  );
  return put ?? admissible.find((action) => action.startsWith("go to "));
}
