// Who calls: bearer tokens and client certificates -> a principal with scopes, and agent tokens -> one agent of one
// session (`protocol.md` section 12). Tokens are known by their SHA-256 alone; nothing here is ever logged.

import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { fail } from "../../proto/errors.ts";

export type Scope = "catalog" | "control" | "verify";
export const SCOPES: readonly Scope[] = ["catalog", "control", "verify"];

/** Where callers are told apart; absent settings mean that everybody is the one anonymous principal with all scopes. */
export interface AuthSettings {
  readonly principals: readonly PrincipalSettings[];
}

export interface PrincipalSettings {
  /** Unique. Owns sessions; other principals cannot see them. */
  readonly name: string;
  readonly scopes: readonly Scope[];
  /** SHA-256 of each bearer token, in hex. */
  readonly tokenSha256?: readonly string[];
  /** Common names of client certificates that the server's client CA signed. */
  readonly certificateNames?: readonly string[];
}

export interface Principal {
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
}

/** The caller of one call. An agent may step its own agent of its own session and nothing else. */
export type Caller =
  | { readonly kind: "principal"; readonly principal: Principal }
  | { readonly kind: "agent"; readonly principal: Principal; readonly sessionId: string; readonly agentId: string };

export const ANONYMOUS: Principal = { name: "", scopes: new Set(SCOPES) };

const AGENT_PREFIX = "agent.";

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

export class Identities {
  readonly #byToken = new Map<string, Principal>();
  readonly #byCertificate = new Map<string, Principal>();
  readonly #byName = new Map<string, Principal>();
  readonly #isOpen: boolean;
  /** Agent tokens do not outlive the process that signed them. */
  readonly #agentKey = randomBytes(32);

  /** @throws {ConfigError} CONFIG_INVALID for a name, token or certificate that is given twice, or a broken digest */
  constructor(settings: AuthSettings | undefined) {
    this.#isOpen = settings === undefined;
    if (settings === undefined) {
      this.#byName.set(ANONYMOUS.name, ANONYMOUS);
      return;
    }
    const put = (map: Map<string, Principal>, key: string, principal: Principal, what: string): void => {
      if (map.has(key))
        throw fail("CONFIG_INVALID", `${what} of ${principal.name} is given twice; each belongs to one`);
      map.set(key, principal);
    };
    for (const { name, scopes, tokenSha256 = [], certificateNames = [] } of settings.principals) {
      if (name === "") throw fail("CONFIG_INVALID", "a principal has no name; give it one");
      const principal = { name, scopes: new Set(scopes) };
      put(this.#byName, name, principal, "the name");
      for (const digest of tokenSha256) {
        if (!/^[0-9a-f]{64}$/.test(digest)) {
          throw fail("CONFIG_INVALID", `a tokenSha256 of ${name} is not 64 hex digits; write the SHA-256 of the token`);
        }
        put(this.#byToken, digest, principal, "a token");
      }
      for (const certificate of certificateNames) put(this.#byCertificate, certificate, principal, "a certificate");
    }
    if (this.#byName.size === 0) throw fail("CONFIG_INVALID", "auth names no principal; name one or leave auth out");
  }

  /** Everybody who may own sessions. */
  principals(): readonly Principal[] {
    return [...this.#byName.values()];
  }

  /**
   * @param authorization value of the header, undefined when absent
   * @param certificateName common name of the verified client certificate
   * @throws {RequestError} TOKEN_INVALID
   */
  authenticate(authorization: string | undefined, certificateName: string | undefined): Caller {
    const token = /^Bearer (\S+)$/i.exec(authorization ?? "")?.[1];
    if (token?.startsWith(AGENT_PREFIX)) return this.#agent(token);
    if (this.#isOpen) return { kind: "principal", principal: ANONYMOUS };
    if (authorization !== undefined) {
      const principal = token === undefined ? undefined : this.#byToken.get(sha256(token));
      if (principal !== undefined) return { kind: "principal", principal };
      throw fail("TOKEN_INVALID", "the bearer token is not one that this server knows");
    }
    const principal = certificateName === undefined ? undefined : this.#byCertificate.get(certificateName);
    if (principal !== undefined) return { kind: "principal", principal };
    throw fail("TOKEN_INVALID", "this server wants a bearer token or a client certificate that it knows");
  }

  /** A token with which its bearer may step this agent of this session. The same arguments give the same token. */
  agentToken(principal: string, sessionId: string, agentId: string): string {
    const body = Buffer.from(JSON.stringify([principal, sessionId, agentId])).toString("base64url");
    return `${AGENT_PREFIX}${body}.${this.#sign(body)}`;
  }

  #agent(token: string): Caller {
    const [, body = "", signature = ""] = token.split(".");
    const expected = Buffer.from(this.#sign(body));
    const given = Buffer.from(signature);
    if (expected.length === given.length && timingSafeEqual(expected, given)) {
      const [name, sessionId, agentId] = JSON.parse(Buffer.from(body, "base64url").toString()) as string[];
      const principal = this.#byName.get(name ?? "");
      if (principal !== undefined && sessionId !== undefined && agentId !== undefined) {
        return { kind: "agent", principal, sessionId, agentId };
      }
    }
    throw fail("TOKEN_INVALID", "the agent token was not issued by this server process");
  }

  #sign(body: string): string {
    return createHmac("sha256", this.#agentKey).update(body).digest("base64url");
  }
}
