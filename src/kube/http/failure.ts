import type { Material } from "../auth/credentials.ts";
import { ExecPluginFailure } from "../errors/exec-plugin-failure.ts";
import { type Outcome, type TransportCode, TransportError } from "../errors/transport-error.ts";
import type { ApiCall } from "./call.ts";

/** How far a call had come. Only a sent one can have arrived. */
export type Stage = "slot" | "credential" | "sent";

/** What a call was doing when it failed. */
export interface Circumstances {
  server: string;
  usesProxy: boolean;
  stage: Stage;
  /** A deadline of so many milliseconds went by. */
  expiredAfterMs?: number | undefined;
  material?: Material | undefined;
}

/** Turns what fetch threw into a TransportError: the kind of failure, and whether the request can have arrived. */
export function transportError(call: ApiCall, error: unknown, at: Circumstances): TransportError {
  const { code, what, outcome } = judge(error, at);
  return new TransportError({
    code,
    what,
    outcome: at.stage === "sent" ? outcome : "not-sent",
    verb: call.verb,
    path: call.path,
    server: at.server,
    cause: error,
  });
}

/** True for failures that a newly read certificate or CA may mend. */
export function isTlsFailure(error: TransportError): boolean {
  return TLS_CODES.has(error.code);
}

const TLS_CODES = new Set<TransportCode>([
  "untrusted-certificate",
  "expired-certificate",
  "client-certificate",
  "bad-pem",
]);

interface Judgement {
  code: TransportCode;
  what: string;
  outcome: Outcome;
}

const MISSING = {
  slot: "no free request slot",
  credential: "no credential",
  sent: "no complete answer",
} as const satisfies Record<Stage, string>;

function judge(error: unknown, at: Circumstances): Judgement {
  if (error instanceof ExecPluginFailure) return notSent("exec-plugin", error.message);
  if (at.expiredAfterMs !== undefined) {
    return {
      code: "timeout",
      what: `${MISSING[at.stage]} within ${at.expiredAfterMs} ms`,
      outcome: "unknown",
    };
  }
  const raw = String((error as { code?: unknown } | undefined)?.code ?? "");
  // Bun's message ends with the proxy's status line: "407 Proxy Authentication Required".
  if (raw === "ERR_PROXY_TUNNEL") return notSent("proxy", lowerFirst((error as Error).message));
  const found = known(raw);
  if (found === undefined) {
    return {
      code: "other",
      what: (error as Error)?.message || raw || "the request failed",
      outcome: "unknown",
    };
  }
  if (found.code === "bad-pem")
    return badPem(at.material) ?? notSent("other", "the connection could not be opened");
  if (at.usesProxy && PROXY_SUSPECTS.has(found.code)) {
    return { code: "proxy", what: `the proxy is not reachable: ${found.what}`, outcome: "not-sent" };
  }
  return found;
}

const PROXY_SUSPECTS = new Set<TransportCode>(["refused", "dns", "unreachable", "proxy"]);

const notSent = (code: TransportCode, what: string): Judgement => ({ code, what, outcome: "not-sent" });

/** Bun's error codes: the socket's (errno) and OpenSSL's verification results. One line: what they come to. */
const CODES: [TransportCode, Outcome, string, string][] = [
  ["refused", "not-sent", "connection refused", "ECONNREFUSED"],
  ["dns", "not-sent", "the host name was not found", "ENOTFOUND"],
  ["dns", "not-sent", "the name server did not answer", "EAI_AGAIN"],
  ["unreachable", "not-sent", "no route there", "EHOSTUNREACH ENETUNREACH"],
  ["timeout", "unknown", "the connection timed out", "ETIMEDOUT"],
  ["reset", "unknown", "the connection was closed before the answer was complete", "ECONNRESET EPIPE"],
  ["client-certificate", "not-sent", "the TLS handshake failed", "EPROTO"],
  ["bad-pem", "not-sent", "the TLS settings cannot be used", "FailedToOpenSocket"],
  [
    "untrusted-certificate",
    "not-sent",
    "the server's certificate is not trusted",
    "UNABLE_TO_VERIFY_LEAF_SIGNATURE UNABLE_TO_GET_ISSUER_CERT UNABLE_TO_GET_ISSUER_CERT_LOCALLY INVALID_CA " +
      "SELF_SIGNED_CERT_IN_CHAIN DEPTH_ZERO_SELF_SIGNED_CERT CERT_SIGNATURE_FAILURE CERT_UNTRUSTED CERT_REVOKED",
  ],
  ["expired-certificate", "not-sent", "the server's certificate has expired", "CERT_HAS_EXPIRED"],
  ["expired-certificate", "not-sent", "the server's certificate is not valid yet", "CERT_NOT_YET_VALID"],
  [
    "wrong-name",
    "not-sent",
    "the server's certificate is for another name",
    "ERR_TLS_CERT_ALTNAME_INVALID HOSTNAME_MISMATCH",
  ],
];

function known(raw: string): Judgement | undefined {
  const row = CODES.find(([, , , codes]) => codes.split(" ").includes(raw));
  return row && { code: row[0], outcome: row[1], what: row[2] };
}

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

/** Which of our PEM texts cannot be used; undefined when all can. Never quotes them. */
function badPem(material: Material | undefined): Judgement | undefined {
  const { X509Certificate, createPrivateKey } = require("node:crypto") as typeof import("node:crypto");
  const works = (use: () => unknown): boolean => {
    try {
      use();
      return true;
    } catch {
      return false;
    }
  };
  const { ca, certificate, key } = material ?? {};
  const bad = (what: string) => notSent("bad-pem", what);
  if (ca !== undefined && !works(() => new X509Certificate(ca)))
    return bad("the CA certificate is not valid PEM");
  if (certificate !== undefined && !works(() => new X509Certificate(certificate)))
    return bad("the client certificate is not valid PEM");
  if (key !== undefined && !works(() => createPrivateKey(key))) return bad("the client key is not valid PEM");
  if (
    certificate !== undefined &&
    key !== undefined &&
    !new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  ) {
    return bad("the client key does not belong to the client certificate");
  }
  return undefined;
}
