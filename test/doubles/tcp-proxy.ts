// A TCP proxy in front of a server, to cut and to freeze connections at will.

import { connect, createServer, type Server, type Socket } from "node:net";
import { onClose } from "./running-server.ts";

export class TcpProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #address = "";
  #frozen = false;
  connectionCount = 0;

  private constructor(target: string) {
    const port = Number(target.slice(target.lastIndexOf(":") + 1));
    this.#server = createServer((near) => {
      this.connectionCount++;
      const far = connect(port, "127.0.0.1");
      for (const [from, to] of [
        [near, far],
        [far, near],
      ] as const) {
        this.#sockets.add(from);
        from.on("data", (bytes) => {
          if (!this.#frozen) to.write(bytes);
        });
        from.on("error", () => to.destroy());
        from.on("close", () => {
          this.#sockets.delete(from);
          to.destroy();
        });
      }
    });
  }

  static async start(target: string): Promise<TcpProxy> {
    const proxy = new TcpProxy(target);
    await new Promise<void>((resolve) => proxy.#server.listen(0, "127.0.0.1", resolve));
    const address = proxy.#server.address();
    proxy.#address = `127.0.0.1:${typeof address === "object" && address !== null ? address.port : 0}`;
    onClose(() => proxy.close());
    return proxy;
  }

  get address(): string {
    return this.#address;
  }

  /** Breaks all connections; new ones are accepted. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** From now on nothing passes; what was sent meanwhile is lost for ever. */
  freeze(): void {
    this.#frozen = true;
  }

  close(): void {
    this.#server.close();
    this.cut();
  }
}
