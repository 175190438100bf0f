// `anchorgym doctor`: what this machine can do, as a table or with --json as one object. Exit code 1 where no run can
// start here; a missing GPU or container runtime is no failure.

import { Command } from "commander";
import { DEVICES, defaultForm } from "../../client/engine/onnx/session/device.ts";
import { type Examination, examine } from "../doctor/examine.ts";
import { EXIT } from "../exit.ts";

const EXAMPLES = `
Examples:
  anchorgym doctor
  anchorgym doctor --network --json`;

export function doctorCommand(): Command {
  return new Command("doctor")
    .description("tell what this machine can do: node, cores, memory, the model runtime and its devices")
    .option("--json", "one JSON object instead of a table", false)
    .option("--network", "also try whether the model hub answers", false)
    .addHelpText("after", EXAMPLES)
    .action(async ({ json, network }: { readonly json: boolean; readonly network: boolean }) => {
      const found = await examine({ network });
      process.stdout.write(json ? `${JSON.stringify(found)}\n` : table(found));
      if (!found.ok) process.exitCode = EXIT.failed;
    });
}

const LARGE_PAGES: Readonly<Record<Examination["largePages"], string>> = {
  used: "used",
  "not asked for":
    "not asked for; with GLIBC_TUNABLES=glibc.malloc.hugetlb=1 in the environment training is some percent cheaper",
  off: "the system gives none",
};

function table(found: Examination): string {
  const gib = (bytes: number) => `${(bytes / 2 ** 30).toFixed(1)} GiB`;
  const { node, cores, memory, hub } = found;
  const rows: [string, string][] = [
    ["node", `${node.version} (${node.required}${node.ok ? "" : ": too old"})`],
    ["platform", found.platform],
    ["cores", `${cores.available}, ${cores.model}`],
    ["memory", `${gib(memory.totalBytes)}, ${gib(memory.freeBytes)} free`],
    ["large pages", LARGE_PAGES[found.largePages]],
    ["full training up to", `about ${(found.trainableParameters / 1e9).toFixed(2)} billion parameters in half of it`],
    ["onnxruntime", found.onnxruntime.version],
    ...DEVICES.map((device): [string, string] => {
      const { problem, provider } = found.devices[device];
      return [`device ${device}`, problem ?? `usable: ${provider}, graphs in the ${defaultForm(device)}'s form`];
    }),
    [
      "containers",
      found.docker === null ? "no docker server answers (only containers need one)" : `docker ${found.docker}`,
    ],
    [
      "model hub",
      hub === null ? "not tried (--network)" : `${hub.url} ${hub.reachable ? "answers" : "does not answer"}`,
    ],
  ];
  return rows.map(([name, value]) => `${name.padEnd(20)} ${value}\n`).join("");
}
