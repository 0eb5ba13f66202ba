import { z } from "zod";
import type { CredentialKind } from "../../api/generate.ts";
import { type HostAnswer, type HostCall, HostCaller, type Refusal, type Verdict } from "./caller.ts";
import { checkId, mayRemove, removeOne } from "./checks.ts";
import { deployKeySchema, registeredKey } from "./deploy-key.ts";
import type { GitHost, HostCredential, Made, Registered, Registration, RepositoryOnHost } from "./host.ts";
import { hostSecrets } from "./host-credential.ts";
import type { HostDeps } from "./host-deps.ts";
import { PROVIDER_NAMES } from "./host-error.ts";
import { allPages } from "./pages.ts";
import { segmentsOf } from "./repository-path.ts";

export type GiteaSignIn = Extract<HostCredential, { kind: "token" | "basic" }>;

/** AccessToken there. */
const tokenSchema = z.looseObject({
  id: z.number().int().positive(),
  name: z.string(),
  scopes: z.array(z.string()).nullish(),
});
const newTokenSchema = tokenSchema.extend({ sha1: z.string().min(1) });

/** Gitea and Forgejo: deploy keys, and access tokens of the user who signs in. */
export class Gitea implements GitHost {
  readonly #repository: RepositoryOnHost;
  readonly #signIn: GiteaSignIn;
  readonly #caller: HostCaller;
  readonly #headers: Record<string, string>;

  constructor(repository: RepositoryOnHost, signIn: GiteaSignIn, deps: HostDeps) {
    this.#repository = repository;
    this.#signIn = signIn;
    this.#headers = { authorization: authorizationOf(signIn) };
    this.#caller = new HostCaller({
      ...deps,
      provider: repository.provider,
      apiURL: repository.apiURL,
      base: `${repository.apiURL}/api/v1`,
      caCert: signIn.caCert,
      secrets: hostSecrets(signIn),
      explain,
    });
  }

  async list(kind: CredentialKind, repository: string, prefix: string): Promise<Registered[]> {
    const call = this.#call("GET", repository, kind);
    if (kind === "deployKey") {
      const keys = await allPages(this.#caller, call, z.array(deployKeySchema), PAGES);
      return keys
        .filter(({ title }) => title.startsWith(prefix))
        .map((key) => registeredKey(this.#repository, repository, key));
    }
    const tokens = await allPages(this.#caller, call, z.array(tokenSchema), PAGES);
    return tokens.filter(({ name }) => name.startsWith(prefix)).map((token) => this.#registeredToken(token));
  }

  async add(repository: string, what: Registration): Promise<Made> {
    const call = this.#call("POST", repository, what.kind);
    const { title, readOnly } = what;
    if (what.kind === "deployKey") {
      const body = { title, key: what.publicKey, read_only: readOnly };
      const { value } = await this.#caller.json({ ...call, body }, deployKeySchema);
      return { registered: registeredKey(this.#repository, repository, value) };
    }
    const body = {
      name: title,
      scopes: [readOnly ? "read:repository" : "write:repository"],
      ...this.#limitedTo(repository),
    };
    const { value } = await this.#caller.json({ ...call, body }, newTokenSchema);
    const username = this.#signIn.kind === "basic" ? this.#signIn.username : "";
    return { registered: this.#registeredToken(value), basic: { username, password: value.sha1 } };
  }

  async remove(kind: CredentialKind, repository: string, id: string): Promise<void> {
    const call = this.#call("DELETE", repository, kind);
    checkId(this.#caller, call, id);
    await removeOne(this.#caller, call, id);
  }

  async probe(kind: CredentialKind, repository: string): Promise<string> {
    const found = await this.list(kind, repository, "");
    const name = PROVIDER_NAMES[this.#repository.provider];
    if (kind === "accessToken")
      return `${name}: the sign-in may manage the access tokens of its user; ${found.length} there now`;
    await mayRemove(this.#caller, this.#call("DELETE", repository, kind));
    return `${name}: the sign-in may manage the deploy keys of ${repository}; ${found.length} there now`;
  }

  #call(method: HostCall["method"], repository: string, kind: CredentialKind): HostCall {
    const path =
      kind === "deployKey"
        ? `/repos/${this.#ownerAndName(method, repository).join("/")}/keys`
        : this.#tokensPath(method);
    return { method, path, headers: this.#headers };
  }

  /**
   * Forgejo makes tokens for one repository (older ones pass over the field); Gitea's are for all of the user's.
   * @see https://codeberg.org/forgejo/forgejo/pulls/11504
   */
  #limitedTo(repository: string): { repositories?: { owner: string; name: string }[] } {
    if (this.#repository.provider !== "forgejo") return {};
    const [owner, name] = this.#ownerAndName("POST", repository);
    return { repositories: [{ owner, name }] };
  }

  #ownerAndName(method: HostCall["method"], repository: string): [owner: string, name: string] {
    const [owner, name, ...more] = segmentsOf(repository) ?? [];
    if (owner !== undefined && name !== undefined && more.length === 0) return [owner, name];
    throw this.#caller.failure(
      { method, path: "/repos/{owner}/{repo}/keys" },
      {
        reason: "RepositoryNotFoundOnHost",
        what: `${JSON.stringify(repository.slice(0, 100))} is no repository of this host; nothing was sent`,
        fix: "spec.git.url must name owner/repository",
      },
    );
  }

  #tokensPath(method: HostCall["method"]): string {
    const place = { method, path: "/users/{username}/tokens" };
    if (this.#signIn.kind === "basic") {
      const { username } = this.#signIn;
      if (segmentsOf(username)?.length === 1) return `/users/${username}/tokens`;
      throw this.#caller.failure(place, {
        reason: "HostRefused",
        what: "the user name is none of this host; nothing was sent",
        fix: "put the login name, not the e-mail address, under username into the Secret that hostCredentialRef names",
      });
    }
    throw this.#caller.failure(place, {
      reason: "HostRefused",
      what: "access tokens are made for a user name and password, not for a token; nothing was sent",
      fix: "put username and password into the Secret that hostCredentialRef names",
    });
  }

  #registeredToken({ id, name, scopes }: z.output<typeof tokenSchema>): Registered {
    return {
      id: String(id),
      title: name,
      url: `${this.#repository.apiURL}/user/settings/applications`,
      readOnly: !(scopes ?? []).some((scope) => scope === "all" || scope === "write:repository"),
    };
  }
}

/** Hosts give 50 at most unless told otherwise (MAX_RESPONSE_ITEMS), and say how many there are in all. */
const PAGES = {
  query: { limit: "50" },
  hasMore: ({ value, headers }: HostAnswer<readonly unknown[]>, sofar: number): boolean => {
    const total = headers.get("x-total-count");
    return value.length > 0 && (total === null || sofar < Number(total));
  },
};

const authorizationOf = (signIn: GiteaSignIn): string =>
  signIn.kind === "token"
    ? `token ${signIn.token}`
    : `Basic ${Buffer.from(`${signIn.username}:${signIn.password}`).toString("base64")}`;

const NEEDS_KEY =
  "the credential that hostCredentialRef names must be of a user who administers the repository; a token needs the scope write:repository";
const NEEDS_TOKEN =
  "username and password in the Secret that hostCredentialRef names must be that user's own; in the place of the password a token with the scope write:user will do, and with two-factor authentication has to";

function explain({ call, status, words }: Refusal): Verdict {
  const isToken = call.path.endsWith("/tokens") || call.path.includes("/tokens/");
  const needs = isToken ? NEEDS_TOKEN : NEEDS_KEY;
  if (status === 401 && isToken) return { fix: needs };
  if (status === 403) return { fix: needs };
  if (status === 404) return { fix: `check the path in spec.git.url; ${needs}` };
  const isInUse =
    /already been added|used as non-deploy key|already exists/i.test(words) &&
    /\bkey content|this key\b/i.test(words);
  return status === 422 && isInUse ? { reason: "KeyInUseElsewhere" } : {};
}
