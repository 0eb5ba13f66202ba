import { afterAll, beforeAll, expect, test } from "bun:test";
import { gitSecretName } from "../../../src/api/names.ts";
import { makeSshKey } from "../../../src/git/index.ts";
import { scratchFolder } from "../../cluster/index.ts";
import { PROJECTS, SECRETS, uniqueProject } from "../support/scope.ts";
import { fetchFails, untilMended } from "./git-support.ts";
import { type Lab, openLab } from "./lab.ts";
import { homeOf, ONE } from "./support.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

const UNAUTHORISED =
  "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain";
const MISMATCH = "ssh: handshake failed: knownhosts: key mismatch";
const UNKNOWN_KEY = "ssh: handshake failed: knownhosts: key is unknown";
const NOT_FOUND = "repository not found: git repository: 'URL'";
const HTTPS = "https://git.example.com/acme/shop.git";

/** A line of known_hosts for the host, with a key made on the spot. */
const hostLine = (host = "git.example.com"): string =>
  `${host} ${makeSshKey("host").publicKey.split(" ").slice(0, 2).join(" ")}\n`;

async function withToken(
  token: string,
): Promise<{ url: string; credential: { secretRef: { name: string } } }> {
  const name = `${uniqueProject()}-token`;
  await lab.admin.createSecret(lab.namespace, name, { username: "git", password: token });
  return { url: HTTPS, credential: { secretRef: { name } } };
}

test("KeyRefused: found when the host refuses the key, once for all, and its fix prints the key to register", async () => {
  const name = await lab.project();
  await fetchFails(lab, name, UNAUTHORISED, ["staging", "production"]);
  const { findings } = await lab.diagnose(name);
  expect(findings.map(({ id }) => id)).toEqual(["KeyRefused"]);
  const [first] = findings;
  expect(first?.what).toBe("The git host refuses the key of staging and production");
  expect(first?.cause).toContain("https://github.com/acme/shop/settings/keys");
  const { stdout } = await lab.paste(first?.fix);
  expect(stdout).toStartWith("ssh-ed25519 ");
  await untilMended(lab, name);
});

test("KeyRefused: names the key that works elsewhere, where one environment holds another and nobody's hand shows", async () => {
  const name = await lab.project();
  await lab.operator.stop();
  try {
    const { privateKey, publicKey, fingerprint } = makeSshKey("another");
    const encoded = (text: string) => Buffer.from(text).toString("base64");
    const data = {
      identity: encoded(privateKey),
      "ssh-privatekey": encoded(privateKey),
      "identity.pub": encoded(publicKey),
    };
    const ref = { namespace: homeOf(name, "staging"), name: gitSecretName(name) };
    await lab.admin.patch(SECRETS, ref, { data }, { type: "merge", fieldManager: "projectgitops" });
    await fetchFails(lab, name, UNAUTHORISED, ["staging"]);
    const { findings } = await lab.diagnose(name);
    const refused = findings.find(({ id }) => id === "KeyRefused");
    expect(refused?.cause).toContain(
      `the Secret of staging holds key ${fingerprint}; that of development and production holds SHA256:`,
    );
    expect(refused?.fix).toBe(`projectgitops reconcile ${name} -n ${lab.namespace}`);
  } finally {
    await lab.restart();
  }
  await untilMended(lab, name);
}, 60_000);

test("KeyRefused: absent when the host knows the key, which has no access to the repository", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, NOT_FOUND);
  expect(await lab.ids(name)).toEqual(["RepositoryNotFound"]);
});

test("HostKeyChanged: found when the host shows another key, and its fix stores the new one only after a yes", async () => {
  const git = {
    url: "ssh://git@git.example.com/acme/shop.git",
    knownHosts: hostLine(),
    credential: { secretRef: { name: "git" } },
  };
  const name = await lab.project({ ...ONE, git });
  await fetchFails(lab, name, MISMATCH);
  const first = await lab.first(name, "HostKeyChanged");
  expect(first.cause).toMatch(/^SHA256:\S+ is not what the host shows/);
  expect(await lab.ids(name)).toEqual(["HostKeyChanged"]);
  const now = hostLine();
  // Stands in for the host, which is not there: prints what ssh-keyscan would.
  const scan = `ssh-keyscan() { printf '%s' '${now}'; }`;
  const folder = scratchFolder("known-hosts");
  const answering = (word: string) => lab.paste(`cd ${folder}; ${scan}\n{ ${first.fix}; } <<< ${word}`);
  await expect(answering("no")).rejects.toThrow();
  expect((await lab.admin.get(PROJECTS, { namespace: lab.namespace, name })).spec.git.knownHosts).toBe(
    git.knownHosts,
  );
  expect((await answering("yes")).stdout).toContain("SHA256:");
  expect((await lab.admin.get(PROJECTS, { namespace: lab.namespace, name })).spec.git.knownHosts).toBe(now);
  await untilMended(lab, name);
});

test("HostKeyChanged: of a well-known host with an old line of one's own, the fix goes back to the built-in keys", async () => {
  const git = {
    url: "git@github.com:acme/shop.git",
    knownHosts: hostLine("github.com"),
    credential: { secretRef: { name: "git" } },
  };
  const name = await lab.project({ ...ONE, git });
  await fetchFails(lab, name, MISMATCH);
  await lab.paste((await lab.first(name, "HostKeyChanged")).fix);
  await untilMended(lab, name);
  expect(
    (await lab.admin.get(PROJECTS, { namespace: lab.namespace, name })).spec.git.knownHosts,
  ).toBeUndefined();
});

test("HostKeyChanged: absent when no key of the host is known at all", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, UNKNOWN_KEY);
  expect(await lab.ids(name)).toEqual(["HostKeyUnknown"]);
});

test("HostKeyUnknown: found when Flux knows no key of the host and port", async () => {
  const git = {
    url: "ssh://git@git.example.com:2222/acme/shop.git",
    knownHosts: hostLine("[git.example.com]:2222"),
    credential: { secretRef: { name: "git" } },
  };
  const name = await lab.project({ ...ONE, git });
  await fetchFails(lab, name, UNKNOWN_KEY);
  const first = await lab.first(name, "HostKeyUnknown");
  expect(first.what).toContain("[git.example.com]:2222");
  expect(first.fix).toStartWith("ssh-keyscan -p 2222 git.example.com | ");
  expect(await lab.ids(name)).toEqual(["HostKeyUnknown"]);
});

test("HostKeyUnknown: absent when a key is known, and the host shows another", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, MISMATCH);
  expect(await lab.ids(name)).toEqual(["HostKeyChanged"]);
});

test("TokenRefused: found when the host refuses the token, which is told nowhere, and its fix stores a new one", async () => {
  const token = `glpat-${crypto.randomUUID()}`;
  const git = await withToken(token);
  const name = await lab.project({ ...ONE, git });
  await fetchFails(lab, name, `authentication required: token ${token} has expired`);
  const first = await lab.first(name, "TokenRefused");
  expect(first.evidence).toContain("has expired");
  expect(JSON.stringify(await lab.diagnose(name))).not.toContain(token);
  expect(await lab.ids(name)).toEqual(["TokenRefused"]);
  const folder = scratchFolder("token");
  await Bun.write(`${folder}/token`, "glpat-a-new-one\n");
  await lab.paste(`cd ${folder}\n${first.fix}`);
  await untilMended(lab, name);
  const stored = await lab.admin.getSecret(lab.namespace, git.credential.secretRef.name);
  expect(Object.keys(stored.data ?? {}).toSorted()).toEqual(["password", "username"]);
});

test("TokenRefused: absent when there is no token that could be refused", async () => {
  const name = await lab.project({ ...ONE, git: { url: HTTPS } });
  await fetchFails(lab, name, "authentication required: Repository not found.");
  expect(await lab.ids(name)).toEqual(["SignInRequired"]);
});

test("SignInRequired: found when the repository is not public and the project has no credential, and its fix gives it one", async () => {
  const name = await lab.project({ ...ONE, git: { url: HTTPS } });
  await fetchFails(lab, name, "authentication required: Repository not found.");
  const first = await lab.first(name, "SignInRequired");
  const folder = scratchFolder("token");
  await Bun.write(`${folder}/token`, "glpat-the-first-one\n");
  await lab.paste(`cd ${folder}\n${first.fix}`);
  await untilMended(lab, name);
});

test("SignInRequired: absent when a token was sent, and has no right to read the repository", async () => {
  const name = await lab.project({ ...ONE, git: await withToken("glpat-without-scope") });
  await fetchFails(lab, name, "authorization failed: ");
  expect((await lab.first(name, "TokenRefused")).cause).toContain("may not read this repository");
  expect(await lab.ids(name)).toEqual(["TokenRefused"]);
});

test("RepositoryNotFound: found when the host knows no such repository, with both reasons that it can have", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, NOT_FOUND);
  const first = await lab.first(name, "RepositoryNotFound");
  expect(first.what).toBe("The git host has no repository acme/shop for development");
  expect(first.cause).toContain("github.com says the same for both");
  const typo = "s#acme/shop.git#acme/shop2.git#";
  const { stdout } = await lab.paste(`export KUBE_EDITOR="sed -i ${typo}"\n${first.fix}`);
  expect(stdout).toContain("ssh-ed25519 ");
  await untilMended(lab, name);
});

test("RepositoryNotFound: absent when the repository is there and the branch is not", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, 'couldn\'t find remote ref "refs/heads/main"');
  expect(await lab.ids(name)).toEqual(["BranchNotFound"]);
});
