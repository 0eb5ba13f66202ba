import { afterAll, beforeAll, expect, test } from "bun:test";
import { makeSshKey } from "../../src/git/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { uniqueName } from "../cluster/index.ts";
import { line, untilResynced, writesAbout } from "./support/requests.ts";
import {
  condition,
  giveCredential,
  openScope,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
});
afterAll(() => scope.stop());

async function applied(
  secret: string,
  spec: Parameters<typeof projectObject>[2] = {},
  url = "git@github.com:acme/shop.git",
): Promise<string> {
  const id = uniqueProject();
  const git = { url, credential: { secretRef: { name: secret } } };
  const environments = [{ name: "development" }];
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments, git, ...spec }));
  return id;
}

const untilReason = (id: string, reason: string) =>
  untilProject(scope, id, (one) => condition(one, "Ready")?.reason === reason, `says ${reason}`);

/** Everything but what the operator writes onto the ProjectGitOps itself. */
const made = (id: string) =>
  writesAbout(scope, id)
    .filter(({ objectRef }) => objectRef?.resource !== "projectgitops" && objectRef?.resource !== "events")
    .map(line);

test("a missing credential is named with the exact command, and nothing is made, not even a Namespace", async () => {
  const secret = uniqueName("missing");
  const id = await applied(secret);
  const project = await untilReason(id, "CredentialMissing");
  expect(project.status?.phase).toBe("CREATING_NAMESPACES");
  expect(condition(project, "Ready")).toMatchObject({
    status: "False",
    message: `Secret ${scope.namespace}/${secret} does not exist: create it, for example: kubectl create secret generic ${secret} -n ${scope.namespace} --from-file=identity=./deploy-key`,
  });
  await untilResynced(scope);
  expect(made(id)).toEqual([]);
});

test("the set-up goes on by itself when the missing credential appears", async () => {
  const secret = uniqueName("late");
  const id = await applied(secret);
  await untilReason(id, "CredentialMissing");
  await giveCredential(scope, secret);
  const project = await untilPhase(scope, id, "COMPLETED");
  expect(condition(project, "Ready")?.reason).toBe("WaitingForFlux");
});

const MALFORMED: [string, string, string, Record<string, string>, RegExp][] = [
  ["CredentialInvalid", "no key at all", "ssh", { other: "x" }, /key identity: /],
  ["CredentialInvalid", "a key that is none", "ssh", { identity: "garbage-in-here" }, /key identity: /],
  ["CredentialInvalid", "no password", "https", { username: "git" }, /key password: is missing or empty/],
  [
    "CredentialInvalid",
    "two ways to sign in",
    "https",
    { username: "a", password: "b", bearerToken: "c" },
    /key /,
  ],
];
const URLS = { ssh: "git@github.com:acme/shop.git", https: "https://git.example.com/acme/shop.git" };

test.each(MALFORMED)(
  "%s: a Secret with %s for %s is refused by its exact key",
  async (reason, _what, transport, data, key) => {
    const secret = uniqueName("malformed");
    await scope.admin.createSecret(scope.namespace, secret, data);
    const id = await applied(secret, {}, URLS[transport as "ssh"]);
    const project = await untilReason(id, reason);
    const message = condition(project, "Ready")?.message ?? "";
    expect(message).toContain(`Secret ${scope.namespace}/${secret}`);
    expect(message).toMatch(key);
    for (const value of Object.values(data).filter(({ length }) => length > 4))
      expect(message).not.toContain(value);
    expect(made(id)).toEqual([]);
  },
);

test("a host without published keys asks for known_hosts, and trusts nothing on first use", async () => {
  const secret = uniqueName("git");
  await giveCredential(scope, secret);
  const id = await applied(secret, {}, "git@git.example.com:acme/shop.git");
  const project = await untilReason(id, "KnownHostsMissing");
  expect(condition(project, "Ready")?.message).toContain("known_hosts");
  expect(made(id)).toEqual([]);
});

test("the set-up goes on by itself when a malformed credential is mended", async () => {
  const secret = uniqueName("mended");
  await scope.admin.createSecret(scope.namespace, secret, { identity: "garbage" });
  const id = await applied(secret);
  await untilReason(id, "CredentialInvalid");
  const data = { identity: Buffer.from(makeSshKey("test").privateKey).toString("base64") };
  await scope.admin.patch(SECRETS, { namespace: scope.namespace, name: secret }, { data }, { type: "merge" });
  await untilPhase(scope, id, "COMPLETED");
});

test("a missing image pull Secret holds the set-up up like a missing credential, and is waited for", async () => {
  const [secret, pull] = [uniqueName("git"), uniqueName("registry")];
  await giveCredential(scope, secret);
  const environments = [{ name: "development", imagePullSecrets: [{ name: pull }] }];
  const id = await applied(secret, { environments });
  const project = await untilReason(id, "ImagePullSecretMissing");
  expect(condition(project, "Ready")?.message).toContain(`kubectl create secret docker-registry ${pull}`);
  expect(made(id)).toEqual([]);
  await scope.admin.createSecret(
    scope.namespace,
    pull,
    { ".dockerconfigjson": '{"auths":{}}' },
    "kubernetes.io/dockerconfigjson",
  );
  await untilPhase(scope, id, "COMPLETED");
});

test("a credential that is missing until setup.timeout ends in FAILED, and goes on by itself when it appears", async () => {
  const secret = uniqueName("never");
  const id = await applied(secret, { setup: { timeout: "10s" } });
  const failed = await untilPhase(scope, id, "FAILED");
  expect(condition(failed, "Stalled")).toMatchObject({ status: "True", reason: "CredentialMissing" });
  expect(failed.status?.setup?.cause?.message).toContain("setup.timeout of 10s is over");
  expect(made(id)).toEqual([]);
  await giveCredential(scope, secret);
  const project = await untilPhase(scope, id, "COMPLETED");
  expect(project.status?.setup?.attempt).toBe(2);
});

test("an image pull Secret that is missing until setup.timeout goes on by itself too when it appears", async () => {
  const [secret, pull] = [uniqueName("git"), uniqueName("registry")];
  await giveCredential(scope, secret);
  const environments = [{ name: "development", imagePullSecrets: [{ name: pull }] }];
  const id = await applied(secret, { environments, setup: { timeout: "10s" } });
  await untilPhase(scope, id, "FAILED");
  await scope.admin.createSecret(
    scope.namespace,
    pull,
    { ".dockerconfigjson": '{"auths":{}}' },
    "kubernetes.io/dockerconfigjson",
  );
  await untilPhase(scope, id, "COMPLETED");
});
