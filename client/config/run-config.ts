// The run configuration: every field of a YAML file under configs/, with meaning, unit, range and default.
// Unknown keys are refused. Coefficients are range-checked, because a mistyped one looks like a broken algorithm
// (an entropy coefficient of 1 collapses a policy that learns at 0). The algorithm's own fields belong to its plug-in.

import { z } from "zod";
import { choice, flag, integer, real, text } from "./fields.ts";

const MAX_SEED = 2 ** 53 - 1;

/** Files are paths from the working directory, like every path of a run; what they hold is never written down. */
const tls = z
  .strictObject({
    caFile: text({
      doc: "PEM of the authority that signs the servers' certificates; absent: those that the system trusts.",
    }).optional(),
    certificateFile: text({ doc: "PEM of this client's own certificate, for servers that ask for one." }).optional(),
    keyFile: text({ doc: "PEM of its key, without a passphrase." }).optional(),
    serverName: text({
      doc: "Name that the servers' certificates are for, where it is not the host of addresses.",
    }).optional(),
  })
  .refine(({ certificateFile, keyFile }) => (certificateFile === undefined) === (keyFile === undefined), {
    path: ["keyFile"],
    error: "expected certificateFile and keyFile together",
  });

const servers = z
  .strictObject({
    spawn: integer({
      min: 1,
      max: 64,
      doc: "Server processes to start on this machine, each on a free port.",
    }).optional(),
    addresses: z
      .array(text({ doc: "host:port of a running server.", form: "host:port", pattern: /^\S+:\d+$/ }))
      .min(1)
      .describe("Running servers, instead of spawn.")
      .optional(),
    tokenFile: text({ doc: "File that holds the bearer token for addresses." }).optional(),
    tokenVariable: text({
      doc: "Environment variable that holds the bearer token for addresses.",
      form: "the name of an environment variable",
      pattern: /^[A-Za-z_]\w*$/,
    }).optional(),
    tls: tls.describe("Speak TLS to addresses; absent: plain text.").optional(),
  })
  // At a field, not at the mapping: a token that was mistakenly written into it would be shown with it.
  .refine((value) => (value.spawn === undefined) !== (value.addresses === undefined), {
    path: ["addresses"],
    error: "expected either spawn or addresses, not both and not neither",
  })
  .refine(({ tokenFile, tokenVariable }) => tokenFile === undefined || tokenVariable === undefined, {
    path: ["tokenVariable"],
    error: "expected either tokenFile or tokenVariable, not both",
  })
  .superRefine(({ spawn, tokenFile, tokenVariable, tls }, context) => {
    if (spawn === undefined) return;
    const message = "expected addresses beside it; spawned servers are this run's own and ask for nothing";
    for (const [key, value] of Object.entries({ tokenFile, tokenVariable, tls })) {
      if (value !== undefined) context.addIssue({ code: "custom", path: [key], message });
    }
  });

const environment = z.strictObject({
  name: text({ doc: "World to train in, as the servers' catalogue names it." }),
  split: text({ doc: "Split whose tasks train." }).default("train"),
  options: z.record(z.string(), z.json()).default({}).describe("The world's own options; the world checks them."),
  servers: servers.prefault({ spawn: 1 }).describe("Where the world runs."),
});

const model = z
  .strictObject({
    hiddenSize: integer({ min: 8, max: 8192, doc: "Width d of the residual stream." }).default(64),
    layers: integer({ min: 1, max: 128, doc: "Transformer blocks." }).default(3),
    heads: integer({ min: 1, max: 128, doc: "Query heads." }).default(4),
    kvHeads: integer({ min: 1, max: 128, doc: "Key and value heads, shared by groups of query heads." }).default(2),
    ffnSize: integer({ min: 8, max: 65536, doc: "Width of the SwiGLU layer." }).default(160),
  })
  .superRefine((value, context) => {
    const problem = (key: string, message: string) => context.addIssue({ code: "custom", path: [key], message });
    if (value.hiddenSize % (2 * value.heads) !== 0) {
      problem("hiddenSize", `expected a multiple of 2 * heads = ${2 * value.heads}; rotary embedding turns pairs`);
    }
    if (value.heads % value.kvHeads !== 0) problem("kvHeads", `expected a divisor of heads = ${value.heads}`);
  });

const lora = z.strictObject({
  rank: integer({ min: 1, max: 4096, doc: "Inner width of an adapter." }).default(16),
  alpha: real({ min: 0, above: true, max: 65_536, doc: "An adapter's product is scaled by alpha / rank." }).default(32),
  targets: z
    .array(
      choice(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"], {
        doc: "A linear of every layer.",
      }),
    )
    .min(1)
    .default(["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"])
    .describe("Linears that have an adapter."),
});

const policy = z
  .strictObject({
    model: model
      .optional()
      .describe("A new policy of this shape, with a word-level tokenizer of the world's vocabulary."),
    checkpoint: text({
      doc: "Start from this model instead of a new one: a directory in the Hugging Face layout, or org/name[@revision] on the hub.",
    }).optional(),
    lora: lora
      .nullable()
      .default(null)
      .describe("Train adapters beside the frozen checkpoint; null: train all of its weights."),
    prompt: z
      .strictObject({
        form: choice(["belief", "history"], {
          doc: "belief: summary of what is known; history: last turns and list.",
        }).default("belief"),
        maxTokens: integer({ min: 8, max: 32768, doc: "Length bound of a prompt, in tokens." }).default(64),
        historyLength: integer({ min: 0, max: 64, doc: "Turns that the history form shows." }).default(2),
      })
      .prefault({}),
    decoding: z
      .strictObject({
        constrained: flag({ doc: "Only admissible actions can be said; forced tokens carry no loss." }).default(true),
        temperature: real({
          min: 0,
          above: true,
          max: 10,
          doc: "Of rollouts; evaluation uses it beside greedy decoding.",
        }).default(1),
        maxTokens: integer({ min: 1, max: 8192, doc: "Length bound of a completion, in tokens." }).default(16),
        hiddenActions: z
          .array(text({ doc: "An admissible action." }))
          .default([])
          .describe("Admissible actions that a constrained policy is not offered."),
      })
      .prefault({}),
  })
  .refine((value) => value.model === undefined || value.checkpoint === undefined, {
    error: "expected either model or checkpoint, not both",
  })
  .refine((value) => value.lora === null || value.checkpoint !== undefined, {
    path: ["lora"],
    error: "expected a checkpoint beside lora; a new model trains all of its weights",
  });

const engine = z.strictObject({
  threads: integer({ min: 1, max: 256, doc: "Threads of one engine session." }).default(1),
  maxBatchTokens: integer({ min: 64, max: 2 ** 24, doc: "Padded tokens of one run of a graph: memory." }).default(4096),
  maxKvBytes: integer({
    min: 2 ** 20,
    max: 2 ** 42,
    doc: "Keys and values of completions on their way and of kept prompts, in bytes. What does not fit waits.",
  }).default(2 ** 30),
  gradientCheckpointing: flag({
    doc: "Keep one activation per layer in training and compute the rest twice: less memory, a third more time.",
  }).default(false),
  device: choice(["cpu", "cuda", "webgpu"], {
    doc: "Where graphs run; --device says it for one run. A missing one is an error.",
  }).default("cpu"),
  form: choice(["host", "device"], {
    doc: "How graphs are cut into runs: one per micro-batch, or loops that keep state on the device (docs/gpu.md). Absent: device on cuda, else host.",
  }).optional(),
  maxBatchRows: integer({ min: 1, max: 65_536, doc: "Episodes that one generation batch decides." }).default(256),
});

const demonstrations = z
  .strictObject({
    policy: choice(["oracle", "explorer"], {
      doc: "Who acts and labels: knows everything, or only what it has seen.",
    }).default("oracle"),
    episodes: integer({ min: 1, max: 1_000_000, doc: "Episodes to play." }).default(200),
    noise: real({
      min: 0,
      max: 1,
      doc: "Chance that a step executes a random admissible action; the label stays.",
    }).default(0.3),
    split: text({ doc: "Split whose tasks are demonstrated." }).default("train"),
    file: text({ doc: "A demonstrations file to use, instead of playing." }).optional(),
  })
  .prefault({});

const imitation = z.strictObject({
  demonstrations,
  learningRate: real({ min: 0, above: true, max: 0.1, doc: "Of AdamW." }).default(3e-3),
  batchRows: integer({ min: 1, max: 65536, doc: "Demonstrated decisions of one update." }).default(64),
  schedule: choice(["constant", "linear", "cosine"], { doc: "Course of the learning rate over the updates." }).default(
    "constant",
  ),
  warmupSteps: integer({ min: 0, doc: "Updates over which the learning rate rises." }).default(50),
  steps: integer({ min: 1, doc: "Updates." }).default(300),
  maxGradNorm: real({ min: 0, max: 1000, doc: "Global L2 bound of the gradient; 0: none." }).default(1),
  weightDecay: real({ min: 0, max: 1, doc: "Decoupled, of AdamW." }).default(0.01),
});

const training = z.strictObject({
  iterations: integer({ min: 0, doc: "Rounds of rollout and update." }).default(80),
  groups: integer({ min: 1, max: 4096, doc: "Tasks of one iteration." }).default(8),
  groupSize: integer({ min: 1, max: 1024, doc: "Episodes of one task." }).default(8),
  learningRate: real({ min: 0, above: true, max: 0.1, doc: "Of AdamW." }).default(3e-4),
  schedule: choice(["constant", "linear", "cosine"], {
    doc: "Course of the learning rate over the iterations.",
  }).default("constant"),
  warmupIterations: integer({ min: 0, doc: "Iterations over which the learning rate rises." }).default(0),
  epochs: integer({ min: 1, max: 100, doc: "Passes over the rows of one iteration." }).default(1),
  miniBatchRows: integer({ min: 1, max: 1_048_576, doc: "Upper bound of the rows of one update." }).default(256),
  aggregation: choice(["tokenMean", "sequenceMeanTokenSum", "sequenceMeanTokenMean", "constantNorm"], {
    doc: "How the losses of a mini-batch become one number; null: as the algorithm's paper has it.",
  })
    .nullable()
    .default(null),
  aggregationConstant: real({ min: 0, above: true, doc: "Divisor per sequence of constantNorm." }).default(1),
  ratio: choice(["token", "action", "sequence"], {
    doc: "What the clipped ratio compares: each token, an action's summed or a sequence's mean log-probability (GSPO).",
  }).default("token"),
  clipLow: real({ min: 0, above: true, max: 0.999, doc: "The ratio is clipped below 1 - clipLow." }).default(0.2),
  clipHigh: real({ min: 0, above: true, max: 10, doc: "The ratio is clipped above 1 + clipHigh." }).default(0.2),
  dualClip: real({
    min: 1,
    above: true,
    max: 100,
    doc: "Bound on the loss where the advantage is negative; null: none.",
  })
    .nullable()
    .default(3),
  klCoefficient: real({
    min: 0,
    max: 1,
    doc: "Weight of the distance to the policy that training starts from.",
  }).default(0),
  klEstimator: choice(["k1", "k2", "k3"], { doc: "Estimator of that distance." }).default("k3"),
  entropyCoefficient: real({
    min: 0,
    max: 0.1,
    doc: "Weight of the entropy bonus.",
    cure: "a larger bonus outweighs the advantages, which have unit scale, and the policy collapses; 0 is a good start",
  }).default(0),
  maxGradNorm: real({ min: 0, max: 1000, doc: "Global L2 bound of the gradient; 0: none." }).default(1),
  weightDecay: real({ min: 0, max: 1, doc: "Decoupled, of AdamW." }).default(0.01),
  checkpointEvery: integer({
    min: 1,
    doc: "Iterations between checkpoints; a killed run loses at most these.",
  }).default(1),
  keepCheckpoints: integer({ min: 1, max: 10_000, doc: "Newest checkpoints that are kept." }).default(2),
});

const evaluation = z.strictObject({
  split: text({ doc: "Held-out split." }).default("valid_unseen"),
  episodes: integer({
    min: 1,
    max: 1_000_000,
    doc: "Tasks, one episode each; an interval of +-0.05 takes about 380.",
  }).default(200),
  every: integer({ min: 0, doc: "Iterations between evaluations; 0: before and after training only." }).default(0),
});

/** The whole file. `algorithm` keeps its own fields: `load-config.ts` has the named plug-in check them. */
export const runConfigSchema = z.strictObject({
  name: text({
    doc: "Name of the run directory.",
    form: "letters, digits, '.', '_', '-'",
    pattern: /^[A-Za-z0-9][\w.-]*$/,
  }),
  seed: integer({ min: 0, max: MAX_SEED, doc: "Everything random derives from it." }).default(1),
  environment,
  policy: policy.prefault({}),
  engine: engine.prefault({}),
  imitation: imitation.nullable().default(null).describe("Warm start from demonstrations; null: none."),
  algorithm: z
    .looseObject({ name: text({ doc: "Advantage estimator." }) })
    .describe("The algorithm and its own fields, by preset."),
  training: training.prefault({}),
  evaluation: evaluation.prefault({}),
});

type DeepReadonly<T> = T extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : T extends object
    ? { readonly [Key in keyof T]: DeepReadonly<T[Key]> }
    : T;

/** A checked configuration with every default filled in, frozen. */
export type RunConfig = DeepReadonly<z.infer<typeof runConfigSchema>>;
export type TrainingConfig = RunConfig["training"];
export type ImitationConfig = NonNullable<RunConfig["imitation"]>;
