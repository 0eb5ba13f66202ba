import { type Answer, type Seen, TlsServer } from "./tls-server.ts";

/**
 * Answers recorded from GitLab's documentation; those of this server have exactly these fields.
 * @see https://docs.gitlab.com/api/deploy_keys/ (Add deploy key, List deploy keys for project)
 */
const DEPLOY_KEY = {
  id: 12,
  title: "My deploy key",
  key: "ssh-rsa AAAA...",
  fingerprint: "4a:9d:64:15:ed:3a:e6:07:6e:89:36:b3:3b:03:05:d9",
  fingerprint_sha256: "SHA256:Jrs3LD1Ji30xNLtTVf9NDCj7kkBgPBb2pjvTZ3HfIgU",
  created_at: "2013-10-02T10:12:29Z",
  can_push: false,
};

/** @see https://docs.gitlab.com/api/project_access_tokens/ (List all project access tokens) */
const LISTED_TOKEN = {
  user_id: 141,
  scopes: ["api"],
  name: "token",
  expires_at: "2021-01-31",
  id: 42,
  active: true,
  created_at: "2021-01-20T22:11:48.151Z",
  description: "Test Token description",
  last_used_at: null,
  revoked: false,
  access_level: 40,
};

/** @see https://docs.gitlab.com/api/project_access_tokens/ (Create a project access token) */
const NEW_TOKEN = {
  scopes: ["api", "read_repository"],
  active: true,
  name: "test",
  revoked: false,
  created_at: "2021-01-21T19:35:37.921Z",
  description: "Test Token description",
  user_id: 166,
  id: 58,
  expires_at: "2021-01-31",
  token: "D4y...Wzr",
  access_level: 30,
};

/** The tables of attributes there: type of each, and which are required. */
const ATTRIBUTES = {
  deploy_keys: {
    title: { required: true, holds: (value: unknown) => typeof value === "string" && value.length <= 255 },
    key: { required: true, holds: (value: unknown) => typeof value === "string" },
    can_push: { required: false, holds: (value: unknown) => typeof value === "boolean" },
    expires_at: { required: false, holds: (value: unknown) => typeof value === "string" },
  },
  access_tokens: {
    name: { required: true, holds: (value: unknown) => typeof value === "string" && value.length <= 255 },
    description: { required: false, holds: (value: unknown) => typeof value === "string" },
    scopes: {
      required: true,
      holds: (value: unknown) => Array.isArray(value) && value.every((one) => SCOPES.includes(one)),
    },
    access_level: {
      required: false,
      holds: (value: unknown) => [10, 15, 20, 30, 40, 50].includes(value as number),
    },
    expires_at: { required: true, holds: (value: unknown) => /^\d{4}-\d\d-\d\d$/.test(String(value)) },
  },
} as const;

/** @see https://docs.gitlab.com/user/project/settings/project_access_tokens/#scopes-for-a-project-access-token */
const SCOPES = [
  "api",
  "read_api",
  "read_registry",
  "write_registry",
  "read_repository",
  "write_repository",
  "create_runner",
  "manage_runner",
  "ai_features",
  "k8s_proxy",
  "self_rotate",
];

const QUERY = {
  deploy_keys: ["page", "per_page"],
  access_tokens: ["page", "per_page", "state", "search", "sort", "revoked"],
};

export interface GitLabServerOptions {
  /** Scope api, of a Maintainer. */
  token: string;
  /** Scope read_api, of a Maintainer. */
  weakToken: string;
  projects: string[];
  pageSize: number;
}

type Kind = keyof typeof ATTRIBUTES;
type Item = (typeof DEPLOY_KEY | typeof LISTED_TOKEN) & { project: string };

/** GitLab as its documentation has it. */
export class GitLabServer {
  readonly tls: TlsServer;
  /** Requests that the documentation does not allow; must stay empty. */
  readonly complaints: string[] = [];
  readonly #options: GitLabServerOptions;
  readonly items: Record<Kind, Item[]> = { deploy_keys: [], access_tokens: [] };
  #nextId = 500;

  private constructor(tls: TlsServer, options: GitLabServerOptions) {
    this.tls = tls;
    this.#options = options;
  }

  static async start(options: GitLabServerOptions): Promise<GitLabServer> {
    const tls = await TlsServer.start((seen) => server.#answer(seen));
    const server = new GitLabServer(tls, options);
    return server;
  }

  #answer(seen: Seen): Answer {
    // A path that is not encoded as one segment is another place of the API.
    const found = /^\/api\/v4\/projects\/([^/]+)\/(deploy_keys|access_tokens)(?:\/(\d+))?$/.exec(seen.path);
    if (!found) {
      this.complaints.push(`not documented: ${seen.method} ${seen.path}`);
      return { status: 404, body: { error: "404 Not Found" } };
    }
    const [, project = "", kind, id] = found as unknown as [string, string, Kind, string | undefined];
    for (const name of seen.query.keys())
      if (!QUERY[kind].includes(name)) this.complaints.push(`${kind}: unknown query ${name}`);
    return (
      this.#refusal(seen, decodeURIComponent(project), kind) ??
      this.#act(seen, decodeURIComponent(project), kind, id)
    );
  }

  /** The forms of refusals: https://docs.gitlab.com/api/rest/troubleshooting/ and lib/api/api_guard.rb. */
  #refusal(seen: Seen, project: string, _kind: Kind): Answer | undefined {
    const token = seen.headers.get("private-token");
    if (token !== this.#options.token && token !== this.#options.weakToken)
      return { status: 401, body: { message: "401 Unauthorized" } };
    if (token === this.#options.weakToken && seen.method !== "GET")
      return {
        status: 403,
        body: {
          error: "insufficient_scope",
          error_description: "The request requires higher privileges than provided by the access token.",
          scope: "api",
        },
      };
    return this.#options.projects.includes(project)
      ? undefined
      : { status: 404, body: { message: "404 Project Not Found" } };
  }

  #act(seen: Seen, project: string, kind: Kind, id: string | undefined): Answer {
    if (seen.method === "GET") return this.#page(seen, project, kind);
    if (seen.method === "POST") return this.#create(seen.body as Record<string, unknown>, project, kind);
    const place = this.items[kind].findIndex((item) => item.id === Number(id) && item.project === project);
    const name = kind === "deploy_keys" ? "404 Deploy Key Not Found" : "404 project Access Token Not Found";
    const [item] = place < 0 ? [] : this.items[kind].splice(place, 1);
    if (!item) return { status: 404, body: { message: name } };
    // A revoked token stays in the list, inactive.
    if (kind === "access_tokens") this.items[kind].push({ ...item, active: false, revoked: true } as Item);
    return { status: 204 };
  }

  #page(seen: Seen, project: string, kind: Kind): Answer {
    const wanted = seen.query.get("state");
    const items = this.items[kind].filter(
      (item) => item.project === project && (wanted !== "active" || !("active" in item) || item.active),
    );
    const size = Math.min(Number(seen.query.get("per_page") ?? 20), this.#options.pageSize);
    const page = Number(seen.query.get("page") ?? 1);
    // https://docs.gitlab.com/api/rest/#pagination-link-header
    const next = `<${this.tls.url}${seen.path}?page=${page + 1}&per_page=${size}>; rel="next"`;
    const first = `<${this.tls.url}${seen.path}?page=1&per_page=${size}>; rel="first"`;
    return {
      status: 200,
      headers: { link: page * size < items.length ? `${next}, ${first}` : first },
      body: items.slice((page - 1) * size, page * size).map(({ project: _, ...item }) => item),
    };
  }

  #create(body: Record<string, unknown>, project: string, kind: Kind): Answer {
    const attributes: Record<string, { required: boolean; holds(value: unknown): boolean }> =
      ATTRIBUTES[kind];
    for (const key of Object.keys(body))
      if (!attributes[key]) this.complaints.push(`${kind}: unknown attribute ${key}`);
    for (const [key, { required, holds }] of Object.entries(attributes))
      if (body[key] === undefined ? required : !holds(body[key]))
        this.complaints.push(`${kind}: ${key} is missing or wrong`);
    return kind === "deploy_keys" ? this.#createKey(body, project) : this.#createToken(body, project);
  }

  /** lib/api/deploy_keys.rb: a key that the user has elsewhere is joined, under the title that it has there. */
  #createKey(body: Record<string, unknown>, project: string): Answer {
    const key = String(body["key"]);
    const other = this.items.deploy_keys.find((item) => "key" in item && item.key === key);
    // github.com/gitlabform/gitlabform/issues/305: what a key of somebody else comes to.
    if (other?.project === "somebody/else")
      return {
        status: 400,
        body: { message: { "deploy_key.fingerprint_sha256": ["has already been taken"] } },
      };
    const item = other ?? { ...DEPLOY_KEY, ...body, id: this.#nextId++, key };
    if (!other) this.items.deploy_keys.push({ ...item, project } as Item);
    const { project: _, ...shown } = item as Item;
    return { status: 201, body: shown };
  }

  #createToken(body: Record<string, unknown>, project: string): Answer {
    const id = this.#nextId++;
    const own = {
      name: body["name"],
      scopes: body["scopes"],
      expires_at: body["expires_at"],
      access_level: body["access_level"],
      id,
    };
    this.items.access_tokens.push({ ...LISTED_TOKEN, ...own, project } as Item);
    return { status: 201, body: { ...NEW_TOKEN, ...own, token: `glpat-${crypto.randomUUID()}` } };
  }
}
