// One vitest project per tier of what a test needs; `npm test` runs them all, `npm run test:unit` the fast ones.
import { defineConfig } from "vitest/config";

const project = (name: string, include: string[], timeoutMs: number, exclude: string[] = []) => ({
  test: { name, include, exclude, testTimeout: timeoutMs, hookTimeout: timeoutMs, setupFiles: ["test/fixed-seed.ts"] },
});
const SLOW = "test/**/*.slow.test.ts";

export default defineConfig({
  test: {
    projects: [
      project("unit", ["test/{envs,proto,server,client,cli}/**/*.test.ts"], 20_000, [SLOW]),
      project("slow", [SLOW], 60_000),
      project("golden", ["test/golden/**/*.test.ts"], 60_000),
      project("integration", ["test/{integration,story,conformance,examples}/**/*.test.ts"], 180_000),
      project("container", ["test/container/**/*.test.ts"], 300_000),
    ],
    // The machine has two cores: engine sessions and server processes are threads and processes of their own.
    maxWorkers: 2,
    coverage: { include: ["envs/**", "server/**", "client/**", "cli/**", "conformance/**", "proto/*.ts"] },
  },
});
