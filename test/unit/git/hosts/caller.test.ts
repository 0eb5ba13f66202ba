import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { whyNotAllowed } from "../../../../src/git/hosts/allowed-hosts.ts";
import { githubBase } from "../../../../src/git/hosts/github.ts";
import {
  HostBudget,
  type HostCredential,
  type HostDeps,
  type HostError,
  openHost,
} from "../../../../src/git/index.ts";
import { type Authority, makeAuthority } from "../../kube/certificates.ts";
import { failure } from "./contract.ts";
import { TlsServer } from "./servers/tls-server.ts";

const TOKEN = "tok_0123456789abcdef0123456789ABCDEF";
let now = Date.parse("2026-11-22T12:00:00Z");
const clock = () => now;

let authority: Authority;
let server: TlsServer;
beforeAll(async () => {
  authority = await makeAuthority();
  server = await TlsServer.start(() => ({ status: 200, body: [] }), { authority });
});
afterEach(() => {
  server.fault = undefined;
  server.seen.length = 0;
});
afterAll(() => server.stop());

const signInOf = (token = TOKEN, caCert: string | undefined = server.caPem): HostCredential => ({
  kind: "token",
  token,
  ...(caCert ? { caCert } : {}),
});

/** Lists the deploy keys of acme/shop at a Gitea. */
function list(options: { url?: string; signIn?: HostCredential } & Partial<HostDeps> = {}): Promise<unknown> {
  const { url = server.url, signIn = signInOf(), ...deps } = options;
  const host = openHost({ provider: "gitea", apiURL: url, path: "acme/shop" }, signIn, {
    allowed: [new URL(url).host],
    budget: new HostBudget(clock),
    clock,
    ...deps,
  });
  return host.list("deployKey", "acme/shop", "");
}

const failed = (options: Parameters<typeof list>[0] = {}): Promise<HostError> =>
  failure(list(options), options.signIn ?? signInOf());

describe("hosts that may be called", () => {
  const refused = (apiURL: string, allowed?: string[]) => whyNotAllowed(apiURL, allowed) !== undefined;

  test("without --git-hosts, the well-known ones alone", () => {
    for (const url of [
      "https://github.com",
      "https://gitlab.com",
      "https://codeberg.org",
      "https://codeberg.org:443",
    ])
      expect(refused(url)).toBe(false);
    for (const url of [
      "https://git.example.com",
      "https://github.com:8443",
      "https://github.com.example.com",
    ])
      expect(refused(url)).toBe(true);
  });

  test("with it, those that it names, with their port, and no well-known one beside them", () => {
    const named = ["git.acme.dev", "forge.acme.dev:3000", "10.0.0.7", "::1"];
    for (const url of [
      "https://git.acme.dev",
      "https://GIT.acme.dev",
      "https://forge.acme.dev:3000",
      "https://10.0.0.7",
      "https://[::1]",
    ])
      expect(refused(url, named)).toBe(false);
    for (const url of [
      "https://github.com",
      "https://git.acme.dev:3000",
      "https://forge.acme.dev",
      "https://10.0.0.8",
    ])
      expect(refused(url, named)).toBe(true);
    expect(refused("https://github.com", [])).toBe(true);
  });

  test("an address inside the machine, the link or the cluster is called what it is, however it is written", () => {
    const why = (url: string) => whyNotAllowed(url, undefined);
    for (const url of [
      "https://127.0.0.1",
      "https://127.1",
      "https://0x7f000001",
      "https://2130706433",
      "https://0.0.0.0",
      "https://[::1]",
    ])
      expect(why(url)).toMatch(/a loopback address/);
    for (const url of ["https://169.254.169.254", "https://[fe80::1]"])
      expect(why(url)).toMatch(/a link-local address/);
    for (const url of [
      "https://10.96.0.1",
      "https://172.20.0.1",
      "https://192.168.1.1",
      "https://100.64.0.1",
      "https://[fd00::1]",
    ])
      expect(why(url)).toMatch(/a private address/);
    expect(why("https://[::ffff:10.0.0.1]")).toMatch(/IPv4 address written as IPv6/);
    expect(why("https://localhost")).toMatch(/this machine itself/);
  });

  test("to any other nothing is sent, not even a greeting", async () => {
    for (const allowed of [undefined, [], ["127.0.0.1"], ["localhost:1"]])
      expect(await failed({ allowed })).toMatchObject({ reason: "HostNotAllowed" });
    expect(server.seen).toEqual([]);
  });

  test("github.com's API is at api.github.com, an enterprise server's under /api/v3", () => {
    expect(githubBase("https://github.com")).toBe("https://api.github.com");
    expect(githubBase("https://api.github.com")).toBe("https://api.github.com");
    expect(githubBase("https://github.example.com")).toBe("https://github.example.com/api/v3");
    expect(githubBase("https://github.com.example.com")).toBe("https://github.com.example.com/api/v3");
  });
});

describe("TLS", () => {
  test("a host whose authority nobody named is not trusted, and the fix says where to put it", async () => {
    const error = await failed({ signIn: signInOf(TOKEN, "") });
    expect(error.reason).toBe("HostUnreachable");
    expect(error.message).toMatch(/certificate is not trusted \(\w+\).*ca\.crt/);
    expect(server.seen).toEqual([]);
  });

  test("an own authority is trusted beside the public ones, for its own names alone", async () => {
    await list();
    const other = await TlsServer.start(() => ({ status: 200, body: [] }), {
      authority,
      names: ["git.example.com"],
    });
    try {
      expect(await failed({ url: other.url })).toMatchObject({ reason: "HostUnreachable" });
      expect(other.seen).toEqual([]);
    } finally {
      await other.stop();
    }
  });

  test("a connection that one project's authority made trusted does not serve a project without it", async () => {
    await list();
    await list();
    expect(await failed({ signIn: signInOf(TOKEN, "") })).toMatchObject({ reason: "HostUnreachable" });
  });

  test("the environment cannot turn the verification off", async () => {
    const before = process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
    process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = "0";
    try {
      expect(await failed({ signIn: signInOf(TOKEN, "") })).toMatchObject({ reason: "HostUnreachable" });
    } finally {
      if (before === undefined) delete process.env["NODE_TLS_REJECT_UNAUTHORIZED"];
      else process.env["NODE_TLS_REJECT_UNAUTHORIZED"] = before;
    }
  });

  test("where nobody listens, the host is unreachable", async () => {
    const gone = await TlsServer.start(() => ({ status: 200 }), { authority });
    await gone.stop();
    const error = await failed({ url: gone.url });
    expect(error).toMatchObject({ reason: "HostUnreachable", isTransient: true });
    expect(error.message).toMatch(/no connection \(\w+\)/);
  });

  test("a token that no header can carry is not shown", async () => {
    const token = "tok_with_a_line\nbreak_0123456789";
    expect(await failed({ signIn: signInOf(token) })).toMatchObject({ reason: "HostUnreachable" });
  });
});

describe("the budget", () => {
  test("ten calls a minute reach a host, whichever projects make them", async () => {
    const budget = new HostBudget(clock);
    const first = now;
    for (let i = 0; i < 10; i++) {
      await list({ budget, signIn: signInOf(`${TOKEN}-${i}`) });
      now += 1000;
    }
    const error = await failed({ budget });
    expect(error).toMatchObject({
      reason: "HostRateLimited",
      retryAt: first + 60_000,
      statusCode: undefined,
    });
    expect(error.message).toMatch(/own budget/);
    expect(server.seen.length).toBe(10);
    now = first + 60_001;
    await list({ budget });
    expect(server.seen.length).toBe(11);
  });

  test("one host's limit does not stop another", async () => {
    const budget = new HostBudget(clock, { callsPerMinute: 1 });
    const other = await TlsServer.start(() => ({ status: 200, body: [] }), { authority });
    try {
      await list({ budget });
      expect(await failed({ budget })).toMatchObject({ reason: "HostRateLimited" });
      await list({ budget, url: other.url });
    } finally {
      await other.stop();
    }
  });

  test("a sign-in that the host limited is not used before the time it named; another one is", async () => {
    const budget = new HostBudget(clock);
    server.fault = () =>
      Response.json({ message: "slow" }, { status: 429, headers: { "retry-after": "30" } });
    const { retryAt } = await failed({ budget });
    expect(retryAt).toBe(now + 30_000);
    server.fault = undefined;
    expect(await failed({ budget })).toMatchObject({ reason: "HostRateLimited", retryAt });
    await list({ budget, signIn: signInOf("tok_of_another_project_0123456789") });
    expect(server.seen.length).toBe(2);
    now += 30_001;
    await list({ budget });
    expect(server.seen.length).toBe(3);
  });

  test("a host that says when its maintenance ends is left alone until then, by all", async () => {
    const budget = new HostBudget(clock);
    server.fault = () => new Response("", { status: 503, headers: { "retry-after": "30" } });
    expect(await failed({ budget })).toMatchObject({ reason: "HostUnavailable", retryAt: now + 30_000 });
    server.fault = undefined;
    const another = signInOf("tok_of_another_project_0123456789");
    expect(await failed({ budget, signIn: another })).toMatchObject({ reason: "HostRateLimited" });
    expect(server.seen.length).toBe(1);
  });

  test("a wall clock that is set back does not prolong a pause, and does not fill the budget", () => {
    const budget = new HostBudget(clock, { callsPerMinute: 1 });
    budget.take("a", "x");
    budget.pause("b", now + 3_600_000);
    now -= 24 * 3_600_000;
    expect(budget.take("a", "x")).toBeUndefined();
    expect(budget.take("b", "x")).toBeUndefined();
  });
});

test("a redirect that repeats the token is told without it", async () => {
  const location = `https://elsewhere.example/${TOKEN}/x?token=${TOKEN}`;
  server.fault = () => new Response(null, { status: 302, headers: { location } });
  const error = await failed();
  expect(error.message).toContain("https://elsewhere.example/[redacted]/x,");
});

test("a new token in an answer of another form is not shown", async () => {
  const sha1 = "0123456789abcdef0123456789abcdef01234567";
  server.fault = () => Response.json({ id: sha1, name: 1, sha1, scopes: [sha1, 2] }, { status: 201 });
  const basic: HostCredential = {
    kind: "basic",
    username: "bot",
    password: "secret99",
    caCert: server.caPem,
  };
  const deps = { allowed: [new URL(server.url).host], budget: new HostBudget(clock), clock };
  const host = openHost({ provider: "gitea", apiURL: server.url, path: "a/b" }, basic, deps);
  const what = {
    kind: "accessToken",
    title: "t",
    readOnly: true,
    expiresAt: "2027-01-01T00:00:00Z",
  } as const;
  const error = await failure(host.add("a/b", what), basic);
  expect(error.reason).toBe("UnexpectedAnswer");
  expect(error.message).toContain("at id, name, scopes.1");
  expect(Bun.inspect(error)).not.toContain(sha1);
});

test("a call that is given up is an error too, and soon", async () => {
  server.fault = () => new Promise(() => {});
  const controller = new AbortController();
  const work = failed({ signal: controller.signal });
  controller.abort();
  const error = await work;
  expect(error).toMatchObject({ reason: "HostTimeout" });
  expect(error.message).toMatch(/given up/);
});

test("src/git/hosts calls fetch in one place", () => {
  const folder = join(import.meta.dirname, "../../../../src/git/hosts");
  const files = [...new Bun.Glob("*.ts").scanSync(folder)];
  const callers = files.filter((file) => /\bfetch\(/.test(readFileSync(join(folder, file), "utf8")));
  expect(callers).toEqual(["caller.ts"]);
});
