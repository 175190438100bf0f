// An agent that reads nothing but the text of a belief summary and the offered actions: it searches unseen receptacles in
// random order and follows fixed rules otherwise. What it solves, a policy can learn to solve from the same words.

import type { RandomStream } from "../../client/random.ts";

const VERBS: Readonly<Record<string, string>> = { clean: "clean", hot: "heat", cool: "cool" };

export function readSummary(summary: string, offered: readonly string[], random: RandomStream): string {
  const section = (role: string): string => new RegExp(`<${role}> ([^<]*)`).exec(summary)?.[1] ?? "";
  const things = (role: string): readonly string[] => section(role).match(/[a-z]+ \d+/g) ?? [];
  const [family = "", wanted = ""] = section("task").split(" ");
  const [held] = things("hold");
  const [place] = things("at");
  const first = (...actions: readonly (string | undefined)[]): string | undefined =>
    actions.find((action) => action !== undefined && offered.includes(action));
  const search = (): string | undefined =>
    first(`open ${place}`, ...things("beside").map((name) => `open ${name}`)) ??
    first(...random.shuffled(things("unseen")).map((name) => `go to ${name}`));
  const anything = (): string => random.pick(offered);

  if (held === undefined) {
    const take = offered.find((action) => things("here").some((name) => action.startsWith(`take ${name} from`)));
    const where = things("seen")[1];
    return take ?? first(`go to ${where}`, `open ${where}`) ?? search() ?? anything();
  }
  if (!held.startsWith(`${wanted} `))
    return (
      offered.find((action) => action.startsWith(`move ${held} `)) ??
      random.pick(offered.filter((a) => a.startsWith("go to")))
    );
  if (family === "look") {
    const [lamp, lampPlace] = things("goal");
    return first(`use ${lamp}`, `go to ${lampPlace}`) ?? search() ?? anything();
  }
  const [tool] = things("tool");
  if (tool !== undefined && !section("hold").trim().endsWith(family))
    return first(`${VERBS[family]} ${held} with ${tool}`, `go to ${tool}`) ?? anything();
  const [goal] = things("goal");
  return first(`move ${held} to ${goal}`, `open ${goal}`, `go to ${goal}`) ?? anything();
}
