// GET /metrics and GET /healthz over plain HTTP, on a port of their own: what a Prometheus server scrapes. It answers
// nothing else, reads no body and serves no episode.

import { createServer, type Server } from "node:http";
import { fail } from "../../proto/errors.ts";

export interface MetricsEndpoint {
  /** host:port that was bound. */
  readonly address: string;
  close(): void;
}

export interface MetricsAnswers {
  render(): string | Promise<string>;
  isServing(): boolean;
}

/** @throws {ConfigError} CONFIG_INVALID when the port cannot be had */
export async function openMetricsEndpoint(
  host: string,
  port: number,
  answers: MetricsAnswers,
): Promise<MetricsEndpoint> {
  const server: Server = createServer((request, response) => {
    const answer = (status: number, type: string, body: string): void => {
      response.writeHead(status, { "content-type": type, "content-length": Buffer.byteLength(body) });
      response.end(request.method === "HEAD" ? undefined : body);
    };
    if (request.method !== "GET" && request.method !== "HEAD") {
      answer(405, "text/plain", "only GET\n");
      return;
    }
    const path = (request.url ?? "").split("?")[0];
    if (path === "/healthz") {
      if (answers.isServing()) answer(200, "text/plain", "SERVING\n");
      else answer(503, "text/plain", "NOT_SERVING\n");
      return;
    }
    if (path !== "/metrics") {
      answer(404, "text/plain", "GET /metrics or /healthz\n");
      return;
    }
    Promise.resolve()
      .then(() => answers.render())
      .then(
        (text) => answer(200, "text/plain; version=0.0.4; charset=utf-8", text),
        () => answer(500, "text/plain", "the metrics could not be collected\n"),
      );
  });
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const sentence = `cannot serve metrics on ${host}:${port}: ${cause.message}; choose another --metrics-port`;
      reject(fail("CONFIG_INVALID", sentence, { cause }));
    });
    server.listen(port, host, resolve);
  });
  server.unref();
  const bound = server.address();
  const boundPort = typeof bound === "object" && bound !== null ? bound.port : port;
  return {
    address: `${host.includes(":") ? `[${host}]` : host}:${boundPort}`,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
