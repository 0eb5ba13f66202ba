import { afterAll, afterEach, beforeAll, describe, expect, test } from "bun:test";
import type { CredentialStatus } from "../../../src/api/schema.ts";
import type { Check } from "../../../src/cli/credential/test/check.ts";
import { hostApi } from "../../../src/cli/credential/test/host-api.ts";
import { overHttps } from "../../../src/cli/credential/test/over-https.ts";
import { verdict } from "../../../src/cli/credential/test/run.ts";
import { checkLine } from "../../../src/cli/credential/test/text.ts";
import type { Look } from "../../../src/cli/diagnose/look.ts";
import type { GitCredential } from "../../../src/git/index.ts";
import { GiteaServer } from "../git/hosts/servers/gitea-server.ts";
import { TlsServer } from "../git/hosts/servers/tls-server.ts";
import { project, TITLE, TOLD } from "./credential-support.ts";

const TOKEN = "tok_of_an_admin_0123456789";
const never = new AbortController().signal;

describe("git over https", () => {
  let server: TlsServer;
  let basic: GitCredential;
  beforeAll(async () => {
    server = await TlsServer.start(() => ({ status: 500 }));
    basic = { kind: "basic", username: "bot", password: TOKEN, caCert: server.caPem };
  });
  afterAll(() => server.stop());

  const REFS = [
    "001e# service=git-upload-pack\n",
    "0000",
    `003d${"a".repeat(40)} refs/heads/main\n`,
    `003c${"b".repeat(40)} refs/tags/v1.0\n`,
    "0000",
  ].join("");
  const advertisement = () =>
    new Response(REFS, { headers: { "content-type": "application/x-git-upload-pack-advertisement" } });
  const ask = (credential: GitCredential | "none" = basic, url = `${server.url}/acme/shop.git`) => {
    const { hostname, port } = new URL(url);
    const gitUrl = { kind: "ok", url, transport: "https", host: hostname, port: Number(port) } as const;
    return overHttps(gitUrl as never, credential, 5000, never);
  };

  test("is the request of every fetch, with the credential, and tells what is there", async () => {
    server.fault = advertisement;
    const check = await ask();
    expect(check).toMatchObject({ check: "git", outcome: "ok" });
    expect(check.message).toEndWith("answers with the credential: 1 branch, 1 tag");
    const seen = server.seen.at(-1);
    expect({ path: seen?.path, service: seen?.query.get("service") }).toEqual({
      path: "/acme/shop.git/info/refs",
      service: "git-upload-pack",
    });
    expect(seen?.headers.get("authorization")).toBe(`Basic ${btoa(`bot:${TOKEN}`)}`);
  });

  test("a bearer token is sent as one, and without a credential nothing is", async () => {
    server.fault = advertisement;
    await ask({ kind: "bearer", token: TOKEN, caCert: server.caPem });
    expect(server.seen.at(-1)?.headers.get("authorization")).toBe(`Bearer ${TOKEN}`);
    await ask({ kind: "caOnly", caCert: server.caPem });
    expect(server.seen.at(-1)?.headers.get("authorization")).toBeNull();
  });

  const ANSWERS: [string, () => Response, Check["outcome"], RegExp][] = [
    ["401", () => new Response(`no ${TOKEN}`, { status: 401 }), "failed", /does not accept it \(401/],
    ["403", () => new Response("", { status: 403 }), "failed", /may not read this repository \(403/],
    ["404", () => new Response("", { status: 404 }), "failed", /no such repository, or hides it/],
    ["a page that is no git", () => new Response("<html>"), "failed", /which is no git repository/],
    ["503", () => new Response("", { status: 503 }), "unknown", /answers 503/],
    ["429", () => new Response("", { status: 429 }), "unknown", /answers 429/],
  ];
  test.each(ANSWERS)("%s", async (_, answer, outcome, words) => {
    server.fault = answer;
    const check = await ask();
    expect(check.outcome).toBe(outcome);
    expect(check.message).toMatch(words);
    expect(JSON.stringify(check)).not.toContain(TOKEN);
  });

  test("a redirect is not followed, and told without its query", async () => {
    const other = await TlsServer.start(() => ({ status: 200 }));
    server.fault = () => Response.redirect(`${other.url}/stolen?with=${TOKEN}`, 302);
    const check = await ask();
    expect(check.outcome).toBe("failed");
    expect(check.message).toContain(`sends on to ${other.url}/stolen, which is not followed`);
    expect(other.seen).toEqual([]);
    expect(JSON.stringify(check)).not.toContain(TOKEN);
    await other.stop();
  });

  test("a certificate that nobody trusts is refused, and nothing is sent", async () => {
    server.fault = advertisement;
    const before = server.seen.length;
    const check = await ask({ kind: "basic", username: "bot", password: TOKEN });
    expect(check).toMatchObject({ outcome: "failed", next: expect.stringContaining("ca.crt") });
    expect(server.seen.length).toBe(before);
  });

  test("a host that is not there is no answer to the question", async () => {
    expect((await ask(basic, "https://127.0.0.1:1/acme/shop.git")).outcome).toBe("unknown");
  });
});

describe("the git host's API", () => {
  let server: GiteaServer;
  beforeAll(async () => {
    server = await GiteaServer.start({
      ...{ token: TOKEN, weakToken: "tok_of_a_reader_0123456789", username: "bot", password: "p".repeat(12) },
      ...{ repositories: ["acme/shop"], pageSize: 50 },
    });
  });
  afterEach(() => expect(server.complaints).toEqual([]));
  afterAll(() => server.tls.stop());

  const b64 = (text: string) => Buffer.from(text).toString("base64");
  const secretWith = (token: string, annotations: Record<string, string> = {}) => ({
    metadata: { namespace: "platform", name: "host", annotations },
    data: { token: b64(token), "ca.crt": b64(server.tls.caPem) },
  });
  /** A look that finds this Secret, and nothing else. */
  const seeing = (seen: object) => ({ get: () => Promise.resolve(seen) }) as unknown as Look;
  const given = (told: CredentialStatus | null = null) => {
    const one = project(told);
    const generate = one.spec.git.credential?.generate;
    if (generate) generate.apiURL = server.tls.url;
    return one;
  };
  const ask = (seen: object, told: CredentialStatus | null = null, gitHosts = [host()]) => {
    const one = given(told);
    const generate = one.spec.git.credential?.generate;
    if (generate === undefined) throw new Error("no generate");
    const url = { url: one.spec.git.url, host: "git.example.com" } as never;
    return hostApi(seeing(seen), one, generate, url, { gitHosts, signal: never, clock: Date.now });
  };
  const host = () => new URL(server.tls.url).host;

  test("says what the sign-in may do, and whether the credential in force is there", async () => {
    const checks = await ask({ state: "found", object: secretWith(TOKEN) }, TOLD);
    expect(checks.map(({ check, outcome }) => [check, outcome])).toEqual([
      ["hostAPI", "ok"],
      ["registered", "failed"],
    ]);
    expect(checks[1]).toMatchObject({
      message: `${JSON.stringify(TITLE)} is not there any more`,
      next: "projectgitops credential rotate shop -n platform",
    });
  });

  test("tells the host's own words where it refuses, without the token", async () => {
    const checks = await ask({ state: "found", object: secretWith("tok_that_is_wrong_000") });
    expect(checks).toMatchObject([{ check: "hostAPI", outcome: "failed" }]);
    expect(checks[0]?.message).toContain("401");
    expect(JSON.stringify(checks)).not.toContain("tok_that_is_wrong_000");
  });

  test("of a Secret that may not be read says so, and of one that is missing", async () => {
    expect(await ask({ state: "closed" })).toMatchObject([{ outcome: "unknown" }]);
    expect(await ask({ state: "missing" })).toMatchObject([{ outcome: "failed" }]);
  });

  test("is not sent a token for a host that neither the Secret, the person nor the operator knows", async () => {
    const before = server.tls.seen.length;
    const found = { state: "found", object: secretWith(TOKEN) };
    expect(await ask(found, null, [])).toMatchObject([
      { outcome: "unknown", next: `if ${host()} is the git host: again with --git-hosts ${host()}` },
    ]);
    expect(server.tls.seen.length).toBe(before);
    const bound = { state: "found", object: secretWith(TOKEN, { "projectgitops.dev/git-hosts": host() }) };
    expect((await ask(bound, null, []))[0]).toMatchObject({ outcome: "ok" });
    const registered = { ...TOLD, url: `${server.tls.url}/acme/shop/settings/keys` };
    expect((await ask(found, registered, []))[0]).toMatchObject({ outcome: "ok" });
  });
});

test("the exit code is 1 where something refuses, and 2 where git was not asked", () => {
  const check = (name: Check["check"], outcome: Check["outcome"]): Check => ({
    ...{ check: name, outcome, message: "" },
  });
  expect(verdict([check("hostAPI", "ok"), check("git", "ok")])).toBe(0);
  expect(verdict([check("hostAPI", "unknown"), check("git", "ok")])).toBe(0);
  expect(verdict([check("hostAPI", "ok"), check("git", "failed")])).toBe(1);
  expect(verdict([check("hostAPI", "failed"), check("git", "ok")])).toBe(1);
  expect(verdict([check("hostAPI", "ok"), check("git", "unknown")])).toBe(2);
});

test("a check is one line, with what to do below", () => {
  const io = { colour: false };
  expect(checkLine({ check: "git", outcome: "ok", message: "it answers" }, io)).toBe(
    "✓ works    git         it answers\n",
  );
  expect(checkLine({ check: "hostAPI", outcome: "failed", message: "401", next: "mend" }, io)).toBe(
    "✗ fails    host API    401\n  next: mend\n",
  );
});
