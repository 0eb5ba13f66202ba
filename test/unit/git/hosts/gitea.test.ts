import { afterAll, beforeAll, expect, test } from "bun:test";
import type { HostCredential } from "../../../../src/git/index.ts";
import { failure, type HostUnderTest, open, registration } from "./contract.ts";
import { GiteaServer } from "./servers/gitea-server.ts";

let server: GiteaServer;
let host: HostUnderTest;
let basic: HostCredential;
beforeAll(async () => {
  const options = { token: "tok_of_an_admin_0123", weakToken: "tok_of_a_reader_0123", username: "bot" };
  const more = { password: "päss:wörd 0123456789", repositories: ["acme/shop"], pageSize: 50 };
  server = await GiteaServer.start({ ...options, ...more });
  const { tls, complaints } = server;
  basic = { kind: "basic", username: "bot", password: more.password, caCert: tls.caPem };
  host = {
    provider: "gitea",
    apiURL: tls.url,
    caPem: tls.caPem,
    repository: "acme/shop",
    pageSize: 50,
    complaints,
    signIn: () => basic,
    wrongSignIn: () => basic,
    stop: () => tls.stop(),
  };
});
afterAll(async () => {
  await server.tls.stop();
  expect(server.complaints).toEqual([]);
});

test("a token has one scope, read or write, and is used with the name of its user", async () => {
  const git = open(host, basic);
  const made = await git.add("acme/shop", registration("accessToken", "r"));
  expect(server.tls.seen.at(-1)?.body).toEqual({ name: "r", scopes: ["read:repository"] });
  expect(made.basic).toEqual({ username: "bot", password: expect.any(String) });
  expect(made.registered.expiresAt).toBeUndefined();
  await git.add("acme/shop", registration("accessToken", "w", false));
  expect(server.tls.seen.at(-1)?.body).toEqual({ name: "w", scopes: ["write:repository"] });
});

test("Forgejo's token is good for the one repository", async () => {
  server.tls.fault = () => Response.json({ id: 1, name: "t", sha1: "0123456789abcdef" }, { status: 201 });
  const forgejo = open({ ...host, provider: "forgejo" }, basic);
  await forgejo.add("acme/shop", registration("accessToken", "t"));
  server.tls.fault = undefined;
  expect(server.tls.seen.at(-1)?.body).toEqual({
    name: "t",
    scopes: ["read:repository"],
    repositories: [{ owner: "acme", name: "shop" }],
  });
});

test("a token cannot make tokens, and is not sent to try", async () => {
  const token: HostCredential = { kind: "token", token: "tok_of_an_admin_0123", caCert: host.caPem };
  server.tls.seen.length = 0;
  const error = await failure(open(host, token).add("acme/shop", registration("accessToken", "t")), token);
  expect(error.reason).toBe("HostRefused");
  expect(error.message).toMatch(/put username and password into the Secret/);
  expect(server.tls.seen).toEqual([]);
});

test("a user name that leads elsewhere in the API, or is an e-mail address, is never sent", async () => {
  server.tls.seen.length = 0;
  for (const username of ["..", "bot@example.com", "a/b", ""]) {
    const signIn: HostCredential = { kind: "basic", username, password: "secret99", caCert: host.caPem };
    const error = await failure(open(host, signIn).list("accessToken", "acme/shop", ""), signIn);
    expect(error.reason).toBe("HostRefused");
  }
  expect(server.tls.seen).toEqual([]);
});

test("a title that is used already is the host's no, not a key in use", async () => {
  const git = open(host, basic);
  await git.add("acme/shop", registration("deployKey", "twice"));
  const error = await failure(git.add("acme/shop", registration("deployKey", "twice")), basic);
  expect(error).toMatchObject({ reason: "HostRefused", statusCode: 422 });
  expect(error.message).toMatch(/A key with the same name already exists/);
});
