import { afterAll, beforeAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { HostCredential } from "../../src/git/index.ts";
import {
  type Gitea,
  OWNER,
  run,
  scratchFolder,
  startGitea,
  startTlsProxy,
  type TlsProxy,
} from "../cluster/index.ts";
import {
  failure,
  type HostTraits,
  type HostUnderTest,
  hostContract,
  open,
  registration,
} from "../unit/git/hosts/contract.ts";

/** Gitea of these tests alone: its users and tokens are counted. */
let gitea: Gitea;
let proxy: TlsProxy;
let host: HostUnderTest;
beforeAll(async () => {
  gitea = await startGitea();
  proxy = await startTlsProxy(gitea.url);
  const repository = await gitea.createRepository("shop");
  await repository.push({ "README.md": "hello\n" });
  await makeKeeper();
  host = await keeperAtGitea();
});
afterAll(async () => {
  await proxy?.stop();
  await gitea?.stop();
});

const KEEPER = { username: "keeper", password: "correct-Horse/battery+staple&9" };

const GITEA: HostTraits = {
  kinds: ["deployKey", "accessToken"],
  weak: ["deployKey"],
  userTokens: true,
  isReal: true,
};

hostContract(
  "a real Gitea, by a user who administers one repository and is nobody else",
  GITEA,
  async () => ({
    ...host,
    stop: async () => {},
  }),
);

/** Not the owner, no administrator of the host: what docs/credentials.md says is enough. */
async function makeKeeper(): Promise<void> {
  await gitea.api.call("POST", "/admin/users", {
    ...KEEPER,
    email: "keeper@example.com",
    must_change_password: false,
  });
  const collaborator = `/repos/${OWNER}/shop/collaborators/${KEEPER.username}`;
  await gitea.api.call("PUT", collaborator, { permission: "admin" });
}

async function keeperAtGitea(): Promise<HostUnderTest> {
  const basic: HostCredential = { kind: "basic", ...KEEPER, caCert: proxy.caPem };
  const bare: HostUnderTest = {
    provider: "gitea",
    apiURL: proxy.url,
    caPem: proxy.caPem,
    repository: `${OWNER}/shop`,
    // MAX_RESPONSE_ITEMS, where it is not set.
    pageSize: 50,
    signIn: () => basic,
    wrongSignIn: () => basic,
    stop: async () => {},
  };
  // Its tokens have the scopes write:repository and read:repository, and no other.
  const [strong, weak] = await Promise.all([false, true].map((readOnly) => tokenOf(bare, readOnly)));
  const wrong = "0123456789abcdef0123456789abcdef01234567";
  const token = (text = ""): HostCredential => ({ kind: "token", token: text, caCert: proxy.caPem });
  return {
    ...bare,
    signIn: (kind) => (kind === "deployKey" ? token(strong) : basic),
    weakSignIn: () => token(weak),
    wrongSignIn: (kind) => (kind === "deployKey" ? token(wrong) : { ...basic, password: wrong }),
  };
}

async function tokenOf(at: HostUnderTest, readOnly: boolean): Promise<string> {
  const what = registration("accessToken", `sign-in ${readOnly}`, readOnly);
  const { basic } = await open(at, at.signIn("accessToken")).add(at.repository, what);
  return basic?.password ?? "";
}

/** git over HTTPS with a user name and password, as Flux signs in. */
function git(credential: { username: string; password: string } | undefined, ...args: string[]) {
  const { username = "", password = "" } = credential ?? {};
  const folder = scratchFolder("git-https");
  writeFileSync(join(folder, "ca.crt"), proxy.caPem);
  const basic = Buffer.from(`${username}:${password}`).toString("base64");
  return run(["git", "-c", `http.extraHeader=Authorization: Basic ${basic}`, ...args], {
    cwd: folder,
    env: { GIT_SSL_CAINFO: join(folder, "ca.crt"), GIT_TERMINAL_PROMPT: "0", GIT_CONFIG_GLOBAL: "/dev/null" },
  });
}

test("a token that was made reads the repository by git until it is removed", async () => {
  const adapter = open(host, host.signIn("accessToken"));
  const { registered, basic } = await adapter.add(host.repository, registration("accessToken", "git-reads"));
  const url = `${proxy.url}/${host.repository}.git`;
  expect((await git(basic, "ls-remote", url)).stdout).toMatch(/refs\/heads\/main/);
  await adapter.remove("accessToken", host.repository, registered.id);
  expect((await git(basic, "ls-remote", url)).code).not.toBe(0);
});

test("a user who cannot see the repository finds nothing there, and his removal does not pass for done", async () => {
  const stranger = { username: "stranger", password: KEEPER.password };
  await gitea.api.call("POST", "/admin/users", {
    ...stranger,
    email: "s@example.com",
    must_change_password: false,
  });
  const signIn: HostCredential = { kind: "basic", ...stranger, caCert: proxy.caPem };
  const { registered } = await open(host, host.signIn("deployKey")).add(
    host.repository,
    registration("deployKey", "stays"),
  );
  const removal = open(host, signIn).remove("deployKey", host.repository, registered.id);
  expect(await failure(removal, signIn)).toMatchObject({ reason: "RepositoryNotFoundOnHost" });
  const found = await open(host, host.signIn("deployKey")).list("deployKey", host.repository, "stays");
  expect(found.map(({ id }) => id)).toEqual([registered.id]);
});

test("a token with the scope write:user does in the place of the user's password", async () => {
  const answer = await fetch(`${gitea.url}/api/v1/users/${KEEPER.username}/tokens`, {
    method: "POST",
    headers: {
      authorization: `Basic ${Buffer.from(`${KEEPER.username}:${KEEPER.password}`).toString("base64")}`,
      "content-type": "application/json",
    },
    body: JSON.stringify({ name: "makes-tokens", scopes: ["write:user"] }),
  });
  const { sha1 } = (await answer.json()) as { sha1: string };
  const signIn: HostCredential = {
    kind: "basic",
    username: KEEPER.username,
    password: sha1,
    caCert: proxy.caPem,
  };
  const adapter = open(host, signIn);
  const { registered } = await adapter.add(host.repository, registration("accessToken", "by-token"));
  await adapter.remove("accessToken", host.repository, registered.id);
});

test("a title that is used already is the host's no, for keys and tokens", async () => {
  for (const kind of ["deployKey", "accessToken"] as const) {
    const adapter = open(host, host.signIn(kind));
    await adapter.add(host.repository, registration(kind, `twice ${kind}`));
    const again = adapter.add(host.repository, registration(kind, `twice ${kind}`));
    expect(await failure(again, host.signIn(kind))).toMatchObject({ reason: "HostRefused" });
  }
});
