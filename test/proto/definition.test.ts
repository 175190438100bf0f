import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { anchorgymV1, messageType, packageDefinition, SERVICE_NAMES } from "../../proto/definition.ts";
import { generateTypes, staleTypes } from "../../proto/generate.ts";

describe("proto definition", () => {
  it("offers the RPCs of this version and no others", () => {
    expect(Object.keys(anchorgymV1.CatalogService.service).sort()).toEqual(
      ["GetEnvironment", "ListEnvironments", "ListTasks", "SampleTasks"].sort(),
    );
    expect(Object.keys(anchorgymV1.EnvironmentService.service).sort()).toEqual(
      [
        "BranchStep",
        "CloseSessions",
        "CommitBranch",
        "CreateGroups",
        "Fork",
        "GetTrajectory",
        "Interact",
        "RenewLease",
        "ReplayTrajectory",
        "ResumeSessions",
        "Step",
      ].sort(),
    );
    expect(Object.keys(anchorgymV1.VerifierService.service)).toEqual(["Verify"]);
    for (const name of SERVICE_NAMES) expect(packageDefinition[name]).toBeDefined();
  });

  it("keeps the field numbers of the design", () => {
    const numbers = (name: string): Record<string, number> => {
      const { type } = messageType<object, object>(name);
      const fields = (type as { field: { name: string; number: number }[] }).field;
      return Object.fromEntries(fields.map((field) => [field.name, field.number]));
    };
    expect(numbers("anchorgym.v1.InteractRequest")).toEqual({
      frameId: 1,
      traceparent: 2,
      hello: 3,
      step: 4,
      branchStep: 5,
      commitBranch: 6,
      closeSessions: 7,
      renewLease: 8,
    });
    expect(numbers("anchorgym.v1.InteractResponse")).toMatchObject({ welcome: 3, step: 4, goAway: 9, problem: 10 });
    expect(numbers("anchorgym.v1.Outcome")).toMatchObject({ seq: 1, fullStateHash: 6, endReason: 9, envUs: 12 });
    expect(numbers("anchorgym.v1.Session")).toMatchObject({ sessionId: 1, epoch: 7, nextSeq: 8, agentTokens: 13 });
  });

  it("committed types are what the generator writes, and a changed file is named", () => {
    expect(staleTypes()).toEqual([]);
    const folder = mkdtempSync(join(tmpdir(), "anchorgym-stale-"));
    try {
      generateTypes(folder);
      writeFileSync(join(folder, "catalog.ts"), "// edited by hand\n");
      writeFileSync(join(folder, "surplus.ts"), "");
      expect(staleTypes(folder)).toEqual(["stale: proto/gen/catalog.ts", "surplus: proto/gen/surplus.ts"]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
