// The servers of one client: those it was given, and the workers that a front refers sessions to. One lease for all of
// them; each has a channel for unary calls, one for its stream, and a recovery.

import { randomUUID } from "node:crypto";
import type { TransportTimeouts } from "./channel-options.ts";
import type { ClientIdentity } from "./client-identity.ts";
import { EnvironmentClient } from "./environment-client.ts";
import { InteractClient } from "./interact-client.ts";
import { SessionRecovery } from "./session-recovery.ts";

export interface Connection {
  /** host:port. */
  readonly address: string;
  readonly unary: EnvironmentClient;
  readonly stream: InteractClient;
  readonly recovery: SessionRecovery;
}

export interface ConnectionSettings {
  readonly timeouts: TransportTimeouts;
  readonly identity: ClientIdentity;
  /** Called for each session that came back after its server suspended it. */
  readonly onRecovered: () => void;
}

export class Connections {
  /** In the order of the addresses that were given. */
  readonly given: readonly Connection[];
  readonly #settings: ConnectionSettings;
  readonly #leaseId = randomUUID();
  readonly #referred = new Map<string, Connection>();

  constructor(addresses: readonly string[], settings: ConnectionSettings) {
    this.#settings = settings;
    this.given = addresses.map((address) => this.#connect(address));
  }

  /** The server at this address: one that was given, or a worker that one of those refers to. */
  to(address: string): Connection {
    const known = this.given.find((one) => one.address === address) ?? this.#referred.get(address);
    if (known !== undefined) return known;
    const connection = this.#connect(address);
    this.#referred.set(address, connection);
    return connection;
  }

  close(): void {
    for (const { unary, stream } of [...this.given, ...this.#referred.values()]) {
      stream.close();
      unary.close();
    }
  }

  #connect(address: string): Connection {
    const { timeouts, identity, onRecovered } = this.#settings;
    const unary = new EnvironmentClient(address, this.#leaseId, timeouts, identity);
    const stream = new InteractClient({ address, leaseId: this.#leaseId, timeouts, identity });
    // A front keeps no log; where its workers do, it is worth waiting for as they are.
    unary.recoversServer = () => stream.isDurable || [...this.#referred.values()].some((one) => one.stream.isDurable);
    return { address, unary, stream, recovery: new SessionRecovery(unary, onRecovered) };
  }
}
