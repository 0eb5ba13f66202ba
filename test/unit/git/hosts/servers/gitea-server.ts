import { ApiDescription, type Operation } from "./description.ts";
import description from "./gitea-api.json";
import { type Answer, type Seen, TlsServer } from "./tls-server.ts";

export interface GiteaServerOptions {
  /** Scope write:repository, of an administrator of the repositories. */
  token: string;
  /** Scope read:repository. */
  weakToken: string;
  username: string;
  password: string;
  repositories: string[];
  /** Forgejo's one field more, `repositories`: CreateAccessTokenOption of its description, since its PR 11504. */
  isForgejo?: boolean;
  /** MAX_RESPONSE_ITEMS. */
  pageSize: number;
}

interface Item {
  id: number;
  title: string;
  key?: string;
  read_only?: boolean;
  scopes?: string[];
  repository?: string;
}

const API = "/api/v1";

/** Gitea as its Swagger description has it; words of refusals are those of routers/api/v1 of Gitea 1.26. */
export class GiteaServer {
  readonly tls: TlsServer;
  /** Requests and answers that the description does not allow; must stay empty. */
  readonly complaints: string[] = [];
  readonly #description = new ApiDescription(description);
  readonly #options: GiteaServerOptions;
  #keys: Item[] = [];
  #tokens: Item[] = [];
  #nextId = 1;

  private constructor(tls: TlsServer, options: GiteaServerOptions) {
    this.tls = tls;
    this.#options = options;
  }

  static async start(options: GiteaServerOptions): Promise<GiteaServer> {
    const tls = await TlsServer.start((seen) => server.#answer(seen));
    const server = new GiteaServer(tls, options);
    return server;
  }

  #answer(seen: Seen): Answer {
    const request = { ...seen, path: seen.path.slice(API.length) };
    const operation = this.#description.find(request);
    if (!seen.path.startsWith(`${API}/`) || !operation) {
      this.complaints.push(`not described: ${seen.method} ${seen.path}`);
      return error(404, "Not Found");
    }
    const complaints = this.#description.requestComplaints(operation, this.#withoutForgejos(request));
    const answer = operation.name.includes("/tokens")
      ? this.#token(operation, seen)
      : this.#key(operation, seen);
    complaints.push(
      ...this.#description
        .answerComplaints(operation, answer.status, answer.body)
        .map((text) => `answer: ${text}`),
    );
    this.complaints.push(...complaints.map((text) => `${operation.name}: ${text}`));
    return answer;
  }

  #key(operation: Operation, seen: Seen): Answer {
    const { token, weakToken, repositories } = this.#options;
    const authorization = seen.headers.get("authorization") ?? "";
    const isReader = authorization === `token ${weakToken}`;
    if (authorization !== `token ${token}` && !isReader && !this.#isUser(authorization))
      return error(401, "user does not exist [uid: 0, name: ]");
    if (isReader && seen.method !== "GET")
      return error(
        403,
        "token does not have at least one of required scope(s), required=[write:repository], token scope=read:repository",
      );
    const repository = `${operation.params["owner"]}/${operation.params["repo"]}`;
    if (!repositories.includes(repository)) return error(404, "The target couldn't be found.");
    const own = this.#keys.filter((key) => key.repository === repository);
    if (seen.method === "GET")
      return this.#page(
        seen,
        own.map((key) => this.#shownKey(key)),
      );
    if (seen.method === "DELETE") {
      // asymkey_service.DeleteDeployKey is silent about a key that is not there.
      this.#keys = this.#keys.filter(
        (key) => key.repository !== repository || String(key.id) !== operation.params["id"],
      );
      return { status: 204 };
    }
    const {
      title,
      key,
      read_only = false,
    } = seen.body as { title: string; key: string; read_only?: boolean };
    if (own.some((other) => other.key === key))
      return error(422, "This key has already been added to this repository");
    if (own.some((other) => other.title === title))
      return error(422, "A key with the same name already exists");
    const made = { id: this.#nextId++, title, key, read_only, repository };
    this.#keys.push(made);
    return { status: 201, body: this.#shownKey(made) };
  }

  #token(operation: Operation, seen: Seen): Answer {
    if (!this.#isUser(seen.headers.get("authorization") ?? "")) return error(401, "auth required");
    if (operation.params["username"] !== this.#options.username)
      return error(403, "user should be the site admin or be same as the contextUser");
    if (seen.method === "GET")
      return this.#page(
        seen,
        this.#tokens.map((token) => shownToken(token, "")),
      );
    if (seen.method === "DELETE") {
      const before = this.#tokens.length;
      this.#tokens = this.#tokens.filter(({ id }) => String(id) !== operation.params["token"]);
      return this.#tokens.length < before ? { status: 204 } : error(404, "The target couldn't be found.");
    }
    const { name, scopes = [] } = seen.body as { name: string; scopes?: string[] };
    if (this.#tokens.some(({ title }) => title === name))
      return error(400, "access token name has been used already");
    const made = { id: this.#nextId++, title: name, scopes };
    this.#tokens.push(made);
    return { status: 201, body: shownToken(made, crypto.randomUUID().replaceAll("-", "")) };
  }

  #withoutForgejos(request: Seen): Seen {
    const { repositories, ...body } = (request.body ?? {}) as {
      repositories?: { owner: string; name: string }[];
    };
    if (!this.#options.isForgejo || repositories === undefined) return request;
    const known = repositories.every(({ owner, name }) =>
      this.#options.repositories.includes(`${owner}/${name}`),
    );
    if (!known || repositories.length !== 1) this.complaints.push("repositories: not one that is there");
    return { ...request, body };
  }

  #isUser(authorization: string): boolean {
    const { username, password } = this.#options;
    return authorization === `Basic ${Buffer.from(`${username}:${password}`).toString("base64")}`;
  }

  #page(seen: Seen, items: object[]): Answer {
    const size = Math.min(Number(seen.query.get("limit") ?? 30), this.#options.pageSize);
    const page = Number(seen.query.get("page") ?? 1);
    return {
      status: 200,
      headers: { "x-total-count": String(items.length) },
      body: items.slice((page - 1) * size, page * size),
    };
  }

  #shownKey({ id, title, key, read_only, repository }: Item) {
    const url = `${this.tls.url}${API}/repos/${repository}/keys/${id}`;
    return {
      id,
      key_id: id,
      key,
      url,
      title,
      fingerprint: "SHA256:x",
      created_at: "2026-11-22T10:00:00Z",
      read_only,
    };
  }
}

const shownToken = ({ id, title, scopes }: Item, sha1: string) => ({
  id,
  name: title,
  sha1,
  token_last_eight: sha1.slice(-8),
  scopes,
  created_at: "2026-11-22T10:00:00Z",
  last_used_at: "2026-11-22T10:00:00Z",
});

const error = (status: number, message: string): Answer => ({
  status,
  body: { message, url: "https://git.example.com/api/swagger" },
});
