import { afterAll, beforeAll, expect, test } from "bun:test";
import { createPublicKey, generateKeyPairSync, verify } from "node:crypto";
import { appJwt, InstallationTokens } from "../../../../src/git/hosts/github-app.ts";
import type { HostCredential } from "../../../../src/git/index.ts";
import { failure, type HostUnderTest, open } from "./contract.ts";
import { APP, GitHubServer } from "./servers/github-server.ts";

const TOKEN = "tok_0123456789abcdef0123456789ABCDEF";
const APP_KEY = generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
  format: "pem",
  type: "pkcs1",
}) as string;

let now = Date.now();
let server: GitHubServer;
let host: HostUnderTest;
let app: HostCredential;
beforeAll(async () => {
  server = await GitHubServer.start({
    token: TOKEN,
    weakToken: "tok_of_a_reader",
    repositories: ["acme/shop", "acme/other"],
    appKey: APP_KEY,
    pageSize: 100,
  });
  server.clock = () => now;
  const { tls, complaints } = server;
  app = {
    kind: "githubApp",
    appId: APP.id,
    privateKey: APP_KEY,
    installationOwner: "ACME",
    caCert: tls.caPem,
  };
  host = {
    provider: "github",
    apiURL: tls.url,
    caPem: tls.caPem,
    repository: "acme/shop",
    pageSize: 100,
    complaints,
    signIn: () => app,
    wrongSignIn: () => app,
    stop: () => tls.stop(),
  };
});
afterAll(async () => {
  await server.tls.stop();
  expect(server.complaints).toEqual([]);
});

/** Paths that were asked for since, shortened. */
function requests(): string[] {
  return server.tls.seen.splice(0).map(({ method, path }) => `${method} ${path.replace("/api/v3", "")}`);
}

const KEYS = "GET /repos/acme/shop/keys";
const LOOK_UP = "GET /repos/acme/shop/installation";
const MAKE = `POST /app/installations/${APP.installation}/access_tokens`;

test("the App's own token is a JWT of ten minutes at most, signed with RS256", () => {
  const [head = "", body = "", signature = ""] = appJwt({ appId: APP.id, privateKey: APP_KEY }, now).split(
    ".",
  );
  const read = (part: string) => JSON.parse(Buffer.from(part, "base64url").toString());
  expect(read(head)).toEqual({ alg: "RS256", typ: "JWT" });
  const seconds = Math.floor(now / 1000);
  expect(read(body)).toEqual({ iat: seconds - 60, exp: seconds + 540, iss: APP.id });
  const key = createPublicKey(APP_KEY);
  expect(verify("RSA-SHA256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url"))).toBe(
    true,
  );
});

test("an installation token is good for one repository and its administration, and is kept until 5 minutes before its end", async () => {
  const installationTokens = new InstallationTokens();
  const listed = (repository = "acme/shop") =>
    open(host, app, { clock: () => now, installationTokens }).list("deployKey", repository, "");
  requests();
  await listed();
  expect(requests()).toEqual([LOOK_UP, MAKE, KEYS]);
  const [held] = [...server.installationTokens.values()];
  expect(held).toEqual({ repositories: ["shop"], administers: true });
  now += 54 * 60_000;
  await listed();
  expect(requests()).toEqual([KEYS]);
  now += 2 * 60_000;
  await listed();
  expect(requests()).toEqual([LOOK_UP, MAKE, KEYS]);
  await listed("acme/other");
  expect(requests().at(-1)).toBe("GET /repos/acme/other/keys");
  expect([...server.installationTokens.values()].at(-1)?.repositories).toEqual(["other"]);
});

test("a kept token that GitHub takes no more is made anew, once", async () => {
  const installationTokens = new InstallationTokens();
  const git = open(host, app, { clock: () => now, installationTokens });
  await git.list("deployKey", "acme/shop", "");
  server.installationTokens.clear();
  requests();
  await git.list("deployKey", "acme/shop", "");
  expect(requests()).toEqual([KEYS, LOOK_UP, MAKE, KEYS]);
});

test("an installation named by its id is not looked up", async () => {
  const { installationOwner: _, ...rest } = app as Extract<HostCredential, { kind: "githubApp" }>;
  const byId: HostCredential = { ...rest, installationId: String(APP.installation) };
  requests();
  await open(host, byId, { clock: () => now }).list("deployKey", "acme/shop", "");
  expect(requests()).toEqual([MAKE, KEYS]);
  const unknown: HostCredential = { ...rest, installationId: "1" };
  const error = await failure(
    open(host, unknown, { clock: () => now }).list("deployKey", "acme/shop", ""),
    unknown,
  );
  expect(error.reason).toBe("RepositoryNotFoundOnHost");
  expect(error.message).toMatch(/githubAppInstallationID/);
});

test("an installation of another owner than the Secret names is not used", async () => {
  const other = { ...(app as Extract<HostCredential, { kind: "githubApp" }>), installationOwner: "somebody" };
  requests();
  const error = await failure(
    open(host, other, { clock: () => now }).list("deployKey", "acme/shop", ""),
    other,
  );
  expect(error.reason).toBe("HostForbidden");
  expect(error.message).toMatch(/belongs to Acme, not to somebody/);
  expect(requests()).toEqual([LOOK_UP]);
});

test("a missing right is named in GitHub's own words", async () => {
  const weak: HostCredential = { kind: "token", token: "tok_of_a_reader", caCert: host.caPem };
  const error = await failure(open(host, weak).remove("deployKey", "acme/shop", "1"), weak);
  expect(error.message).toMatch(/Resource not accessible.*GitHub asks for administration=write/);
});
