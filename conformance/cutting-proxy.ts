// A TCP proxy in front of the server under test that cuts all its connections on demand.

import { connect, createServer, type Server, type Socket } from "node:net";

export class CuttingProxy {
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(address: string, server: Server, sockets: Set<Socket>) {
    this.address = address;
    this.#server = server;
    this.#sockets = sockets;
  }

  static async start(target: string): Promise<CuttingProxy> {
    const { hostname, port } = new URL(`tcp://${target}`);
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(Number(port), hostname.replace(/^\[|\]$/g, ""));
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on("data", (bytes) => to.write(bytes));
        from.on("error", () => to.destroy());
        from.on("close", () => {
          sockets.delete(from);
          to.destroy();
        });
      }
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const bound = server.address();
    return new CuttingProxy(
      `127.0.0.1:${typeof bound === "object" && bound !== null ? bound.port : 0}`,
      server,
      sockets,
    );
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}
