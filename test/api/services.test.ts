import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { NamespaceNotFoundError } from "../../src/kube/index.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import {
  type Change,
  CredentialError,
  type FluxObject,
  FluxWatcherService,
  GitOpsService,
  K3sService,
  makeSshKey,
} from "../../src/services/index.ts";
import { eventually, sharedCluster, uniqueName } from "../cluster/index.ts";
import { failure } from "./kube/helpers.ts";

let k3s: K3sService;
const namespace = uniqueName("services");
beforeAll(async () => {
  k3s = new K3sService((await sharedCluster()).kubeconfigPath);
  await k3s.createNamespace(namespace);
});
afterAll(() => k3s.close());

describe("K3sService", () => {
  test("has the notes' calls with their arguments", async () => {
    const made = uniqueName("made");
    expect(await k3s.namespaceExists(made)).toBe(false);
    await k3s.createNamespace(made);
    expect(await k3s.namespaceExists(made)).toBe(true);
    const secret = await k3s.createSecret(made, "git", { "ssh-privatekey": "key" }, "kubernetes.io/ssh-auth");
    expect(secret.data).toEqual({ "ssh-privatekey": "a2V5" });
    expect((await k3s.listNamespaces()).items.map(({ metadata }) => metadata?.name)).toContain(made);
    expect((await k3s.deleteNamespace(made)).status?.phase).toBe("Terminating");
  });

  test("a Secret for a missing namespace is refused with the namespace's name", async () => {
    const error = await failure(k3s.createSecret("nowhere", "git", { identity: "x" }));
    expect(error).toBeInstanceOf(NamespaceNotFoundError);
    expect((error as Error).message).toBe("Namespace nowhere does not exist");
  });
});

describe("FluxWatcherService", () => {
  const repository = (name: string) => ({
    metadata: { namespace, name },
    spec: { url: "https://git.example.com/acme/shop.git", interval: "1m" },
  });
  const told = ({ type, object }: Change<FluxObject>) => `${type} ${object.kind} ${object.metadata?.name}`;

  test("tells what is added, changed and removed, of GitRepositories and Kustomizations", async () => {
    const name = uniqueName("repo");
    const changes: Change<FluxObject>[] = [];
    const watcher = new FluxWatcherService(k3s).start({
      interval: 50,
      namespace,
      onChange: (change) => changes.push(change),
    });
    const until = (last: string) =>
      eventually(() => changes.some((change) => told(change) === last), { description: last });

    await k3s.create(resourceOf("GitRepository"), repository(name));
    await until(`added GitRepository ${name}`);
    const patch = { spec: { interval: "2m" } };
    await k3s.patch(resourceOf("GitRepository"), { namespace, name }, patch, { type: "merge" });
    await until(`changed GitRepository ${name}`);
    expect(changes.at(-1)?.object.spec?.["interval"]).toBe("2m");
    await k3s.create(resourceOf("Kustomization"), {
      metadata: { namespace, name },
      spec: { interval: "1m", prune: true, sourceRef: { kind: "GitRepository", name } },
    } as object);
    await until(`added Kustomization ${name}`);
    await k3s.delete(resourceOf("GitRepository"), { namespace, name });
    await until(`removed GitRepository ${name}`);
    watcher.stop();
    await watcher.done;
    expect(changes.map(told)).toEqual([
      `added GitRepository ${name}`,
      `changed GitRepository ${name}`,
      `added Kustomization ${name}`,
      `removed GitRepository ${name}`,
    ]);
  });

  test("ends with its signal", async () => {
    const controller = new AbortController();
    const first = Promise.withResolvers<void>();
    const { done } = new FluxWatcherService(k3s).start({
      interval: 50,
      kinds: ["GitRepository"],
      signal: controller.signal,
      onChange: () => first.resolve(),
    });
    await k3s.create(resourceOf("GitRepository"), repository(uniqueName("repo")));
    await first.promise;
    controller.abort();
    await done;
  });

  test("a kind that the cluster does not serve comes to onError, and the others go on", async () => {
    const name = uniqueName("repo");
    const errors: unknown[] = [];
    const added = Promise.withResolvers<void>();
    const watcher = new FluxWatcherService(k3s).start({
      interval: 50,
      namespace,
      kinds: ["GitRepository", "HelmRelease"],
      onChange: ({ object }) => object.metadata?.name === name && added.resolve(),
      onError: (error) => errors.push(error),
    });
    await eventually(() => errors.length > 1, { description: "it has failed twice" });
    await k3s.create(resourceOf("GitRepository"), repository(name));
    await added.promise;
    watcher.stop();
    await watcher.done;
    expect(errors[0]).toMatchObject({ name: "K8sApiError", statusCode: 404 });
  });
});

describe("GitOpsService.getGitCredentials", () => {
  const read = (name: string) => new GitOpsService(k3s).getGitCredentials({ namespace, name });
  const write = (data: Record<string, string>, type?: string) => {
    const name = uniqueName("git");
    return k3s.createSecret(namespace, name, data, type).then(() => name);
  };

  test("an SSH key comes with its public half and fingerprint, under either name", async () => {
    const { privateKey, publicKey, fingerprint } = makeSshKey();
    const expected = { kind: "ssh", privateKey, publicKey, fingerprint } as const;
    expect(await read(await write({ identity: privateKey }))).toEqual(expected);
    expect(await read(await write({ "ssh-privatekey": privateKey }, "kubernetes.io/ssh-auth"))).toEqual(
      expected,
    );
  });

  test("passwords and tokens come as what they are", async () => {
    expect(await read(await write({ username: "git", password: "s3cret" }))).toEqual({
      kind: "basic",
      username: "git",
      password: "s3cret",
    });
    expect(await read(await write({ bearerToken: "t0ken" }))).toEqual({ kind: "bearer", token: "t0ken" });
  });

  test("a Secret that is not there is CredentialMissing, with the command that makes it", async () => {
    const error = await failure(read("nothing"));
    expect(error).toBeInstanceOf(CredentialError);
    expect(error).toMatchObject({ reason: "CredentialMissing" });
    expect((error as Error).message).toContain(`kubectl create secret generic nothing -n ${namespace}`);
  });

  test("a malformed one names the key and holds no byte of it", async () => {
    const broken = makeSshKey().privateKey.slice(0, 200);
    const error = (await failure(read(await write({ identity: broken })))) as CredentialError;
    expect(error).toMatchObject({ name: "CredentialError", reason: "CredentialInvalid", key: "identity" });
    expect(Bun.inspect(error)).not.toContain(broken.slice(60, 80));
  });
});
