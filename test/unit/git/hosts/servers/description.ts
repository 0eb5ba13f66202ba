import Ajv, { type ValidateFunction } from "ajv";

export interface ApiRequest {
  method: string;
  /** Without the API's own path. */
  path: string;
  query: URLSearchParams;
  body: unknown;
}

export interface Operation {
  /** Such as `get /repos/{owner}/{repo}/keys`. */
  name: string;
  params: Record<string, string>;
}

interface Parameter {
  name: string;
  in: "path" | "query" | "body";
  required?: boolean;
  type?: string;
  schema?: { type?: string };
}

interface Described {
  parameters?: ({ $ref: string } | Parameter)[];
  requestBody?: object;
  responses: Record<string, object>;
}

/** A host's description of its API (OpenAPI 3.0 or Swagger 2.0), to hold requests and answers against. */
export class ApiDescription {
  readonly #document: { paths: Record<string, Record<string, Described>> };
  readonly #ajv = new Ajv({
    strict: false,
    allErrors: true,
    formats: {
      int32: true,
      int64: true,
      email: true,
      uri: (text: string) => URL.canParse(text),
      "date-time": (text: string) => /^\d{4}-\d\d-\d\dT/.test(text) && !Number.isNaN(Date.parse(text)),
    },
  });

  constructor(document: object) {
    this.#document = document as never;
    this.#ajv.addSchema(document, "api");
  }

  /** The operation that a request is for. */
  find({ method, path }: ApiRequest): Operation | undefined {
    for (const [template, methods] of Object.entries(this.#document.paths)) {
      if (methods[method.toLowerCase()] === undefined) continue;
      const names = [...template.matchAll(/\{(\w+)\}/g)].map(([, name]) => name ?? "");
      const found = new RegExp(`^${template.replaceAll(/\{\w+\}/g, "([^/]+)")}$`).exec(path);
      if (!found) continue;
      const values = found.slice(1).map(decodeURIComponent);
      const params = Object.fromEntries(names.map((name, i) => [name, values[i] ?? ""]));
      return { name: `${method.toLowerCase()} ${template}`, params };
    }
    return undefined;
  }

  /** What is wrong with a request; stricter than the host, which passes over what it does not know. */
  requestComplaints(operation: Operation, { query, body }: ApiRequest): string[] {
    const { parameters: all, place } = this.#operation(operation);
    const complaints = all.flatMap((parameter) =>
      this.#parameterComplaints(parameter, operation.params, query),
    );
    const known = all.filter((one) => one.in === "query").map(({ name }) => name);
    for (const name of query.keys()) if (!known.includes(name)) complaints.push(`unknown query ${name}`);
    const inBody = all.findIndex((one) => one.in === "body");
    const at = inBody >= 0 ? `${place}/parameters/${inBody}/schema` : `${place}/requestBody`;
    return [...complaints, ...this.#bodyComplaints(at, body)];
  }

  /** What is wrong with an answer of a test's server: it must be one that the host could give. */
  answerComplaints(operation: Operation, status: number, body: unknown): string[] {
    const { described, place } = this.#operation(operation);
    if (described.responses[status] === undefined) return []; // described for all operations in one place elsewhere
    const schema = this.#schemaOf(`${place}/responses/${status}`);
    // Gitea describes the fields of a refusal as headers, which they are not.
    if (schema === undefined) return body === undefined || status >= 400 ? [] : [`${status} has no body`];
    return complaintsOf(this.#validator(schema), body);
  }

  #operation({ name }: Operation) {
    const [method = "", template = ""] = name.split(" ");
    const described = this.#document.paths[template]?.[method];
    if (!described) throw new Error(`not described: ${name}`);
    const parameters = (described.parameters ?? []).map((one) =>
      "$ref" in one ? (this.#at(one.$ref) as Parameter) : one,
    );
    const place = `#/paths/${template.replaceAll("/", "~1")}/${method}`;
    return { described, parameters, place };
  }

  #parameterComplaints(
    { name, in: where, required, type, schema }: Parameter,
    params: Record<string, string>,
    query: URLSearchParams,
  ): string[] {
    if (where === "body") return [];
    const value = where === "path" ? params[name] : (query.get(name) ?? undefined);
    if (value === undefined) return required ? [`${name} is missing`] : [];
    const isNumber = (type ?? schema?.type) === "integer";
    return isNumber && !/^\d+$/.test(value) ? [`${name} is no integer: ${value}`] : [];
  }

  #bodyComplaints(place: string, body: unknown): string[] {
    const schema = this.#schemaOf(place);
    if (schema === undefined) return body === undefined ? [] : ["a body that is not described"];
    const { properties = {} } = this.#at(schema) as { properties?: object };
    const unknown = Object.keys((body ?? {}) as object).filter((key) => !(key in properties));
    return [...unknown.map((key) => `unknown field ${key}`), ...complaintsOf(this.#validator(schema), body)];
  }

  /** Where the JSON schema of a body stands, references followed. */
  #schemaOf(place: string): string | undefined {
    let at = place;
    for (;;) {
      const value = this.#at(at) as Record<string, unknown> | undefined;
      if (value === undefined) return undefined;
      if (typeof value["$ref"] === "string") at = value["$ref"];
      else if (value["content"] !== undefined) at = `${at}/content/application~1json/schema`;
      else if (value["schema"] !== undefined) at = `${at}/schema`;
      else if (value["responses"] === undefined && isSchema(value)) return at;
      else return undefined;
    }
  }

  #at(place: string): unknown {
    return place
      .slice(2)
      .split("/")
      .map((part) => part.replaceAll("~1", "/"))
      .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key], this.#document);
  }

  #validator(place: string): ValidateFunction {
    const validate = this.#ajv.getSchema(`api${place.replaceAll("{", "%7B").replaceAll("}", "%7D")}`);
    if (!validate) throw new Error(`no schema at ${place}`);
    return validate;
  }
}

const isSchema = (value: object): boolean =>
  ["type", "properties", "items", "allOf", "anyOf"].some((key) => key in value);

function complaintsOf(validate: ValidateFunction, body: unknown): string[] {
  if (validate(body)) return [];
  return (validate.errors ?? []).map(({ instancePath, message }) => `body${instancePath} ${message}`);
}
