import { createPublicKey, verify } from "node:crypto";
import { ApiDescription, type Operation } from "./description.ts";
import description from "./github-api.json";
import { type Answer, type Seen, TlsServer } from "./tls-server.ts";

export const APP = { id: "271828", installation: 31415926, owner: "Acme" } as const;

export interface GitHubServerOptions {
  /** May administer every repository. */
  token: string;
  /** May read only. */
  weakToken: string;
  repositories: string[];
  /** PEM of the App's key, private or public. */
  appKey?: string;
  /** Most items of a page, whatever is asked for. */
  pageSize: number;
}

interface Key {
  id: number;
  key: string;
  title: string;
  read_only: boolean;
  repository: string;
}

const API = "/api/v3";

/** GitHub as its own OpenAPI description has it; every request and every answer is held against that. */
export class GitHubServer {
  readonly tls: TlsServer;
  /** Requests and answers that GitHub's description does not allow; must stay empty. */
  readonly complaints: string[] = [];
  readonly #description = new ApiDescription(description);
  readonly #options: GitHubServerOptions;
  #keys: Key[] = [];
  #nextId = 1001;
  readonly installationTokens = new Map<string, { repositories: string[]; administers: boolean }>();
  /** Life of an installation token in milliseconds; an hour at GitHub. */
  tokenLife = 3_600_000;
  clock: () => number = Date.now;

  private constructor(tls: TlsServer, options: GitHubServerOptions) {
    this.tls = tls;
    this.#options = options;
  }

  static async start(options: GitHubServerOptions): Promise<GitHubServer> {
    const tls = await TlsServer.start((seen) => server.#answer(seen));
    const server = new GitHubServer(tls, options);
    return server;
  }

  #answer(seen: Seen): Answer {
    const request = { ...seen, path: seen.path.slice(API.length) };
    const operation = this.#description.find(request);
    if (!seen.path.startsWith(`${API}/`) || !operation) {
      this.complaints.push(`not described: ${seen.method} ${seen.path}`);
      return error(404, "Not Found");
    }
    const complaints = [
      ...this.#description.requestComplaints(operation, request),
      ...headerComplaints(seen),
    ];
    const answer = this.#act(operation, seen);
    complaints.push(
      ...this.#description
        .answerComplaints(operation, answer.status, answer.body)
        .map((text) => `answer: ${text}`),
    );
    this.complaints.push(...complaints.map((text) => `${operation.name}: ${text}`));
    return answer;
  }

  #act(operation: Operation, seen: Seen): Answer {
    const { owner = "", repo = "" } = operation.params;
    if (operation.name.includes("installation")) return this.#installation(operation, seen);
    const repository = `${owner}/${repo}`;
    const may = this.#may(seen.headers.get("authorization") ?? "", repository);
    if (may === "nobody") return error(401, "Bad credentials");
    if (!this.#options.repositories.includes(repository)) return error(404, "Not Found");
    // GitHub asks for more to write than to read, and says what.
    if (may === "reader" && seen.method !== "GET")
      return {
        ...error(403, "Resource not accessible by personal access token"),
        headers: { "x-accepted-github-permissions": "administration=write" },
      };
    return this.#keyAnswer(operation, seen, repository);
  }

  #keyAnswer(operation: Operation, seen: Seen, repository: string): Answer {
    const own = this.#keys.filter((key) => key.repository === repository);
    switch (operation.name) {
      case "get /repos/{owner}/{repo}/keys":
        return this.#page(seen, own);
      case "post /repos/{owner}/{repo}/keys":
        return this.#create(repository, seen.body as { title: string; key: string; read_only?: boolean });
      default: {
        const id = Number(operation.params["key_id"]);
        if (!own.some((key) => key.id === id)) return error(404, "Not Found");
        this.#keys = this.#keys.filter((key) => key.id !== id);
        return { status: 204 };
      }
    }
  }

  #page(seen: Seen, keys: Key[]): Answer {
    const size = Math.min(Number(seen.query.get("per_page") ?? 30), this.#options.pageSize);
    const page = Number(seen.query.get("page") ?? 1);
    const link = (number: number, rel: string) =>
      `<${this.tls.url}${seen.path}?per_page=${size}&page=${number}>; rel="${rel}"`;
    const last = Math.max(1, Math.ceil(keys.length / size));
    const links = [
      ...(page > 1 ? [link(page - 1, "prev")] : []),
      ...(page < last ? [link(page + 1, "next"), link(last, "last")] : []),
    ];
    return {
      status: 200,
      headers: links.length > 0 ? { link: links.join(", ") } : {},
      body: keys.slice((page - 1) * size, page * size).map((key) => this.#shown(key)),
    };
  }

  #create(
    repository: string,
    { title, key, read_only = false }: { title: string; key: string; read_only?: boolean },
  ): Answer {
    const blob = key.split(" ").slice(0, 2).join(" ");
    // A key is good for one repository of all GitHub.
    if (this.#keys.some((other) => other.key === blob)) {
      const errors = [
        { resource: "PublicKey", code: "custom", field: "key", message: "key is already in use" },
      ];
      return error(422, "Validation Failed", { errors });
    }
    const made = { id: this.#nextId++, key: blob, title, read_only, repository };
    this.#keys.push(made);
    return { status: 201, body: this.#shown(made) };
  }

  #shown({ id, key, title, read_only, repository }: Key) {
    const url = `${this.tls.url}${API}/repos/${repository}/keys/${id}`;
    return {
      id,
      key,
      url,
      title,
      verified: true,
      created_at: "2026-11-22T10:00:00Z",
      read_only,
      added_by: "acme-bot",
      last_used: null,
    };
  }

  #may(authorization: string, repository: string): "administrator" | "reader" | "nobody" {
    const token = authorization.replace(/^Bearer /, "");
    if (token === this.#options.token) return "administrator";
    if (token === this.#options.weakToken) return "reader";
    const installed = this.installationTokens.get(token);
    if (!installed?.repositories.includes(repository.split("/")[1] ?? "")) return "nobody";
    return installed.administers ? "administrator" : "reader";
  }

  #installation(operation: Operation, seen: Seen): Answer {
    const problem = this.#jwtProblem(seen.headers.get("authorization") ?? "");
    if (problem !== undefined) return error(401, problem);
    if (operation.name.startsWith("get")) {
      const { owner = "", repo = "" } = operation.params;
      if (!this.#options.repositories.includes(`${owner}/${repo}`)) return error(404, "Not Found");
      return { status: 200, body: installation(this.tls.url) };
    }
    if (operation.params["installation_id"] !== String(APP.installation)) return error(404, "Not Found");
    const { repositories = [], permissions = {} } = seen.body as {
      repositories?: string[];
      permissions?: Record<string, string>;
    };
    const token = `ghs_${crypto.randomUUID().replaceAll("-", "")}0000`;
    this.installationTokens.set(token, {
      repositories,
      administers: permissions["administration"] === "write",
    });
    const expires_at = new Date(this.clock() + this.tokenLife).toISOString().replace(/\.\d+/, "");
    return { status: 201, body: { token, expires_at, permissions, repository_selection: "selected" } };
  }

  #jwtProblem(authorization: string): string | undefined {
    const [head = "", body = "", signature = ""] = authorization.replace(/^Bearer /, "").split(".");
    const key = createPublicKey(this.#options.appKey ?? "");
    const isSigned = verify(
      "RSA-SHA256",
      Buffer.from(`${head}.${body}`),
      key,
      Buffer.from(signature, "base64url"),
    );
    if (!isSigned) return "A JSON web token could not be decoded";
    const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
    const { iat, exp, iss } = read(body) as { iat: number; exp: number; iss: string };
    const now = this.clock() / 1000;
    if (read(head).alg !== "RS256" || String(iss) !== APP.id)
      return "'Issuer' claim ('iss') must be an Integer";
    return exp - iat <= 600 && iat <= now && exp > now
      ? undefined
      : "'Expiration time' claim ('exp') is too far in the future";
  }
}

/** docs.github.com/en/rest/using-the-rest-api/getting-started-with-the-rest-api: what every call should carry. */
function headerComplaints({ headers }: Seen): string[] {
  return [
    ...(headers.get("accept") === "application/vnd.github+json" ? [] : ["accept"]),
    ...(headers.get("x-github-api-version") === "2022-11-28" ? [] : ["x-github-api-version"]),
    ...(headers.get("user-agent") ? [] : ["user-agent"]),
  ].map((name) => `header ${name} is missing or wrong`);
}

const error = (status: number, message: string, more: object = {}): Answer => ({
  status,
  body: {
    message,
    ...more,
    documentation_url: "https://docs.github.com/rest/deploy-keys/deploy-keys",
    status: String(status),
  },
});

/** Holds all that the description asks for. */
function installation(url: string) {
  const account = {
    login: APP.owner,
    id: 1,
    node_id: "MDQ6VXNlcjE=",
    avatar_url: url,
    gravatar_id: "",
    type: "Organization",
    site_admin: false,
  };
  const urls =
    "url html_url followers_url following_url gists_url starred_url subscriptions_url organizations_url repos_url events_url received_events_url";
  return {
    id: APP.installation,
    account: { ...account, ...Object.fromEntries(urls.split(" ").map((name) => [name, url])) },
    repository_selection: "selected",
    access_tokens_url: url,
    repositories_url: url,
    html_url: url,
    app_id: Number(APP.id),
    app_slug: "projectgitops",
    target_id: 1,
    target_type: "Organization",
    permissions: { administration: "write", metadata: "read" },
    events: [],
    created_at: "2026-11-22T10:00:00Z",
    updated_at: "2026-11-22T10:00:00Z",
    single_file_name: null,
    suspended_by: null,
    suspended_at: null,
  };
}
