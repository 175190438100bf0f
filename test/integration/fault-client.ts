// The client of the fault run, a process that can be killed at any moment: plays groups of episodes with a policy that is
// a function of the observation alone, and writes down each outcome as it is acknowledged. Started again, it reads what
// it wrote, takes its episodes over and goes on.

import { createHash } from "node:crypto";
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { GrpcWorldService, type TakenSession } from "../../client/transport/grpc-world-service.ts";
import { isGroupFailure, type Outcome, type RemoteSession } from "../../client/transport/world-service.ts";

export interface FaultRun {
  readonly address: string;
  readonly environment: string;
  readonly groupCount: number;
  readonly groupSize: number;
  /** Groups on their way at once. */
  readonly openGroups: number;
  readonly file: string;
}

export type FaultLine =
  | { readonly kind: "group"; readonly g: number; readonly groupId: string; readonly sessionIds: readonly string[] }
  | {
      readonly kind: "ack";
      readonly g: number;
      readonly replica: number;
      readonly seq: number;
      readonly action: string;
      readonly full: string;
      readonly semantic: string;
      readonly observation: string;
      readonly reward: number;
      readonly endReason: string | undefined;
    };

/** Whole lines of the file; one torn by a kill was not acknowledged to anybody. */
export function readFaultLines(file: string): FaultLine[] {
  if (!existsSync(file)) return [];
  const lines = readFileSync(file, "utf8").split("\n");
  lines.pop();
  return lines.map((line) => JSON.parse(line) as FaultLine);
}

/** What the policy says: an admissible action that depends on the episode, the step and the state. */
function chooseAction(g: number, replica: number, { seq, admissible, anchors }: Outcome): string {
  const digest = createHash("sha256").update(`${g}/${replica}/${seq}/${anchors.full}`).digest();
  return admissible[digest.readUInt32BE(0) % admissible.length] ?? "look";
}

async function play(run: FaultRun): Promise<void> {
  const write = (line: FaultLine): void => appendFileSync(run.file, `${JSON.stringify(line)}\n`);
  const known = readFaultLines(run.file);
  const service = new GrpcWorldService({ addresses: [run.address], environment: run.environment });
  await service.connect();
  let acks = 0;

  const acknowledge = (g: number, replica: number, action: string, outcome: Outcome): void => {
    const { seq, anchors, reward, endReason } = outcome;
    write({ kind: "ack", g, replica, seq, action, ...anchors, reward, endReason });
    if (++acks % 10 === 0) process.send?.({ acks, recovered: service.counters.sessionsRecovered });
  };
  const playEpisode = async (g: number, session: RemoteSession, from: Outcome): Promise<void> => {
    let outcome = from;
    while (outcome.endReason === undefined) {
      const action = chooseAction(g, session.replicaIndex, outcome);
      outcome = await service.step(session, action);
      acknowledge(g, session.replicaIndex, action, outcome);
    }
  };
  const continueGroup = async (left: Extract<FaultLine, { kind: "group" }>): Promise<void> => {
    const { g, groupId, sessionIds } = left;
    const last = sessionIds.map((_, replica) => {
      const own = known.filter((line) => line.kind === "ack" && line.g === g && line.replica === replica);
      return own.at(-1) as Extract<FaultLine, { kind: "ack" }> | undefined;
    });
    if (last.every((ack) => ack?.endReason !== undefined)) return;
    const taken = await service.takeOver([{ groupId, sessionIds, endpoint: run.address }]);
    await Promise.all(
      taken.map(async (one, replica) => {
        if ("error" in one) throw one.error;
        const { session, last: outcome } = one satisfies TakenSession;
        const ackedSeq = last[replica]?.seq ?? 0;
        // The step that was under way when the earlier process died: it had its effect, and this is its answer.
        if (outcome.seq === ackedSeq + 1) acknowledge(g, replica, outcome.normalizedAction, outcome);
        else if (outcome.seq !== ackedSeq) throw new Error(`acknowledged ${ackedSeq}, the server is at ${outcome.seq}`);
        else if (ackedSeq > 0 && outcome.anchors.full !== last[replica]?.full) throw new Error("another state");
        await playEpisode(g, session, outcome);
      }),
    );
  };
  const beginGroup = async (g: number, taskId: string): Promise<void> => {
    const [start] = await service.createGroups([{ groupKey: `g${g}`, taskId, seed: g, replicaCount: run.groupSize }]);
    if (start === undefined || isGroupFailure(start)) throw start?.error ?? new Error("no group");
    write({ kind: "group", g, groupId: start.groupId, sessionIds: start.sessions.map(({ sessionId }) => sessionId) });
    await Promise.all(start.sessions.map((session) => playEpisode(g, session, start.initial)));
  };

  const tasks = await service.listTasks("train", run.groupCount);
  const left = new Map(known.flatMap((line) => (line.kind === "group" ? [[line.g, line] as const] : [])));
  let next = 0;
  await Promise.all(
    Array.from({ length: run.openGroups }, async () => {
      while (next < run.groupCount) {
        const g = next++;
        const before = left.get(g);
        if (before !== undefined) await continueGroup(before);
        else await beginGroup(g, tasks[g % tasks.length]?.taskId ?? "");
      }
    }),
  );
}

if (process.argv[2] !== undefined && process.argv[1]?.endsWith("fault-client.ts")) {
  await play(JSON.parse(process.argv[2]) as FaultRun);
  process.exit(0); // the sessions stay: the test asks the server for their trajectories
}
