import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { CredentialKind, Provider } from "../../../../src/api/generate.ts";
import {
  type GitHost,
  HostBudget,
  type HostCredential,
  type HostDeps,
  HostError,
  type HostErrorReason,
  hostSecrets,
  InstallationTokens,
  makeSshKey,
  openHost,
  type Registration,
} from "../../../../src/git/index.ts";
import { TlsServer } from "./servers/tls-server.ts";

/** A git host for the contract: one of the tests' own servers, or a real one. */
export interface HostUnderTest {
  provider: Provider;
  /** Over TLS, on 127.0.0.1. */
  apiURL: string;
  caPem: string;
  /** There, and administered by the sign-in. */
  repository: string;
  /** What the host gives on one page at most. */
  pageSize: number;
  signIn(kind: CredentialKind): HostCredential;
  /** Accepted by the host, but may read only; for the kinds of `weak` alone. */
  weakSignIn?(kind: CredentialKind): HostCredential;
  wrongSignIn(kind: CredentialKind): HostCredential;
  /** Whether requests were other than the host's description allows; tests' own servers alone. */
  complaints?: readonly string[];
  /** Answers the coming requests instead; tests' own servers alone. */
  server?: TlsServer;
  stop(): Promise<void>;
}

/** What is known of a host before it is there: which rules of the contract apply. */
export interface HostTraits {
  kinds: readonly CredentialKind[];
  /** Kinds for which it knows sign-ins that may read only. */
  weak: readonly CredentialKind[];
  /** Its access tokens are a user's, and know no repository. */
  userTokens?: boolean;
  /** No server of the tests: it cannot be made to fail. */
  isReal?: boolean;
}

/** What every adapter keeps to, at whatever host. Servers of the tests also fail in all the ways that hosts do. */
export function hostContract(name: string, traits: HostTraits, start: () => Promise<HostUnderTest>): void {
  describe(name, () => {
    let host: HostUnderTest;
    beforeAll(async () => {
      host = await start();
    });
    afterAll(() => host.stop());
    afterEach(() => {
      if (host.server) host.server.fault = undefined;
      expect(host.complaints ?? []).toEqual([]);
    });

    for (const kind of ["deployKey", "accessToken"] as const) {
      describe(kind, () => {
        if (!traits.kinds.includes(kind)) return notMade(() => host, kind);
        lifeCycle(() => host, kind);
        refusals(() => host, kind, traits);
        if (!traits.isReal) failures(() => host, kind);
      });
    }
  });
}

/** A title as the operator writes it, of a project of its own. */
const prefixOf = (): string => `projectgitops 0a1b2c3d platform/shop-${crypto.randomUUID().slice(0, 8)} `;

export const registration = (kind: CredentialKind, title: string, readOnly = true): Registration =>
  kind === "deployKey"
    ? { kind, title, readOnly, publicKey: makeSshKey(title).publicKey }
    : { kind, title, readOnly, expiresAt: new Date(Date.now() + 30 * 86_400_000).toISOString() };

/** An adapter at this host; without an end to its budget unless one is given. */
export function open(host: HostUnderTest, signIn: HostCredential, deps: Partial<HostDeps> = {}): GitHost {
  const { provider, apiURL, repository } = host;
  const clock = deps.clock ?? Date.now;
  return openHost({ provider, apiURL, path: repository }, signIn, {
    allowed: [new URL(apiURL).host],
    budget: new HostBudget(clock, { callsPerMinute: 10_000 }),
    installationTokens: new InstallationTokens(),
    clock,
    ...deps,
  });
}

function lifeCycle(host: () => HostUnderTest, kind: CredentialKind): void {
  const onHost = (sentence: string, run: (git: GitHost, repository: string) => Promise<void>): void =>
    test(sentence, async () => {
      await run(open(host(), host().signIn(kind)), host().repository);
    });

  onHost("what was added is found by its prefix until it is removed", async (git, repository) => {
    const prefix = prefixOf();
    const what = registration(kind, `${prefix}a1`);
    const { registered, basic } = await git.add(repository, what);
    expect(registered).toMatchObject({
      title: what.title,
      readOnly: true,
      url: expect.stringMatching(/^https:/),
    });
    if (what.kind === "deployKey")
      expect(registered.publicKey).toBe(what.publicKey.split(" ").slice(0, 2).join(" "));
    else {
      expect(basic?.username).not.toBe("");
      expect(basic?.password.length).toBeGreaterThan(8);
    }
    expect(await git.list(kind, repository, prefix)).toEqual([registered]);
    await git.remove(kind, repository, registered.id);
    expect(await git.list(kind, repository, prefix)).toEqual([]);
  });

  onHost("one that may push is registered as such", async (git, repository) => {
    const { registered } = await git.add(repository, registration(kind, `${prefixOf()}w1`, false));
    expect(registered.readOnly).toBe(false);
    await git.remove(kind, repository, registered.id);
  });

  onHost("what is gone already can be removed again", async (git, repository) => {
    const { registered } = await git.add(repository, registration(kind, `${prefixOf()}b1`));
    await git.remove(kind, repository, registered.id);
    await git.remove(kind, repository, registered.id);
  });

  onHost(
    "the list leaves out what has another title, and the removal leaves it alone",
    async (git, repository) => {
      const [mine, other] = [prefixOf(), prefixOf()];
      const ours = await git.add(repository, registration(kind, `${mine}c1`));
      const foreign = await git.add(repository, registration(kind, `${other}c1`));
      expect((await git.list(kind, repository, mine)).map(({ id }) => id)).toEqual([ours.registered.id]);
      await git.remove(kind, repository, ours.registered.id);
      expect((await git.list(kind, repository, other)).map(({ id }) => id)).toEqual([foreign.registered.id]);
      await git.remove(kind, repository, foreign.registered.id);
    },
  );

  onHost("the list goes over all pages", async (git, repository) => {
    const prefix = prefixOf();
    const ids: string[] = [];
    for (let i = 0; i <= host().pageSize; i++)
      ids.push((await git.add(repository, registration(kind, `${prefix}${i}`))).registered.id);
    expect((await git.list(kind, repository, prefix)).map(({ id }) => id).sort()).toEqual(ids.sort());
    for (const id of ids) await git.remove(kind, repository, id);
  });

  onHost("the probe says in a sentence what was found, and changes nothing", async (git, repository) => {
    const { registered } = await git.add(repository, registration(kind, `${prefixOf()}d1`));
    const before = await git.list(kind, repository, "");
    expect(await git.probe(kind, repository)).toMatch(/^\w+: the sign-in may manage the .*; \d+ there now$/);
    expect(await git.list(kind, repository, "")).toEqual(before);
    await git.remove(kind, repository, registered.id);
  });
}

function refusals(host: () => HostUnderTest, kind: CredentialKind, traits: HostTraits): void {
  test("a wrong sign-in is HostUnauthorized", async () => {
    const signIn = host().wrongSignIn(kind);
    const git = open(host(), signIn);
    const error = await failure(git.list(kind, host().repository, ""), signIn);
    expect(error).toMatchObject({ reason: "HostUnauthorized", statusCode: 401 });
    expect(error.message).toMatch(/Secret/);
  });

  if (traits.weak.includes(kind))
    test("a sign-in that may not do it is HostForbidden, and the right that it needs is named", async () => {
      const signIn = host().weakSignIn?.(kind) ?? host().wrongSignIn(kind);
      const git = open(host(), signIn);
      const added = git.add(host().repository, registration(kind, `${prefixOf()}e1`));
      const error = await failure(added, signIn);
      expect(error).toMatchObject({ reason: "HostForbidden", statusCode: 403 });
      expect(error.message).toMatch(/Administration: read and write|scope api|scope write:repository/);
      expect(await failure(git.probe(kind, host().repository), signIn)).toMatchObject({
        reason: "HostForbidden",
      });
    });

  const isOfRepository = kind === "deployKey" || traits.userTokens !== true;
  if (isOfRepository)
    test("a repository that is not there is RepositoryNotFoundOnHost, for a removal too: a key might live on", async () => {
      const signIn = host().signIn(kind);
      const git = open(host(), signIn);
      const missing = `${host().repository}-is-not-there`;
      for (const work of [
        () => git.list(kind, missing, ""),
        () => git.add(missing, registration(kind, prefixOf())),
        () => git.remove(kind, missing, "1"),
        () => git.probe(kind, missing),
      ])
        expect(await failure(work(), signIn)).toMatchObject({ reason: "RepositoryNotFoundOnHost" });
    });

  if (isOfRepository)
    test("a path that leads elsewhere in the API is never sent", async () => {
      const before = host().server?.seen.length;
      const git = open(host(), host().signIn(kind));
      for (const path of ["acme/..", "../admin", "acme/shop?x=", "acme/sh op", "acme", "acme/%2e%2e"])
        expect(await failure(git.list(kind, path, ""), host().signIn(kind))).toMatchObject({
          reason: "RepositoryNotFoundOnHost",
        });
      expect(host().server?.seen.length).toBe(before);
    });

  test("an id that is no number is never sent: some hosts take it for a name", async () => {
    const before = host().server?.seen.length;
    const git = open(host(), host().signIn(kind));
    for (const id of ["", "0", "tests", "1/../2", "0x10"])
      expect(await failure(git.remove(kind, host().repository, id), host().signIn(kind))).toMatchObject({
        reason: "HostRefused",
      });
    expect(host().server?.seen.length).toBe(before);
  });

  if (kind === "deployKey")
    test("a key that is registered already is KeyInUseElsewhere", async () => {
      const signIn = host().signIn(kind);
      const git = open(host(), signIn);
      const what = registration(kind, `${prefixOf()}f1`);
      const { registered } = await git.add(host().repository, what);
      const again = git.add(host().repository, { ...what, title: `${prefixOf()}f2` });
      expect(await failure(again, signIn)).toMatchObject({ reason: "KeyInUseElsewhere" });
      await git.remove(kind, host().repository, registered.id);
    });
}

function notMade(host: () => HostUnderTest, kind: CredentialKind): void {
  test("a kind that the host does not make is refused before anything is sent", async () => {
    const before = host().server?.seen.length;
    const git = open(host(), host().signIn(kind));
    const refused = git.add(host().repository, registration(kind, prefixOf()));
    expect(await failure(refused, host().signIn(kind))).toMatchObject({ reason: "HostRefused" });
    expect(host().server?.seen.length).toBe(before);
  });
}

interface Fault {
  answer: () => Response | Promise<Response>;
  reason: HostErrorReason;
  /** What the message must say. */
  says?: RegExp;
  /** Epoch milliseconds, of a clock that stands at NOW. */
  retryAt?: number;
}

const SECONDS = Math.floor(Date.now() / 1000);
const NOW = SECONDS * 1000;

const limited = (status: number, headers: Record<string, string>, message = "slow down") =>
  Response.json({ message }, { status, headers });

const FAULTS: Record<string, Fault> = {
  "429 with Retry-After in seconds": {
    answer: () => limited(429, { "retry-after": "90" }),
    reason: "HostRateLimited",
    says: /slow down.* \(not before 20\d\d-/,
    retryAt: NOW + 90_000,
  },
  "429 with Retry-After as a date": {
    answer: () => limited(429, { "retry-after": new Date(NOW + 120_000).toUTCString() }),
    reason: "HostRateLimited",
    retryAt: NOW + 120_000,
  },
  "429 without JSON and with GitLab's RateLimit-Reset": {
    answer: () =>
      new Response("Retry later\n", {
        status: 429,
        headers: { "ratelimit-reset": `${SECONDS + 30}`, "content-type": "text/plain" },
      }),
    reason: "HostRateLimited",
    says: /Retry later/,
    retryAt: NOW + 30_000,
  },
  "429 that names no time": {
    answer: () => limited(429, {}),
    reason: "HostRateLimited",
    retryAt: NOW + 60_000,
  },
  "429 that asks for a day: an hour is believed": {
    answer: () => limited(429, { "retry-after": "86400" }),
    reason: "HostRateLimited",
    retryAt: NOW + 3_600_000,
  },
  "403 with x-ratelimit-remaining 0, GitHub's own limit": {
    answer: () => limited(403, { "x-ratelimit-remaining": "0", "x-ratelimit-reset": `${SECONDS + 600}` }),
    reason: "HostRateLimited",
    retryAt: NOW + 600_000,
  },
  "403 with Retry-After, GitHub's secondary limit": {
    answer: () => limited(403, { "retry-after": "60" }),
    reason: "HostRateLimited",
    retryAt: NOW + 60_000,
  },
  "403 that names a secondary limit in words alone": {
    answer: () => limited(403, {}, "You have exceeded a secondary rate limit. Please wait."),
    reason: "HostRateLimited",
    retryAt: NOW + 60_000,
  },
  "500 with HTML": {
    answer: () =>
      new Response("<html>oops</html>", { status: 500, headers: { "content-type": "text/html" } }),
    reason: "HostUnavailable",
  },
  "503 with Retry-After": {
    answer: () =>
      Response.json({ message: "maintenance" }, { status: 503, headers: { "retry-after": "30" } }),
    reason: "HostUnavailable",
    says: /maintenance/,
    retryAt: NOW + 30_000,
  },
  "418, in the host's own words": {
    answer: () => Response.json({ message: "I am a teapot" }, { status: 418 }),
    reason: "HostRefused",
    says: /I am a teapot/,
  },
  "200 without JSON": {
    answer: () => new Response("<html>sign in</html>", { headers: { "content-type": "text/html" } }),
    reason: "UnexpectedAnswer",
    says: /no JSON \(text\/html\)/,
  },
  "200 with JSON of another form": {
    answer: () => Response.json([{ id: "one", title: 1 }]),
    reason: "UnexpectedAnswer",
    says: /another form .* 0\.id/,
  },
  "200 with a body cut off": {
    answer: () => new Response('[{"id": 1, ', { headers: { "content-type": "application/json" } }),
    reason: "UnexpectedAnswer",
  },
  "a body of more than 1 MB": {
    answer: () => Response.json([{ filler: "x".repeat(1_100_000) }]),
    reason: "UnexpectedAnswer",
    says: /larger than 1048576 bytes/,
  },
  "a body of more than 1 MB that does not say its length": {
    answer: () => new Response(endless(), { headers: { "content-type": "application/json" } }),
    reason: "UnexpectedAnswer",
    says: /larger than 1048576 bytes/,
  },
  "no answer in time": { answer: () => new Promise(() => {}), reason: "HostTimeout", says: /within 250 ms/ },
  "a body that does not end in time": {
    answer: () => new Response(stalling(), { headers: { "content-type": "application/json" } }),
    reason: "HostTimeout",
    says: /within 250 ms/,
  },
};

/** A server of the tests' own, which can be made to fail. */
const made = (host: HostUnderTest): HostUnderTest & { server: TlsServer } => {
  if (!host.server) throw new Error("a real host cannot be made to fail: isReal is missing");
  return { ...host, server: host.server };
};

const chunk = new TextEncoder().encode(" ".repeat(65_536));
const endless = () => new ReadableStream({ pull: (controller) => controller.enqueue(chunk) });
const stalling = () => new ReadableStream({ start: (controller) => controller.enqueue(chunk.slice(0, 10)) });

function failures(host: () => HostUnderTest, kind: CredentialKind): void {
  for (const [sentence, fault] of Object.entries(FAULTS)) {
    test(sentence, async () => {
      const { server, repository } = made(host());
      const signIn = host().signIn(kind);
      const git = open(host(), signIn, { clock: () => NOW, timeoutMs: 250 });
      // A GitHub App has its token then, and the fault meets the call itself.
      await git.list(kind, repository, "");
      server.fault = fault.answer;
      const error = await failure(git.list(kind, repository, ""), signIn);
      expect({ reason: error.reason, retryAt: error.retryAt }).toEqual({
        reason: fault.reason,
        retryAt: fault.retryAt,
      });
      if (fault.says) expect(error.message).toMatch(fault.says);
      expect(error.message).toMatch(/(GitHub|GitLab|Gitea|Forgejo) at 127\.0\.0\.1:\d+: GET \/api\/v\d\//);
    });
  }

  test("a redirect is an error, and the sign-in does not go where it leads", async () => {
    const { server, repository } = made(host());
    const elsewhere = await TlsServer.start(() => ({ status: 200, body: [] }));
    try {
      const signIn = host().signIn(kind);
      for (const status of [301, 302, 307, 308]) {
        server.fault = () =>
          new Response(null, { status, headers: { location: `${elsewhere.url}/api/x?y=z` } });
        const git = open(host(), signIn);
        for (const work of [
          () => git.list(kind, repository, ""),
          () => git.add(repository, registration(kind, "x")),
          () => git.remove(kind, repository, "1"),
        ]) {
          const error = await failure(work(), signIn);
          expect(error).toMatchObject({ reason: "UnexpectedAnswer", statusCode: status });
          expect(error.message).toContain(`a redirect to ${elsewhere.url}/api/x,`);
        }
      }
      expect(elsewhere.seen).toEqual([]);
    } finally {
      await elsewhere.stop();
    }
  });

  test("what a host says back of the sign-in is masked, cut and on one line", async () => {
    const { server, repository } = made(host());
    const signIn = host().signIn(kind);
    const secrets = hostSecrets(signIn);
    const git = open(host(), signIn);
    await git.list(kind, repository, "");
    let sent = "";
    server.fault = (request) => {
      sent = (request.headers.get("authorization") ?? request.headers.get("private-token") ?? "").trim();
      const long = "a long story ".repeat(22);
      return Response.json(
        { message: `${sent}\n${secrets.join("\n")} ${long}${secrets[0]} end` },
        { status: 400 },
      );
    };
    const error = await failure(git.list(kind, repository, ""), signIn);
    expect(error.reason).toBe("HostRefused");
    expect(error.message).not.toContain(sent.split(" ").at(-1) ?? "");
    expect(error.message).not.toMatch(/\n/);
    expect(error.serverMessage?.length).toBeLessThanOrEqual(300);
    expect(error.message).toContain("[redacted]");
  });

  test("a host that never ends its list is not followed for ever", async () => {
    const { server, repository } = made(host());
    const item = {
      id: 1,
      title: "x",
      name: "x",
      key: "k",
      read_only: true,
      can_push: false,
      scopes: [],
      revoked: false,
      active: true,
    };
    const git = open(host(), host().signIn(kind));
    await git.list(kind, repository, "");
    const headers = { link: '<https://elsewhere.example/x?page=2>; rel="next"', "x-total-count": "1000000" };
    server.fault = () => Response.json([item], { headers });
    const before = server.seen.length;
    const error = await failure(git.list(kind, repository, ""), host().signIn(kind));
    expect(error).toMatchObject({ reason: "UnexpectedAnswer" });
    expect(server.seen.length - before).toBe(20);
  });
}

/** What a call fails with: a HostError, and no byte of the sign-in in it. */
export async function failure(work: Promise<unknown>, signIn: HostCredential): Promise<HostError> {
  const error = await work.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (!(error instanceof HostError)) throw new Error(`not a HostError: ${String(error)}`);
  const shown = [
    error.message,
    error.stack,
    JSON.stringify(error),
    Bun.inspect(error),
    error.serverMessage,
  ].join("\n");
  for (const secret of hostSecrets(signIn))
    for (const form of [secret, Buffer.from(secret).toString("base64"), encodeURIComponent(secret)])
      for (const line of form.split("\n").filter((part) => part.length >= 16 || part === form))
        if (shown.includes(line)) throw new Error(`a secret is shown in ${error.reason}`);
  return error;
}
