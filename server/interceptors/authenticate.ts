// The first interceptor: who calls, and may they call this at all. Handlers find the caller by the call's metadata; a
// refused call reaches no handler. What the caller proves itself with goes no further and is never logged.

import { type Metadata, ServerInterceptingCall, type ServerInterceptor } from "@grpc/grpc-js";
import { AnchorgymError, fail } from "../../proto/errors.ts";
import { encodeCallStatus } from "../../proto/rich-status.ts";
import type { CallerProof } from "../security/forwarding.ts";
import { ANONYMOUS, type Caller, type Identities, type Scope } from "../security/identity.ts";

const SCOPE_OF_SERVICE: Readonly<Record<string, Scope>> = {
  "anchorgym.v1.CatalogService": "catalog",
  "anchorgym.v1.EnvironmentService": "control",
  "anchorgym.v1.VerifierService": "verify",
};
/** The calls of the agent plane. */
const AGENT_PATHS: ReadonlySet<string> = new Set([
  "/anchorgym.v1.EnvironmentService/Step",
  "/anchorgym.v1.EnvironmentService/Interact",
]);

const callers = new WeakMap<Metadata, Caller>();

/** Who makes the call with this metadata; the anonymous principal where nobody authenticates. */
export function callerOf(metadata: Metadata): Caller {
  return callers.get(metadata) ?? { kind: "principal", principal: ANONYMOUS };
}

/** @throws {RequestError} SCOPE_MISSING */
function requireScope(caller: Caller, path: string): void {
  const scope = SCOPE_OF_SERVICE[path.split("/")[1] ?? ""];
  if (scope === undefined) return;
  if (caller.kind === "agent") {
    if (AGENT_PATHS.has(path)) return;
    throw fail("SCOPE_MISSING", "an agent token allows steps of its own session and nothing else");
  }
  if (!caller.principal.scopes.has(scope)) {
    throw fail("SCOPE_MISSING", `this call needs the scope ${scope}`, { ids: { scope } });
  }
}

type AuthContext = ReturnType<ServerInterceptingCall["getAuthContext"]>;

export interface AuthenticateOptions {
  readonly identities: Identities;
  /** How callers of this port prove themselves. @throws {RequestError} */
  readonly proofOf: (metadata: Metadata, connection: AuthContext) => CallerProof;
  /** Called with the reason of each refusal. */
  readonly onRefusal: (reason: string) => void;
}

export function authenticateInterceptor({ identities, proofOf, onRefusal }: AuthenticateOptions): ServerInterceptor {
  return (method, call) =>
    new ServerInterceptingCall(call, {
      start: (next) =>
        next({
          onReceiveMetadata: (metadata, pass) => {
            // Health and reflection ask nobody who they are.
            if (SCOPE_OF_SERVICE[method.path.split("/")[1] ?? ""] === undefined) {
              pass(metadata);
              return;
            }
            try {
              const { authorization, certificateName } = proofOf(metadata, call.getAuthContext());
              const caller = identities.authenticate(authorization, certificateName);
              requireScope(caller, method.path);
              callers.set(metadata, caller);
            } catch (thrown) {
              const error = AnchorgymError.from(thrown);
              onRefusal(error.reason);
              call.sendStatus(encodeCallStatus(error));
              return;
            }
            pass(metadata);
          },
        }),
    });
}
