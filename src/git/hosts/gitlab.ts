import { z } from "zod";
import type { CredentialKind } from "../../api/generate.ts";
import { type HostCall, HostCaller, type Refusal, type Verdict } from "./caller.ts";
import { checkId, mayRemove, removeOne, withoutComment } from "./checks.ts";
import type { GitHost, HostCredential, Made, Registered, Registration, RepositoryOnHost } from "./host.ts";
import { hostSecrets } from "./host-credential.ts";
import type { HostDeps } from "./host-deps.ts";
import { allPages, linksToNext } from "./pages.ts";
import { segmentsOf } from "./repository-path.ts";

export type GitLabSignIn = Extract<HostCredential, { kind: "token" }>;

/** @see https://docs.gitlab.com/api/deploy_keys/ */
const keySchema = z.looseObject({
  id: z.number().int().positive(),
  title: z.string(),
  key: z.string(),
  can_push: z.boolean().nullish(),
});

/** @see https://docs.gitlab.com/api/project_access_tokens/ */
const tokenSchema = z.looseObject({
  id: z.number().int().positive(),
  name: z.string(),
  scopes: z.array(z.string()),
  expires_at: z.iso.date().nullish(),
  revoked: z.boolean(),
  active: z.boolean(),
});
const newTokenSchema = tokenSchema.extend({ token: z.string().min(1) });

/** Least role that reads a private repository (Reporter), and that pushes to a branch (Developer). */
const ACCESS_LEVEL = { read: 20, write: 30 } as const;

/** GitLab: deploy keys, and project access tokens. */
export class GitLab implements GitHost {
  readonly #repository: RepositoryOnHost;
  readonly #caller: HostCaller;
  readonly #headers: Record<string, string>;

  constructor(repository: RepositoryOnHost, signIn: GitLabSignIn, deps: HostDeps) {
    this.#repository = repository;
    this.#headers = { "private-token": signIn.token };
    this.#caller = new HostCaller({
      ...deps,
      provider: "gitlab",
      apiURL: repository.apiURL,
      base: `${repository.apiURL}/api/v4`,
      caCert: signIn.caCert,
      secrets: hostSecrets(signIn),
      explain,
    });
  }

  async list(kind: CredentialKind, repository: string, prefix: string): Promise<Registered[]> {
    const call = this.#call("GET", repository, kind);
    const rule = { query: { per_page: "100" }, hasMore: linksToNext };
    if (kind === "deployKey") {
      const keys = await allPages(this.#caller, call, z.array(keySchema), rule);
      return keys
        .filter(({ title }) => title.startsWith(prefix))
        .map((key) => this.#registeredKey(repository, key));
    }
    // Before 17.2 the state is not known there, and ended ones come along.
    const query = { state: "active" };
    const tokens = await allPages(this.#caller, { ...call, query }, z.array(tokenSchema), rule);
    return tokens
      .filter(({ name, active, revoked }) => name.startsWith(prefix) && active && !revoked)
      .map((token) => this.#registeredToken(repository, token));
  }

  async add(repository: string, what: Registration): Promise<Made> {
    const call = this.#call("POST", repository, what.kind);
    const { title, readOnly } = what;
    if (what.kind === "deployKey") {
      const body = { title, key: what.publicKey, can_push: !readOnly };
      const { value } = await this.#caller.json({ ...call, body }, keySchema);
      if (value.title !== title) throw this.#joined(call, value.title);
      return { registered: this.#registeredKey(repository, value) };
    }
    const body = {
      name: title,
      scopes: [readOnly ? "read_repository" : "write_repository"],
      access_level: readOnly ? ACCESS_LEVEL.read : ACCESS_LEVEL.write,
      expires_at: dateOf(what.expiresAt),
    };
    const { value } = await this.#caller.json({ ...call, body }, newTokenSchema);
    // Any user name that is not empty will do.
    const basic = { username: "oauth2", password: value.token };
    return { registered: this.#registeredToken(repository, value), basic };
  }

  async remove(kind: CredentialKind, repository: string, id: string): Promise<void> {
    const call = this.#call("DELETE", repository, kind);
    checkId(this.#caller, call, id);
    await removeOne(this.#caller, call, id);
  }

  async probe(kind: CredentialKind, repository: string): Promise<string> {
    const found = await this.list(kind, repository, "");
    await mayRemove(this.#caller, this.#call("DELETE", repository, kind));
    const what = kind === "deployKey" ? "deploy keys" : "project access tokens";
    return `GitLab: the sign-in may manage the ${what} of ${repository}; ${found.length} there now`;
  }

  #call(method: HostCall["method"], repository: string, kind: CredentialKind): HostCall {
    const what = kind === "deployKey" ? "deploy_keys" : "access_tokens";
    const segments = segmentsOf(repository);
    if (segments !== undefined && segments.length >= 2)
      return {
        method,
        path: `/projects/${encodeURIComponent(repository)}/${what}`,
        headers: this.#headers,
      };
    throw this.#caller.failure(
      { method, path: `/projects/{path}/${what}` },
      {
        reason: "RepositoryNotFoundOnHost",
        what: `${JSON.stringify(repository.slice(0, 100))} is no project of GitLab; nothing was sent`,
        fix: "spec.git.url must name group/project",
      },
    );
  }

  /** GitLab answers with the key that another project has, under its title, and joins it to this one. */
  #joined(call: HostCall, title: string) {
    return this.#caller.failure(call, {
      reason: "KeyInUseElsewhere",
      what: `the same key is registered as ${JSON.stringify(title.slice(0, 100))} already`,
    });
  }

  #registeredKey(repository: string, { id, title, key, can_push }: z.output<typeof keySchema>): Registered {
    return {
      id: String(id),
      title,
      url: `${this.#repository.apiURL}/${repository}/-/settings/repository#js-deploy-keys-settings`,
      publicKey: withoutComment(key),
      readOnly: can_push !== true,
    };
  }

  #registeredToken(
    repository: string,
    { id, name, scopes, expires_at }: z.output<typeof tokenSchema>,
  ): Registered {
    return {
      id: String(id),
      title: name,
      url: `${this.#repository.apiURL}/${repository}/-/settings/access_tokens`,
      readOnly: !scopes.some((scope) => scope === "write_repository" || scope === "api"),
      // It ends when that day begins.
      ...(expires_at ? { expiresAt: `${expires_at}T00:00:00Z` } : {}),
    };
  }
}

const DAY = 86_400_000;

/** The day at whose beginning, in UTC, a token may end so that it lives until then at least. */
export function dateOf(expiresAt: string): string {
  const days = Math.ceil(Date.parse(expiresAt) / DAY);
  return new Date(days * DAY).toISOString().slice(0, 10);
}

const NEEDS =
  "the token that hostCredentialRef names needs the scope api, and the role Maintainer or Owner in this project";

function explain({ call, status, words }: Refusal): Verdict {
  const isToken = call.path.includes("/access_tokens");
  if (status === 401 && isToken)
    return {
      fix: `the Secret that hostCredentialRef names holds a wrong, expired or revoked token, or one without the right: ${NEEDS}; a project access token itself can make none`,
    };
  if (status === 403) return { fix: NEEDS };
  if (status === 404) return { fix: `check the path in spec.git.url; ${NEEDS}` };
  if (status !== 400) return {};
  if (!isToken && /has already been taken/.test(words)) return { reason: "KeyInUseElsewhere" };
  return isToken && /permission/i.test(words) ? { reason: "HostForbidden", fix: NEEDS } : {};
}
