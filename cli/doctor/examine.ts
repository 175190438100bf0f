// What this machine can do for a run, found by trying: processors, memory, the model runtime and each of its devices, and
// with `network` whether the model hub answers. Nothing is installed, written or downloaded.

import { execFile } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { availableParallelism, cpus, freemem, totalmem } from "node:os";
import { promisify } from "node:util";
import { DEVICES, type Device } from "../../client/engine/onnx/session/device.ts";
import { moduleBeside, startScript } from "../../platform/start-thread.ts";

export interface DeviceState {
  readonly usable: boolean;
  /** Why not, with the cure; null where it is usable. */
  readonly problem: string | null;
  /** The runtime's provider that ran a node there; null where it is not usable. */
  readonly provider: string | null;
}

export interface Examination {
  readonly node: { readonly version: string; readonly required: string; readonly ok: boolean };
  readonly platform: string;
  readonly cores: { readonly available: number; readonly model: string };
  readonly memory: { readonly totalBytes: number; readonly freeBytes: number };
  /** Whether memory comes in large pages, which make training some percent cheaper; "off": the system gives none. */
  readonly largePages: "used" | "not asked for" | "off";
  readonly onnxruntime: { readonly version: string };
  readonly devices: Readonly<Record<Device, DeviceState>>;
  /** Version of the server; null where no container runtime answers. Only containers need it. */
  readonly docker: string | null;
  /** Null: not asked. */
  readonly hub: { readonly url: string; readonly reachable: boolean } | null;
  /** Parameters that a training run holds in memory with gradients and both moments: 16 bytes each, in half of it. */
  readonly trainableParameters: number;
  /** A run can start here. */
  readonly ok: boolean;
}

const REQUIRED_NODE = [20, 19] as const;
const BYTES_PER_TRAINED_PARAMETER = 16;
const TRY_MS = 5000;
const PROBE_MS = 60_000;

export async function examine(options: { readonly network: boolean }): Promise<Examination> {
  const states = await Promise.all(DEVICES.map(async (device) => [device, await stateOf(device)] as const));
  const devices = Object.fromEntries(states) as Record<Device, DeviceState>;
  const [major, minor] = process.versions.node.split(".").map(Number) as [number, number];
  const nodeOk = major > REQUIRED_NODE[0] || (major === REQUIRED_NODE[0] && minor >= REQUIRED_NODE[1]);
  return {
    node: { version: process.versions.node, required: `>=${REQUIRED_NODE.join(".")}`, ok: nodeOk },
    platform: `${process.platform} ${process.arch}`,
    cores: { available: availableParallelism(), model: cpus()[0]?.model.trim() ?? "unknown" },
    memory: { totalBytes: totalmem(), freeBytes: freemem() },
    largePages: largePages(),
    onnxruntime: { version: runtimeVersion() },
    devices,
    docker: await dockerVersion(),
    hub: options.network ? await hubState() : null,
    trainableParameters: Math.floor(totalmem() / 2 / BYTES_PER_TRAINED_PARAMETER),
    ok: nodeOk && devices.cpu.usable,
  };
}

/** How Linux says what it gives: `always [madvise] never`. */
const LARGE_PAGES = "/sys/kernel/mm/transparent_hugepage/enabled";

function largePages(): Examination["largePages"] {
  const given = existsSync(LARGE_PAGES) ? /\[(\w+)\]/.exec(readFileSync(LARGE_PAGES, "utf8"))?.[1] : "never";
  if (given === "always") return "used";
  if (given !== "madvise") return "off";
  return /glibc\.malloc\.hugetlb=[12]/.test(process.env["GLIBC_TUNABLES"] ?? "") ? "used" : "not asked for";
}

/** In a process of its own (device-probe.ts). */
async function stateOf(device: Device): Promise<DeviceState> {
  const script = startScript(moduleBeside("./device-probe", import.meta.url));
  try {
    const run = await promisify(execFile)(process.execPath, ["-e", script, device], { timeout: PROBE_MS });
    return JSON.parse(run.stdout) as DeviceState;
  } catch (error) {
    const how = error instanceof Error ? error.message.split("\n")[0] : String(error);
    return { usable: false, problem: `trying ${device} ended without an answer: ${how}`, provider: null };
  }
}

export function runtimeVersion(): string {
  const { version } = createRequire(import.meta.url)("onnxruntime-node/package.json") as { readonly version: string };
  return version;
}

async function dockerVersion(): Promise<string | null> {
  try {
    const run = promisify(execFile)("docker", ["version", "--format", "{{.Server.Version}}"], { timeout: TRY_MS });
    return (await run).stdout.trim() || null;
  } catch {
    return null;
  }
}

async function hubState(): Promise<{ readonly url: string; readonly reachable: boolean }> {
  const url = process.env["HF_ENDPOINT"] ?? "https://huggingface.co";
  try {
    await fetch(url, { method: "HEAD", signal: AbortSignal.timeout(TRY_MS) });
    return { url, reachable: true };
  } catch {
    return { url, reachable: false };
  }
}
