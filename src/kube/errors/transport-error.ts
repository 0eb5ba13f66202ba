import { KubeError } from "./kube-error.ts";

/** What kept the request from getting a complete answer. */
export type TransportCode =
  | "refused"
  | "dns"
  | "unreachable"
  | "timeout"
  | "reset"
  | "untrusted-certificate"
  | "expired-certificate"
  | "wrong-name"
  | "client-certificate"
  | "bad-pem"
  | "proxy"
  | "exec-plugin"
  | "other";

/**
 * "not-sent": the API server cannot have seen the request. "unknown": it may have done the work; a caller that
 * wrote something must look before it writes again.
 */
export type Outcome = "not-sent" | "unknown";

export interface TransportErrorFields {
  code: TransportCode;
  outcome: Outcome;
  verb: string;
  path: string;
  server: string;
  /** What happened, in a few words. */
  what: string;
  cause?: unknown;
}

/** No complete answer from the API server: what happened, and in `hint` what to do about it. */
export class TransportError extends KubeError {
  override name = "TransportError";
  readonly code: TransportCode;
  readonly outcome: Outcome;
  readonly hint: string;
  readonly verb: string;
  readonly path: string;

  constructor(fields: TransportErrorFields) {
    const hint = HINTS[fields.code];
    super(`${fields.what} (${fields.verb} ${fields.path} at ${fields.server}); ${hint}`, {
      cause: fields.cause,
    });
    this.code = fields.code;
    this.outcome = fields.outcome;
    this.hint = hint;
    this.verb = fields.verb;
    this.path = fields.path;
  }
}

const HINTS = {
  refused: "nothing listens there: is the API server running, and is the port in the kubeconfig right?",
  dns: "the host name does not resolve: check `server` in the kubeconfig and the DNS of this machine",
  unreachable: "no route to that address: check the network, VPN and firewall",
  timeout: "the API server did not answer in time: check its load and the network, or allow more time",
  reset:
    "the connection was closed before the answer was complete: try again, and look at the API server's log",
  "untrusted-certificate":
    "its certificate is not signed by the CA that the kubeconfig names: check certificate-authority(-data)",
  "expired-certificate": "its certificate is out of date: renew it, or check this machine's clock",
  "wrong-name":
    "its certificate is for another name: use a name that the certificate holds in `server`, or set tls-server-name",
  "client-certificate":
    "either it wants a client certificate that it trusts (check client-certificate(-data) and client-key(-data)), " +
    "or there is no TLS on this port (check `server`)",
  "bad-pem": "a certificate or key cannot be read: check the PEM data of the kubeconfig",
  proxy: "the proxy did not let the request through: check proxy-url or HTTPS_PROXY",
  "exec-plugin": "the kubeconfig's exec plugin gave no credential: run its command by hand",
  other: "see the cause",
} as const satisfies Record<TransportCode, string>;
