// Properties draw the same examples in every run, so that a failure belongs to a change and not to luck. ANCHORGYM_SEED
// draws others: an integer, as fast-check prints it.

import { configureGlobal } from "fast-check";

configureGlobal({ seed: Number(process.env["ANCHORGYM_SEED"] ?? 250_510_978) });
