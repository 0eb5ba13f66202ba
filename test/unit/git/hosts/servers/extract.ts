/**
 * Makes github-api.json and gitea-api.json: the operations that the adapters call, out of the hosts' own descriptions
 * of their APIs. Those are too large to be dependencies (GitHub's npm package unpacks to 385 MB), and change seldom.
 *
 *   npm install --prefix /tmp/octokit @octokit/openapi@23.0.2
 *   node scripts/with-bun.mjs test/unit/git/hosts/servers/extract.ts \
 *     github /tmp/octokit/node_modules/@octokit/openapi/generated/api.github.com.json
 *   node scripts/with-bun.mjs test/unit/git/hosts/servers/extract.ts \
 *     gitea $(go list -m -f '{{.Dir}}' code.gitea.io/gitea)/templates/swagger/v1_json.tmpl
 *
 * Both are under the MIT licence: © GitHub, Inc. and Octokit; © The Gitea Authors.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Json = Record<string, unknown>;

const OPERATIONS: Record<string, [method: string, path: string][]> = {
  github: [
    ["get", "/repos/{owner}/{repo}/keys"],
    ["post", "/repos/{owner}/{repo}/keys"],
    ["delete", "/repos/{owner}/{repo}/keys/{key_id}"],
    ["get", "/repos/{owner}/{repo}/installation"],
    ["post", "/app/installations/{installation_id}/access_tokens"],
  ],
  gitea: [
    ["get", "/repos/{owner}/{repo}/keys"],
    ["post", "/repos/{owner}/{repo}/keys"],
    ["delete", "/repos/{owner}/{repo}/keys/{id}"],
    ["get", "/users/{username}/tokens"],
    ["post", "/users/{username}/tokens"],
    ["delete", "/users/{username}/tokens/{token}"],
  ],
};

const [name = "", source = ""] = process.argv.slice(2);
const whole = JSON.parse(readFileSync(source, "utf8").replaceAll(/\{\{[^}]*\}\}/g, "")) as Json;
const kept: Json = {};
for (const [method, path] of OPERATIONS[name] ?? []) keep(["paths", path, method]);
const { title, license, version } = whole["info"] as Json;
const result = {
  openapi: whole["openapi"],
  swagger: whole["swagger"],
  info: { title, license, version },
  ...kept,
};
const target = join(import.meta.dirname, `${name}-api.json`);
writeFileSync(target, `${JSON.stringify(result, undefined, 2)}\n`);

/** Copies what stands at this place, and all that it refers to. */
function keep(place: string[]): void {
  const value = place.reduce<unknown>((at, key) => (at as Json)[key], whole);
  let into = kept;
  for (const key of place.slice(0, -1)) {
    into[key] ??= {};
    into = into[key] as Json;
  }
  const last = place.at(-1) ?? "";
  if (into[last] !== undefined) return;
  into[last] = bare(value);
  for (const reference of references(into[last])) keep(reference.slice(2).split("/"));
}

/** Without what is for readers only. */
function bare(value: unknown, isMap = false): unknown {
  if (Array.isArray(value)) return value.map((item) => bare(item));
  if (typeof value !== "object" || value === null) return value;
  // OpenAPI 3.0 lets it stand beside anyOf alone, JSON schema does not.
  if ("nullable" in value && !("type" in value)) {
    const { nullable: _, ...rest } = value;
    return bare({ anyOf: [rest, { type: "null" }] });
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(
        ([key]) =>
          isMap || !/^(description|examples?|externalDocs|summary|tags|operationId|title|x-.*)$/.test(key),
      )
      .map(([key, part]) => [key, bare(part, key === "properties")]),
  );
}

function references(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([key, part]) =>
    key === "$ref" && typeof part === "string" ? [part] : references(part),
  );
}
