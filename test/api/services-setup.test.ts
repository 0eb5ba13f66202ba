import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Secret } from "kubernetes-types/core/v1";
import { isNotFound, type RequestEvent } from "../../src/kube/index.ts";
import {
  CredentialError,
  FluxResourcesService,
  GitAuthService,
  GitOpsEventHandlerService,
  GitOpsService,
  K3sService,
  makeSshKey,
  NotInTime,
  SetupFailedError,
} from "../../src/services/index.ts";
import { eventually, uniqueName } from "../cluster/index.ts";
import { failure } from "./kube/helpers.ts";
import { getProject, openScope, PROJECTS, type Scope, uniqueProject } from "./support/scope.ts";

const git = { url: "git@github.com:acme/shop.git" };
const environments = [{ name: "development" }, { name: "staging" }];

let scope: Scope;
let k3s: K3sService;
let requests: RequestEvent[];
let namespace: string;
beforeAll(async () => {
  scope = await openScope();
  namespace = scope.namespace;
  requests = [];
  k3s = new K3sService(scope.cluster.kubeconfigPath, {
    hooks: { onRequest: (event) => void requests.push(event) },
  });
});
afterAll(async () => {
  k3s.close();
  await scope.stop();
});

const credentialOf = async (data: Record<string, string>) => {
  const name = uniqueName("given");
  await k3s.createSecret(namespace, name, data);
  return new GitOpsService(k3s).getGitCredentials({ namespace, name });
};
const sshCredential = () => credentialOf({ identity: makeSshKey().privateKey });

/** The copy that an environment has. */
const copyOf = (id: string, environment: string): Promise<Secret> =>
  k3s.getSecret(`project-${id}-${environment}`, `${id}-git-auth`);
const textOf = (secret: Secret, key: string): string =>
  Buffer.from(secret.data?.[key] ?? "", "base64").toString();
const isThere = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    (error) => !isNotFound(error) && Promise.reject(error),
  );

describe("FluxResourcesService.setupProjectGitOps", () => {
  const setUp = (setup: Partial<Parameters<FluxResourcesService["setupProjectGitOps"]>[0]>) =>
    new FluxResourcesService(k3s).setupProjectGitOps({
      projectId: uniqueProject(),
      namespace,
      git,
      environments,
      ...setup,
    });

  test("resolves when every environment has what it needs", async () => {
    const projectId = uniqueProject();
    const credential = await sshCredential();
    const result = await setUp({ projectId, credential });
    expect(result.phase).toBe("COMPLETED");
    expect(result.environments.map(({ name, namespace }) => ({ name, namespace }))).toEqual([
      { name: "development", namespace: `project-${projectId}-development` },
      { name: "staging", namespace: `project-${projectId}-staging` },
    ]);
    for (const { name } of environments) {
      const copy = await copyOf(projectId, name);
      expect(copy.type).toBe("kubernetes.io/ssh-auth");
      expect(textOf(copy, "identity")).toBe(credential.kind === "ssh" ? credential.privateKey : "");
      expect(textOf(copy, "known_hosts")).toContain("github.com ssh-ed25519 ");
    }
  });

  test("the same call again changes nothing", async () => {
    const setup = { projectId: uniqueProject(), credential: await sshCredential() };
    const first = await setUp(setup);
    const before = await getProject(scope, setup.projectId);
    const secret = await k3s.getSecret(namespace, `${setup.projectId}-git`);
    expect(await setUp(setup)).toEqual(first);
    const after = await getProject(scope, setup.projectId);
    expect(after.metadata.generation).toBe(before.metadata.generation);
    expect(await k3s.getSecret(namespace, `${setup.projectId}-git`)).toEqual(secret);
  });

  test("another call changes the project: an environment comes, an SSH key becomes a token", async () => {
    const projectId = uniqueProject();
    await setUp({ projectId, credential: await sshCredential(), environments: [{ name: "development" }] });
    const result = await setUp({
      projectId,
      git: { url: "https://github.com/acme/shop.git" },
      credential: await credentialOf({ bearerToken: "t0ken" }),
    });
    expect(result.environments.map(({ name }) => name)).toEqual(["development", "staging"]);
    const copy = await eventually(async () => {
      const found = await copyOf(projectId, "development");
      return textOf(found, "bearerToken") === "t0ken" && found;
    });
    expect(copy.type).toBe("Opaque");
    expect(Object.keys((await k3s.getSecret(namespace, `${projectId}-git`)).data ?? {})).toEqual([
      "bearerToken",
    ]);
  });

  test("a public repository needs no credential", async () => {
    const projectId = uniqueProject();
    const result = await setUp({ projectId, git: { url: "https://github.com/acme/shop.git" } });
    expect(result.phase).toBe("COMPLETED");
    expect(await isThere(k3s.getSecret(namespace, `${projectId}-git`))).toBe(false);
  });

  test("FAILED rejects with its cause, and another call tries again", async () => {
    const projectId = uniqueProject();
    const held = `project-${projectId}-staging`;
    await k3s.createNamespace(held);
    // Nothing else is made: a rollback that removes a namespace lasts 6 s.
    const setup = { projectId, credential: await sshCredential(), environments: [{ name: "staging" }] };
    for (const attempt of [1, 2]) {
      const error = await failure(setUp(setup));
      expect(error).toBeInstanceOf(SetupFailedError);
      expect(error).toMatchObject({
        project: `${namespace}/${projectId}`,
        phase: "FAILED",
        reason: "HeldByAnother",
        object: `Namespace ${held}`,
      });
      expect((error as Error).message).toContain(held);
      expect((await getProject(scope, projectId)).status?.setup?.attempt).toBe(attempt);
    }
  });

  test("what admission refuses leaves nothing behind", async () => {
    const projectId = uniqueProject();
    const error = await failure(
      setUp({ projectId, credential: await sshCredential(), environments: [{ name: "Development" }] }),
    );
    expect(error).toMatchObject({ name: "K8sApiError", statusCode: 422 });
    expect((error as Error).message).toContain("spec.environments[0].name");
    expect(await isThere(k3s.getSecret(namespace, `${projectId}-git`))).toBe(false);
    expect(await isThere(k3s.get(PROJECTS, { namespace, name: projectId }))).toBe(false);
  });

  test("a credential that cannot work is refused before anything is written", async () => {
    const projectId = uniqueProject();
    const credential = await sshCredential();
    const error = await failure(
      setUp({ projectId, credential, git: { url: "git@git.example.com:acme/shop.git" } }),
    );
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ reason: "KnownHostsMissing", key: "known_hosts" });
    expect((error as Error).message).toContain("ssh-keyscan git.example.com");
    expect(await isThere(k3s.get(PROJECTS, { namespace, name: projectId }))).toBe(false);
  });

  test("a credential that somebody else keeps under that name is not overwritten", async () => {
    const projectId = uniqueProject();
    const { privateKey } = makeSshKey();
    await scope.admin.createSecret(namespace, `${projectId}-git`, { identity: privateKey });
    const error = await failure(setUp({ projectId, credential: await sshCredential() }));
    expect(error).toMatchObject({ name: "K8sApiError", statusCode: 409, reason: "Conflict" });
    expect(textOf(await k3s.getSecret(namespace, `${projectId}-git`), "identity")).toBe(privateKey);
  });

  test("a missing namespace is named", async () => {
    const error = await failure(setUp({ namespace: "nowhere" }));
    expect(error).toMatchObject({ name: "K8sApiError", statusCode: 404 });
    expect((error as Error).message).toContain('"nowhere" not found');
  });
});

describe("where no operator looks", () => {
  let unwatched: string;
  beforeAll(async () => {
    unwatched = uniqueName("unwatched");
    await k3s.createNamespace(unwatched);
  });
  const setUp = (projectId: string, options: { timeoutMs?: number; signal?: AbortSignal }) =>
    new FluxResourcesService(k3s).setupProjectGitOps({
      projectId,
      namespace: unwatched,
      git: { url: "https://github.com/acme/shop.git" },
      environments,
      ...options,
    });

  test("the waiting ends in time, with where to look", async () => {
    const error = await failure(setUp(uniqueProject(), { timeoutMs: 300 }));
    expect(error).toBeInstanceOf(NotInTime);
    expect((error as Error).message).toContain("kubectl get deployment -n projectgitops-system");
  });

  test("the caller's signal ends it with the caller's reason", async () => {
    const controller = new AbortController();
    const projectId = uniqueProject();
    const call = failure(setUp(projectId, { signal: controller.signal }));
    await eventually(() => isThere(k3s.get(PROJECTS, { namespace: unwatched, name: projectId })));
    controller.abort(new Error("the user has left"));
    expect(await call).toMatchObject({ message: "the user has left" });
  });

  test("a project that is deleted meanwhile is not waited for", async () => {
    const projectId = uniqueProject();
    const ref = { namespace: unwatched, name: projectId };
    const call = failure(setUp(projectId, {}));
    await eventually(() => isThere(k3s.get(PROJECTS, ref)));
    await k3s.delete(PROJECTS, ref);
    expect(await call).toMatchObject({ name: "SetupFailedError", reason: "Deleted" });
  });
});

describe("GitAuthService", () => {
  const auth = () => new GitAuthService(k3s);

  test("stores a checked credential in the Secret that it names, and reads it back from there", async () => {
    const projectId = uniqueProject();
    const { privateKey, publicKey } = makeSshKey("shop@platform");
    expect(await auth().getProjectCredential(projectId, namespace)).toBeUndefined();
    const credential = { identity: privateKey };
    expect(
      await auth().setupProjectAuth({
        projectId,
        namespace,
        git: { ...git, credential },
        skipK8sSecrets: true,
      }),
    ).toEqual({ success: true, credentialId: `${namespace}/${projectId}-git` });
    expect(await auth().getProjectCredential(projectId, namespace)).toMatchObject({
      kind: "ssh",
      privateKey,
      publicKey: publicKey.split(" ").slice(0, 2).join(" "),
    });
  });

  test("a new credential is waited for until every environment has it", async () => {
    const projectId = uniqueProject();
    await new FluxResourcesService(k3s).setupProjectGitOps({
      projectId,
      namespace,
      git,
      environments,
      credential: await sshCredential(),
    });
    const { privateKey } = makeSshKey();
    await auth().setupProjectAuth({
      projectId,
      namespace,
      git: { ...git, credential: { identity: privateKey } },
    });
    const copies = await Promise.all(environments.map(({ name }) => copyOf(projectId, name)));
    expect(copies.map((copy) => textOf(copy, "identity"))).toEqual([privateKey, privateKey]);
  });

  test("a broken credential is refused with its key, no byte of it, and nothing is stored", async () => {
    const projectId = uniqueProject();
    const identity = makeSshKey().privateKey.slice(0, 200);
    const error = await failure(
      auth().setupProjectAuth({ projectId, namespace, git: { ...git, credential: { identity } } }),
    );
    expect(error).toMatchObject({ name: "CredentialError", reason: "CredentialInvalid", key: "identity" });
    expect(Bun.inspect(error)).not.toContain(identity.slice(60, 80));
    expect(await auth().getProjectCredential(projectId, namespace)).toBeUndefined();
  });

  test("a URL that cannot be read is refused with the words of admission, without its password", async () => {
    const error = await failure(
      auth().setupProjectAuth({
        projectId: uniqueProject(),
        namespace,
        git: { url: "https://git:hunter2@github.com/acme/shop.git", credential: { bearerToken: "t" } },
      }),
    );
    expect(error).toMatchObject({ name: "CredentialError", reason: "InvalidSpec" });
    expect((error as Error).message).toContain("must not contain a password");
    expect(Bun.inspect(error)).not.toContain("hunter2");
  });
});

describe("GitOpsEventHandlerService.handleSetupRequest", () => {
  const handle = (request: Parameters<GitOpsEventHandlerService["handleSetupRequest"]>[0]) =>
    new GitOpsEventHandlerService(k3s).handleSetupRequest(request);

  test("goes in the notes' order, and writes no Secret into an environment", async () => {
    const projectId = uniqueProject();
    requests.length = 0;
    const result = await handle({
      projectId,
      namespace,
      git: { ...git, credential: { identity: makeSshKey().privateKey } },
      environments,
    });
    expect(result).toMatchObject({ phase: "COMPLETED", credentialId: `${namespace}/${projectId}-git` });
    const calls = requests.map(
      ({ verb, resource, namespace, name }) => `${verb} ${resource} ${namespace}/${name}`,
    );
    const [secret, project] = [
      `secrets ${namespace}/${projectId}-git`,
      `projectgitops ${namespace}/${projectId}`,
    ];
    expect(calls.slice(0, 5)).toEqual([
      `patch ${secret}`,
      `get ${secret}`,
      `patch ${project}`,
      `patch ${secret}`,
      `patch ${project}`,
    ]);
    expect(calls.slice(5).filter((call) => /^(patch|create|update)/.test(call))).toEqual([]);
  });

  test("a public repository has no credentialId", async () => {
    const projectId = uniqueProject();
    const result = await handle({
      projectId,
      namespace,
      git: { url: "https://github.com/acme/shop.git", ref: { tag: "v1.0.0" } },
      environments: [{ name: "production" }],
    });
    expect(result.phase).toBe("COMPLETED");
    expect(result).not.toHaveProperty("credentialId");
    expect((await getProject(scope, projectId)).spec.git.ref).toEqual({ tag: "v1.0.0" });
  });
});
