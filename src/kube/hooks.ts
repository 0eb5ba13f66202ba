/** A Kubernetes verb; apply counts as patch, connect is a followed log. */
export type Verb = "get" | "list" | "create" | "update" | "patch" | "delete" | "deletecollection" | "watch";

/** One attempt of one request. Carries no header, body or query, so no secret either. */
export interface RequestEvent {
  verb: Verb;
  /** Plural of the kind, or the first segment of a raw path ("version"). */
  resource: string;
  subresource?: string;
  namespace?: string;
  name?: string;
  /** 1 for the first try. */
  attempt: number;
}

export interface ResponseEvent extends RequestEvent {
  /** HTTP status; "error" when there was no complete answer. */
  code: number | "error";
  /** From sending to the last byte of the answer (of the header, for a watch). */
  durationMs: number;
}

/** What the API server or the configuration warns of; never an error. */
export interface WarningEvent {
  source: "config" | "server";
  text: string;
}

/** Called synchronously; what they throw is ignored, so that metrics never break a call. */
export interface ClientHooks {
  onRequest?(event: RequestEvent): void;
  onResponse?(event: ResponseEvent): void;
  onWarning?(event: WarningEvent): void;
}
