import { afterAll, beforeAll, expect, test } from "bun:test";
import type { Secret } from "kubernetes-types/core/v1";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { uniqueName } from "../cluster/index.ts";
import { created, requestsAbout } from "./support/requests.ts";
import {
  giveCredential,
  need,
  openScope,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
});
afterAll(() => scope.stop());

const HTTPS = "https://git.example.com/acme/shop.git";

/** Sets up one environment and returns the project's id. */
async function setUp(spec: Partial<ProjectGitOpsSpecInput>): Promise<string> {
  const id = uniqueProject();
  const environments = [{ name: "development" }];
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments, ...spec }));
  await untilPhase(scope, id, "COMPLETED");
  return id;
}

const withSecret = async (data: Record<string, string>, url = HTTPS, knownHosts?: string) => {
  const name = uniqueName("credential");
  await scope.admin.createSecret(scope.namespace, name, data);
  const id = await setUp({
    git: { url, credential: { secretRef: { name } }, ...(knownHosts ? { knownHosts } : {}) },
  });
  return plain((await copyOf(id)).data);
};

const copyOf = (id: string, name = `${id}-git-auth`): Promise<Secret> =>
  scope.admin.get(SECRETS, { namespace: `project-${id}-development`, name });

const plain = (data: Record<string, string> = {}): Record<string, string> =>
  Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value, "base64").toString()]),
  );

test("an SSH key is copied under Flux's name and Kubernetes' own, with its public half and the host's published keys", async () => {
  const { privateKey } = await sshKey();
  const id = await setUp({});
  const copy = await copyOf(id);
  const data = plain(copy.data);
  expect(copy.type).toBe("kubernetes.io/ssh-auth");
  expect(Object.keys(data).sort()).toEqual(["identity", "identity.pub", "known_hosts", "ssh-privatekey"]);
  expect(data["identity"]).toBe(data["ssh-privatekey"] as string);
  expect(data["identity"] === privateKey).toBe(true); // not toBe: a failure would print it
  expect(data["identity.pub"]).toStartWith("ssh-ed25519 ");
  expect(data["known_hosts"]).toContain("github.com ssh-ed25519 ");
});

const sshKey = async () => {
  const { data } = await scope.admin.get(SECRETS, { namespace: scope.namespace, name: "git" });
  return { privateKey: plain(data)["identity"] ?? "" };
};

test("a key under the name ssh-privatekey is taken as well as under identity", async () => {
  const { privateKey } = await sshKey();
  const data = await withSecret({ "ssh-privatekey": privateKey }, "git@github.com:acme/shop.git");
  expect(data["identity"] === privateKey).toBe(true);
});

test("known_hosts of the spec go before those of the Secret, and those before the published ones", async () => {
  const { privateKey } = await sshKey();
  const host = (letter: string) =>
    `git.example.com ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${letter.repeat(43)}`;
  const url = "git@git.example.com:acme/shop.git";
  const fromSecret = await withSecret({ identity: privateKey, known_hosts: host("A") }, url);
  expect(fromSecret["known_hosts"]?.trim()).toBe(host("A"));
  const fromSpec = await withSecret({ identity: privateKey, known_hosts: host("A") }, url, host("B"));
  expect(fromSpec["known_hosts"]?.trim()).toBe(host("B"));
});

test("username and password are copied for https, and no other key of the Secret", async () => {
  const data = await withSecret({ username: "git", password: "s3cret-token", "notes.txt": "private" });
  expect(data).toEqual({ username: "git", password: "s3cret-token" });
});

test("a bearer token is copied for https", async () => {
  expect(await withSecret({ bearerToken: "glpat-0123456789" })).toEqual({ bearerToken: "glpat-0123456789" });
});

test("a public repository gets no Secret, and its GitRepository names none", async () => {
  const id = await setUp({ git: { url: HTTPS } });
  const source = await need(scope.admin, "GitRepository", `project-${id}-development`, `${id}-repo`);
  expect(source["spec"]).toMatchObject({ url: HTTPS });
  expect(source["spec"]).not.toHaveProperty("secretRef");
  expect(created(requestsAbout(scope, id), "secrets")).toEqual([]);
});

test("image pull Secrets are copied with their one known key, and the deployer names them", async () => {
  const name = uniqueName("registry");
  const config = JSON.stringify({ auths: { "registry.example.com": { auth: "dXNlcjpwYXNz" } } });
  await scope.admin.createSecret(
    scope.namespace,
    name,
    { ".dockerconfigjson": config, extra: "not for the environment" },
    "kubernetes.io/dockerconfigjson",
  );
  const id = await setUp({ environments: [{ name: "development", imagePullSecrets: [{ name }] }] });
  const copy = await copyOf(id, name);
  expect(copy.type).toBe("kubernetes.io/dockerconfigjson");
  expect(plain(copy.data)).toEqual({ ".dockerconfigjson": config });
  const deployer = await need(scope.admin, "ServiceAccount", `project-${id}-development`, `${id}-deployer`);
  expect(deployer["imagePullSecrets"]).toEqual([{ name }]);
});
