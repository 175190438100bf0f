import { afterEach, describe, expect, it } from "vitest";
import { anchorgymV1 } from "../../proto/definition.ts";
import { call, catalogClient, closeAll, environmentClient, startServer } from "../doubles/running-server.ts";

afterEach(closeAll);

const NONE = Number.POSITIVE_INFINITY;
const unaryCalls = Object.entries(anchorgymV1.EnvironmentService.service)
  .filter(([, { requestStream }]) => !requestStream)
  .map(([name]) => name);

describe("deadlines", () => {
  it.each(unaryCalls)("a call without one is refused before anything happens: %s", async (name) => {
    const { address, counters } = await startServer();
    const refused = call(environmentClient(address), name, {}, NONE);
    await expect(refused).rejects.toMatchObject({ reason: "MESSAGE_INVALID", ids: { field: "deadline" } });
    expect(counters.groups_created_total).toBe(0);
  });

  it.each(Object.keys(anchorgymV1.CatalogService.service))("the catalogue is no exception: %s", async (name) => {
    const { address } = await startServer();
    const refused = call(catalogClient(address), name, {}, NONE);
    await expect(refused).rejects.toMatchObject({ reason: "MESSAGE_INVALID", ids: { field: "deadline" } });
  });

  it("with one, an empty message is told what it lacks", async () => {
    const { address } = await startServer();
    const fields = await Promise.all(
      unaryCalls.map(async (name) => {
        const thrown = await call(environmentClient(address), name, {}).catch((error: unknown) => error);
        const { reason, ids } = thrown as { reason?: string; ids?: Record<string, string> };
        return [name, ids?.["field"] ?? reason ?? "answered"];
      }),
    );
    expect(Object.fromEntries(fields)).toEqual({
      CreateGroups: "groups",
      Step: "items",
      BranchStep: "items",
      CommitBranch: "items",
      Fork: "items",
      ResumeSessions: "session_ids, group_ids, from_lease_id",
      CloseSessions: "answered",
      RenewLease: "lease_id",
      GetTrajectory: "SESSION_NOT_FOUND",
      ReplayTrajectory: "log",
    });
  });
});
