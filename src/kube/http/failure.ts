import type { Material } from "../auth/credentials.ts";
import { ExecPluginFailure } from "../errors/exec-plugin-failure.ts";
import { type Outcome, type TransportCode, TransportError } from "../errors/transport-error.ts";
import type { ApiCall } from "./call.ts";

/** What a call was doing when it failed. */
export interface Circumstances {
  server: string;
  usesProxy: boolean;
  /** False as long as nothing was handed to fetch. */
  sending: boolean;
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
    outcome: at.sending ? outcome : "not-sent",
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

function judge(error: unknown, at: Circumstances): Judgement {
  if (error instanceof ExecPluginFailure)
    return { code: "exec-plugin", what: error.message, outcome: "not-sent" };
  if (at.expiredAfterMs !== undefined) {
    const doing = at.sending ? "no complete answer" : "no free request slot";
    return { code: "timeout", what: `${doing} within ${at.expiredAfterMs} ms`, outcome: "unknown" };
  }
  const raw = String((error as { code?: unknown } | undefined)?.code ?? "");
  // Bun's message ends with the proxy's status line: "407 Proxy Authentication Required".
  if (raw === "ERR_PROXY_TUNNEL") return notSent("proxy", lowerFirst((error as Error).message));
  const found = CODES[raw] ?? (raw.startsWith("ERR_SSL_") ? sslAlert(raw) : undefined);
  if (found === undefined)
    return {
      code: "other",
      what: (error as Error)?.message || raw || "the request failed",
      outcome: "unknown",
    };
  if (found.code === "bad-pem")
    return (
      badPem(at.material) ?? {
        code: "other",
        what: "the connection could not be opened",
        outcome: "not-sent",
      }
    );
  if (at.usesProxy && PROXY_SUSPECTS.has(found.code)) {
    return { code: "proxy", what: `the proxy is not reachable: ${found.what}`, outcome: "not-sent" };
  }
  return found;
}

const PROXY_SUSPECTS = new Set<TransportCode>(["refused", "dns", "unreachable", "proxy"]);

const notSent = (code: TransportCode, what: string): Judgement => ({ code, what, outcome: "not-sent" });
const unknown = (code: TransportCode, what: string): Judgement => ({ code, what, outcome: "unknown" });

/** Bun's error codes: the socket's (errno), OpenSSL's verification results, and BoringSSL's alerts. */
const CODES: Record<string, Judgement> = {
  ECONNREFUSED: notSent("refused", "connection refused"),
  ConnectionRefused: notSent("refused", "connection refused"),
  ENOTFOUND: notSent("dns", "the host name was not found"),
  EAI_AGAIN: notSent("dns", "the name server did not answer"),
  EHOSTUNREACH: notSent("unreachable", "no route to the host"),
  ENETUNREACH: notSent("unreachable", "no route to the network"),
  ETIMEDOUT: unknown("timeout", "the connection timed out"),
  ConnectionTimeout: unknown("timeout", "the connection timed out"),
  ECONNRESET: unknown("reset", "the connection was closed before the answer was complete"),
  ConnectionClosed: unknown("reset", "the connection was closed before the answer was complete"),
  EPIPE: unknown("reset", "the connection was closed while sending"),
  FailedToOpenSocket: notSent("bad-pem", "the TLS settings cannot be used"),
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: notSent(
    "untrusted-certificate",
    "the server's certificate is not trusted",
  ),
  UNABLE_TO_GET_ISSUER_CERT: notSent("untrusted-certificate", "the server's certificate is not trusted"),
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: notSent(
    "untrusted-certificate",
    "the server's certificate is not trusted",
  ),
  SELF_SIGNED_CERT_IN_CHAIN: notSent("untrusted-certificate", "the server's certificate is not trusted"),
  DEPTH_ZERO_SELF_SIGNED_CERT: notSent("untrusted-certificate", "the server's certificate is self-signed"),
  CERT_SIGNATURE_FAILURE: notSent("untrusted-certificate", "the server's certificate has a wrong signature"),
  INVALID_CA: notSent("untrusted-certificate", "the server's certificate is signed by no CA"),
  CERT_UNTRUSTED: notSent("untrusted-certificate", "the server's certificate is not trusted"),
  CERT_REVOKED: notSent("untrusted-certificate", "the server's certificate is revoked"),
  CERT_HAS_EXPIRED: notSent("expired-certificate", "the server's certificate has expired"),
  CERT_NOT_YET_VALID: notSent("expired-certificate", "the server's certificate is not valid yet"),
  ERR_TLS_CERT_ALTNAME_INVALID: notSent("wrong-name", "the server's certificate is for another name"),
  HOSTNAME_MISMATCH: notSent("wrong-name", "the server's certificate is for another name"),
  EPROTO: notSent("client-certificate", "the TLS handshake failed"),
};

function lowerFirst(text: string): string {
  return text.charAt(0).toLowerCase() + text.slice(1);
}

function sslAlert(code: string): Judgement {
  if (
    /CERTIFICATE_REQUIRED|HANDSHAKE_FAILURE|BAD_CERTIFICATE|UNKNOWN_CA|CERTIFICATE_EXPIRED|CERTIFICATE_UNKNOWN/.test(
      code,
    )
  ) {
    return notSent("client-certificate", "the server refused the TLS handshake");
  }
  return notSent("other", `TLS failed: ${code}`);
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
