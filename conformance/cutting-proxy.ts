// A TCP proxy in front of the server under test that cuts all its connections on demand, at once or when the server next
// says something, so that what it says is lost.

import { connect, createServer, type Server, type Socket } from "node:net";

export class CuttingProxy {
  readonly address: string;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;
  readonly #armed: { isSet: boolean };

  private constructor(address: string, server: Server, sockets: Set<Socket>, armed: { isSet: boolean }) {
    this.address = address;
    this.#server = server;
    this.#sockets = sockets;
    this.#armed = armed;
  }

  static async start(target: string): Promise<CuttingProxy> {
    const { hostname, port } = new URL(`tcp://${target}`);
    const sockets = new Set<Socket>();
    const armed = { isSet: false };
    const server = createServer((near) => {
      const far = connect(Number(port), hostname.replace(/^\[|\]$/g, ""));
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(from);
        from.on("data", (bytes) => {
          if (from === far && armed.isSet) {
            armed.isSet = false;
            for (const socket of sockets) socket.destroy();
          } else {
            to.write(bytes);
          }
        });
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
      armed,
    );
  }

  /** The next bytes of the server are swallowed, and all connections cut. */
  loseNextAnswer(): void {
    this.#armed.isSet = true;
  }

  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}
