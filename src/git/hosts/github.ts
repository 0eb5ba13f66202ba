import { z } from "zod";
import type { CredentialKind } from "../../api/generate.ts";
import { GITHUB_API } from "./allowed-hosts.ts";
import { type HostCall, HostCaller, type Refusal, type Verdict } from "./caller.ts";
import { checkId, mayRemove, removeOne } from "./checks.ts";
import { deployKeySchema, registeredKey } from "./deploy-key.ts";
import { type GitHubAppSignIn, InstallationTokens, installationToken } from "./github-app.ts";
import type { GitHost, HostCredential, Made, Registered, Registration, RepositoryOnHost } from "./host.ts";
import { signInId } from "./host-budget.ts";
import { hostSecrets } from "./host-credential.ts";
import type { HostDeps } from "./host-deps.ts";
import { HostError } from "./host-error.ts";
import { allPages, linksToNext } from "./pages.ts";
import { segmentsOf } from "./repository-path.ts";

export type GitHubSignIn = Extract<HostCredential, { kind: "token" | "githubApp" }>;

const HEADERS = { accept: "application/vnd.github+json", "x-github-api-version": "2022-11-28" };

/** GitHub, and GitHub Enterprise Server. Deploy keys alone: access tokens cannot be made by its API. */
export class GitHub implements GitHost {
  readonly #repository: RepositoryOnHost;
  readonly #signIn: GitHubSignIn;
  readonly #deps: HostDeps;
  readonly #tokens: InstallationTokens;
  readonly #caller: HostCaller;

  constructor(repository: RepositoryOnHost, signIn: GitHubSignIn, deps: HostDeps) {
    this.#repository = repository;
    this.#signIn = signIn;
    this.#deps = deps;
    this.#tokens = deps.installationTokens ?? new InstallationTokens();
    this.#caller = new HostCaller({
      ...deps,
      provider: "github",
      apiURL: repository.apiURL,
      base: githubBase(repository.apiURL),
      caCert: signIn.caCert,
      secrets: hostSecrets(signIn),
      explain,
    });
  }

  async list(kind: CredentialKind, repository: string, prefix: string): Promise<Registered[]> {
    const call = this.#keys("GET", repository);
    this.#onlyKeys(kind, call);
    const keys = await this.#signedIn(repository, (signIn) =>
      allPages(this.#caller, { ...call, ...signIn }, z.array(deployKeySchema), {
        query: { per_page: "100" },
        hasMore: linksToNext,
      }),
    );
    return keys
      .filter(({ title }) => title.startsWith(prefix))
      .map((key) => registeredKey(this.#repository, repository, key));
  }

  async add(repository: string, what: Registration): Promise<Made> {
    const call = this.#keys("POST", repository);
    this.#onlyKeys(what.kind, call);
    if (what.kind !== "deployKey") throw new TypeError("a deploy key alone comes here");
    const { title, publicKey, readOnly } = what;
    const body = { title, key: publicKey, read_only: readOnly };
    const { value } = await this.#signedIn(repository, (signIn) =>
      this.#caller.json({ ...call, ...signIn, body }, deployKeySchema),
    );
    return { registered: registeredKey(this.#repository, repository, value) };
  }

  async remove(kind: CredentialKind, repository: string, id: string): Promise<void> {
    const call = this.#keys("DELETE", repository);
    this.#onlyKeys(kind, call);
    checkId(this.#caller, call, id);
    await this.#signedIn(repository, (signIn) => removeOne(this.#caller, { ...call, ...signIn }, id));
  }

  async probe(kind: CredentialKind, repository: string): Promise<string> {
    const found = await this.list(kind, repository, "");
    const call = this.#keys("DELETE", repository);
    await this.#signedIn(repository, (signIn) => mayRemove(this.#caller, { ...call, ...signIn }));
    return `GitHub: the sign-in may manage the deploy keys of ${repository}; ${found.length} there now`;
  }

  /** Runs a call with the token, or with one of the App's; a kept one that was revoked is made anew, once. */
  async #signedIn<T>(
    repository: string,
    run: (signIn: Pick<HostCall, "headers" | "secrets">) => Promise<T>,
  ): Promise<T> {
    if (this.#signIn.kind === "token") return run(signInWith(this.#signIn.token));
    const key = this.#tokenKey(this.#signIn, repository);
    const kept = this.#tokens.get(key, this.#deps.clock());
    if (kept !== undefined) {
      try {
        return await run(signInWith(kept));
      } catch (error) {
        if (!(error instanceof HostError) || error.reason !== "HostUnauthorized") throw error;
        this.#tokens.delete(key);
      }
    }
    return run(signInWith(await this.#newToken(this.#signIn, repository, key)));
  }

  async #newToken(app: GitHubAppSignIn, repository: string, key: string): Promise<string> {
    const [owner = "", name = ""] = this.#path("POST", repository).split("/");
    const times = { now: this.#deps.clock(), headers: HEADERS };
    const held = await installationToken(this.#caller, app, { owner, name }, times);
    this.#tokens.set(key, held);
    return held.token;
  }

  #tokenKey(
    { appId, installationId, installationOwner, privateKey }: GitHubAppSignIn,
    repository: string,
  ): string {
    const { apiURL } = this.#repository;
    return signInId(
      JSON.stringify([apiURL, appId, installationId, installationOwner, privateKey, repository]),
    );
  }

  #keys(method: HostCall["method"], repository: string): HostCall {
    return { method, path: `/repos/${this.#path(method, repository)}/keys`, headers: HEADERS };
  }

  #path(method: HostCall["method"], repository: string): string {
    const segments = segmentsOf(repository);
    if (segments?.length === 2) return segments.join("/");
    throw this.#caller.failure(
      { method, path: "/repos/{owner}/{repo}/keys" },
      {
        reason: "RepositoryNotFoundOnHost",
        what: `${JSON.stringify(repository.slice(0, 100))} is no repository of GitHub; nothing was sent`,
        fix: "spec.git.url must name owner/repository",
      },
    );
  }

  #onlyKeys(kind: CredentialKind, call: HostCall): void {
    if (kind === "deployKey") return;
    throw this.#caller.failure(call, {
      reason: "HostRefused",
      what: "GitHub makes no access tokens by its API; nothing was sent",
      fix: "take kind deployKey",
    });
  }
}

/** Where the API of a GitHub is. */
export const githubBase = (apiURL: string): string =>
  /^https:\/\/(api\.)?github\.com(:443)?$/i.test(apiURL) ? GITHUB_API : `${apiURL}/api/v3`;

const signInWith = (token: string): Pick<HostCall, "headers" | "secrets"> => ({
  headers: { ...HEADERS, authorization: `Bearer ${token}` },
  secrets: [token],
});

const NEEDS =
  "the credential that hostCredentialRef names needs, for this repository, Administration: read and write (fine-grained token or GitHub App), or the scope repo of a user who administers it (classic token)";

function explain({ call, status, headers, words }: Refusal): Verdict {
  const isApp = /^\/app\/|\/installation$/.test(call.path);
  if (status === 403) {
    const needed = headers.get("x-accepted-github-permissions");
    return { fix: needed ? `${NEEDS}; GitHub asks for ${needed.slice(0, 100)}` : NEEDS };
  }
  if (status === 404 && isApp)
    return {
      fix: "install the GitHub App on this repository, and check githubAppInstallationID in the Secret",
    };
  if (status === 404) return { fix: `check the path in spec.git.url; ${NEEDS}` };
  if (status === 401 && isApp)
    return { fix: "check githubAppID and githubAppPrivateKey in the Secret, and the operator's clock" };
  if (status === 422 && isApp)
    return { reason: "HostForbidden", fix: `${NEEDS}, granted where it is installed` };
  if (status === 422 && /key is already in use/i.test(words)) return { reason: "KeyInUseElsewhere" };
  return {};
}
