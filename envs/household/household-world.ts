// Under construction: the household world's contract lands here first so that the server can be typed against it.
import type { World } from "../core/world.ts";

export const householdWorld: World = {} as World;
