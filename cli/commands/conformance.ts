// `anchorgym conformance <address>`: holds a server in any language to the protocol. One line per rule; exit code 1 when a
// rule is broken, 2 when there is nothing to ask.

import { Command, InvalidArgumentError, Option } from "commander";
import { channelCredentials } from "../../client/transport/client-identity.ts";
import type { Profile } from "../../conformance/rule.ts";
import { rulesOf } from "../../conformance/rules.ts";
import { type Report, runRules, type Verdict } from "../../conformance/run-rules.ts";
import { CallRefused } from "../../conformance/wire.ts";
import { decodeCallError } from "../../proto/rich-status.ts";
import { EXIT, UsageError } from "../exit.ts";
import {
  type AccessFlags,
  accessOfFlags,
  addAccessFlags,
  explainRefusal,
  requireUnderstanding,
  type ServerAccess,
} from "../server-access.ts";

interface ConformanceFlags extends AccessFlags {
  readonly environment?: string;
  readonly options?: string;
  readonly restart?: string;
  readonly profile: Profile;
  readonly rule?: readonly string[];
  readonly json?: boolean;
}

const EXAMPLES = `
core is what every server offers: catalogue, groups, exactly-once steps, streams, leases, errors. full adds branches,
forks, resume, logs and verifiers. A rule that this server gives no occasion to check is skipped with the reason.

Examples:
  anchorgym conformance 127.0.0.1:50051
  anchorgym conformance 127.0.0.1:50051 --environment household --profile full --json
  anchorgym conformance 127.0.0.1:50051 --environment household --options '{"tools": true}'
  anchorgym conformance envs.example.org:50051 --tls-ca ca.pem --token-file token`;

function addressArgument(text: string): string {
  if (/^(\[[0-9a-fA-F:]+\]|[^:\s]+):\d{1,5}$/.test(text)) return text;
  throw new InvalidArgumentError("It must be host:port.");
}

function objectArgument(text: string): string {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === "object" && value !== null && !Array.isArray(value)) return text;
  } catch {
    // Said below.
  }
  throw new InvalidArgumentError('It must be a JSON object, such as {"tools": true}.');
}

function print({ id, sentence, result, detail }: Verdict): void {
  const mark = { passed: "ok  ", failed: "FAIL", skipped: "skip" }[result];
  process.stdout.write(`${mark} ${id.padEnd(6)} ${sentence}\n`);
  if (detail !== "") process.stdout.write(`            ${result === "failed" ? "seen: " : ""}${detail}\n`);
}

async function conformance(address: string, flags: ConformanceFlags): Promise<void> {
  const { environment, json, options, profile, restart } = flags;
  const rules = rulesOf(profile).filter(({ id }) => flags.rule === undefined || flags.rule.includes(id));
  if (rules.length === 0) throw new UsageError(`no rule of the ${profile} profile is called ${flags.rule?.join(", ")}`);
  const access = accessOfFlags(flags, [address]);
  await requireUnderstanding([address], access);
  const { identity } = access;
  let report: Report;
  try {
    report = await runRules({
      address,
      rules,
      ...(environment === undefined ? {} : { environment }),
      ...(options === undefined ? {} : { optionsJson: options }),
      ...(restart === undefined ? {} : { restart }),
      ...(json ? {} : { onVerdict: print }),
      security: {
        channel: channelCredentials(identity),
        ...(identity.token === undefined ? {} : { token: identity.token }),
        ...(identity.tls?.serverName === undefined ? {} : { certificateName: identity.tls.serverName }),
      },
    });
  } catch (cause) {
    throw new UsageError(whyNothing(cause, access), { cause });
  }
  if (json) process.stdout.write(`${JSON.stringify({ profile, ...report })}\n`);
  else process.stdout.write(`${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped\n`);
  if (report.failed > 0) process.exitCode = EXIT.failed;
}

/** Why nothing could be asked; a refused caller is told the flag that cures it. */
function whyNothing(thrown: unknown, access: ServerAccess): string {
  const refused = thrown instanceof CallRefused ? decodeCallError(thrown.cause) : undefined;
  const explained = explainRefusal(refused, access);
  const said = explained === refused ? thrown : explained;
  return said instanceof Error ? said.message : String(said);
}

export function conformanceCommand(): Command {
  const command = new Command("conformance")
    .description("hold a server to the protocol, rule by rule")
    .argument("<address>", "host:port of the server", addressArgument)
    .option("--environment <name>", "environment to play; default: the first that the server lists")
    .option("--options <json>", "options of the environment that is played; default: its own", objectArgument)
    .option(
      "--restart <command>",
      "shell command that restarts the server at the same address; else such rules are skipped",
    )
    .addOption(new Option("--profile <profile>", "which rules").choices(["core", "full"]).default("full"))
    .option("--rule <id...>", "these rules alone")
    .option("--json", "one JSON object")
    .addHelpText("after", EXAMPLES);
  return addAccessFlags(command).action(conformance);
}
