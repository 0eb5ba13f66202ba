import { KubeError } from "./kube-error.ts";

export interface UnexpectedResponseFields {
  statusCode: number;
  contentType: string;
  verb: string;
  path: string;
  /** What is wrong with the answer, without its body: that may hold secrets. */
  what: string;
}

/** An answer that no API server gives: HTML, half a JSON, a redirect, a body over the limit. Often a proxy's. */
export class UnexpectedResponse extends KubeError {
  override name = "UnexpectedResponse";
  readonly statusCode: number;
  readonly contentType: string;
  readonly verb: string;
  readonly path: string;

  constructor(fields: UnexpectedResponseFields) {
    super(
      `unexpected answer: ${fields.what} (${fields.statusCode}, ${fields.contentType || "no content type"}, ` +
        `${fields.verb} ${fields.path}); check that \`server\` is a Kubernetes API server and no other web server`,
    );
    this.statusCode = fields.statusCode;
    this.contentType = fields.contentType;
    this.verb = fields.verb;
    this.path = fields.path;
  }
}
