// The product's image in a container of its own at a fixed port, and the faults that can befall it. Without a container
// engine the tests are skipped and say why; in CI such a skip shows in the count of the last line.

import { createServer } from "node:net";
import { resolve } from "node:path";
import { GenericContainer, getContainerRuntimeClient, type StartedTestContainer } from "testcontainers";
import { GrpcHealthWait, untilServing } from "./grpc-health-wait.ts";

export const IMAGE = "anchorgym-server-under-test:local";
const PORT = 50_051;

type Engine = Awaited<ReturnType<typeof getContainerRuntimeClient>>["container"]["dockerode"];

/** Why containers cannot run here; "" when they can. */
export async function engineProblem(): Promise<string> {
  try {
    await getContainerRuntimeClient();
    return "";
  } catch (error) {
    return `no container engine: ${error instanceof Error ? error.message : String(error)}`;
  }
}

export async function engine(): Promise<Engine> {
  return (await getContainerRuntimeClient()).container.dockerode;
}

/** From the Dockerfile's server target; kept, so that the next run builds from the cache. */
export async function buildImage(): Promise<void> {
  await GenericContainer.fromDockerfile(resolve(".")).withTarget("server").build(IMAGE, { deleteOnExit: false });
}

async function freePort(): Promise<number> {
  return new Promise((resolvePort) => {
    const probe = createServer().listen(0, () => {
      const address = probe.address();
      probe.close(() => resolvePort(typeof address === "object" && address !== null ? address.port : 0));
    });
  });
}

export class ServerContainer {
  readonly address: string;
  readonly container: StartedTestContainer;

  private constructor(container: StartedTestContainer, port: number) {
    this.container = container;
    this.address = `127.0.0.1:${port}`;
  }

  /** A random host port would change at each start, and a channel never learns the new one: so a fixed one. */
  static async start(): Promise<ServerContainer> {
    const port = await freePort();
    const container = await new GenericContainer(IMAGE)
      .withExposedPorts({ container: PORT, host: port })
      .withWaitStrategy(new GrpcHealthWait(PORT))
      .start();
    return new ServerContainer(container, port);
  }

  async handle() {
    return (await engine()).getContainer(this.container.getId());
  }

  /** @returns the exit code */
  async kill(): Promise<number> {
    const handle = await this.handle();
    await handle.kill({ signal: "SIGKILL" });
    await handle.wait();
    return (await handle.inspect()).State.ExitCode;
  }

  /** SIGTERM, and up to 40 s to drain. @returns the exit code */
  async stop(): Promise<number> {
    const handle = await this.handle();
    await handle.stop({ t: 40 });
    return (await handle.inspect()).State.ExitCode;
  }

  /** Again, after `kill` or `stop`; resolves when it serves. */
  async comeBack(): Promise<void> {
    await (await this.handle()).start();
    await untilServing(this.address, 60_000);
  }

  async pause(): Promise<void> {
    await (await this.handle()).pause();
  }

  async unpause(): Promise<void> {
    await (await this.handle()).unpause();
  }

  /** Takes the container off its network: nothing reaches it any more. */
  async partition(): Promise<void> {
    await (await this.#network()).disconnect({ Container: this.container.getId(), Force: true });
  }

  async heal(): Promise<void> {
    await (await this.#network()).connect({ Container: this.container.getId() });
    await untilServing(this.address, 60_000);
  }

  async remove(): Promise<void> {
    await (await this.handle()).remove({ force: true, v: true });
  }

  async #network() {
    return (await engine()).getNetwork("bridge");
  }
}
