import { afterAll, beforeAll, expect, test } from "bun:test";
import { dateOf } from "../../../../src/git/hosts/gitlab.ts";
import { type HostCredential, makeSshKey } from "../../../../src/git/index.ts";
import { failure, type HostUnderTest, open, registration } from "./contract.ts";
import { GitLabServer } from "./servers/gitlab-server.ts";

const TOKEN = "tok_0123456789abcdef0123456789ABCDEF";
const PROJECT = "acme/shop";

let server: GitLabServer;
let host: HostUnderTest;
let signIn: HostCredential;
beforeAll(async () => {
  const projects = [PROJECT, "acme/other", "somebody/else"];
  server = await GitLabServer.start({ token: TOKEN, weakToken: "tok_of_a_reader", projects, pageSize: 100 });
  const { tls, complaints } = server;
  signIn = { kind: "token", token: TOKEN, caCert: tls.caPem };
  host = {
    provider: "gitlab",
    apiURL: tls.url,
    caPem: tls.caPem,
    repository: PROJECT,
    pageSize: 100,
    complaints,
    signIn: () => signIn,
    wrongSignIn: () => signIn,
    stop: () => tls.stop(),
  };
});
afterAll(async () => {
  await server.tls.stop();
  expect(server.complaints).toEqual([]);
});

const lastBody = () => server.tls.seen.at(-1)?.body;

test("a token has the least scope and role, and a date of end", async () => {
  const git = open(host, signIn);
  const expiresAt = "2027-03-04T10:00:00Z";
  const { registered, basic } = await git.add(PROJECT, {
    kind: "accessToken",
    title: "t",
    readOnly: true,
    expiresAt,
  });
  expect(lastBody()).toEqual({
    name: "t",
    scopes: ["read_repository"],
    access_level: 20,
    expires_at: "2027-03-05",
  });
  expect(registered.expiresAt).toBe("2027-03-05T00:00:00Z");
  expect(basic).toEqual({ username: "oauth2", password: expect.stringMatching(/^glpat-/) });
  await git.add(PROJECT, { kind: "accessToken", title: "w", readOnly: false, expiresAt });
  expect(lastBody()).toMatchObject({ scopes: ["write_repository"], access_level: 30 });
});

test("a token ends at the beginning of its day, so the day is the one after, but for midnight itself", () => {
  expect(dateOf("2027-03-04T00:00:00Z")).toBe("2027-03-04");
  expect(dateOf("2027-03-04T00:00:01Z")).toBe("2027-03-05");
  expect(dateOf("2027-12-31T23:30:00-02:00")).toBe("2028-01-02");
});

test("tokens that were revoked or have ended are left out, also where the host does not know the state", async () => {
  const git = open(host, signIn);
  const { registered } = await git.add(PROJECT, registration("accessToken", "ended 1"));
  await git.remove("accessToken", PROJECT, registered.id);
  expect(server.items.access_tokens.some(({ id }) => String(id) === registered.id)).toBe(true);
  server.tls.fault = () => Response.json(server.items.access_tokens.map(({ project: _, ...item }) => item));
  expect(await git.list("accessToken", PROJECT, "ended")).toEqual([]);
  server.tls.fault = undefined;
});

test("a key that another project has is in use, whether GitLab joins it or refuses it", async () => {
  const git = open(host, signIn);
  const publicKey = makeSshKey("x").publicKey;
  const what = { kind: "deployKey", readOnly: true, publicKey } as const;
  await git.add("acme/other", { ...what, title: "there" });
  const joined = await failure(git.add(PROJECT, { ...what, title: "here" }), signIn);
  expect(joined.reason).toBe("KeyInUseElsewhere");
  expect(joined.message).toMatch(/registered as "there" already/);
  const other = makeSshKey("y").publicKey;
  await git.add("somebody/else", { ...what, publicKey: other, title: "theirs" });
  const refused = await failure(git.add(PROJECT, { ...what, publicKey: other, title: "here" }), signIn);
  expect(refused).toMatchObject({ reason: "KeyInUseElsewhere", statusCode: 400 });
  expect(refused.message).toMatch(/fingerprint_sha256 has already been taken/);
});

test("a project's path is one part of the URL, groups and all", async () => {
  await open(host, signIn).list("deployKey", PROJECT, "");
  expect(server.tls.seen.at(-1)?.path).toBe("/api/v4/projects/acme%2Fshop/deploy_keys");
});

test("what GitLab says of a missing right becomes HostForbidden", async () => {
  server.tls.fault = () =>
    Response.json(
      { message: "400 Bad request - User does not have permission to create project access token" },
      { status: 400 },
    );
  const error = await failure(open(host, signIn).add(PROJECT, registration("accessToken", "t")), signIn);
  server.tls.fault = undefined;
  expect(error.reason).toBe("HostForbidden");
  expect(error.message).toMatch(/scope api, and the role Maintainer/);
});
