import type { Verb } from "../hooks.ts";
import type { Query } from "./path.ts";

/** One request in the terms of Kubernetes; `Caller` sends it. */
export interface ApiCall {
  verb: Verb;
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  /** Without the query. */
  path: string;
  query?: Query;
  /** Plural, for hooks. */
  resource: string;
  subresource?: string | undefined;
  namespace?: string | undefined;
  name?: string | undefined;
  /** JSON. */
  body?: string;
  contentType?: string;
  /** Default application/json. */
  accept?: string;
}
