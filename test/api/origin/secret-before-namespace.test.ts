import { afterAll, beforeAll, expect, test } from "bun:test";
import { BunK8sClient, K8sApiError, NAMESPACES, NamespaceNotFoundError } from "../../../src/kube/index.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { eventually, operatorRequests, sharedCluster, uniqueName } from "../../cluster/index.ts";
import { created, endsBefore, isCall, requestsAbout } from "../support/requests.ts";
import {
  find,
  giveCredential,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "../support/scope.ts";

/** The first failure of the notes in origin/: a Secret was sent before its Namespace, and the answer told nothing. */
let scope: Scope;
let client: BunK8sClient;
beforeAll(async () => {
  scope = await openScope();
  await giveCredential(scope);
  client = new BunK8sClient((await sharedCluster()).kubeconfigPath);
});
afterAll(async () => {
  client.close();
  await scope.stop();
});

const failureOf = (promise: Promise<unknown>): Promise<unknown> =>
  promise.then(
    () => "it succeeded",
    (error: unknown) => error,
  );

test("a Secret that is sent to a missing Namespace is refused with NamespaceNotFoundError, which names it", async () => {
  const namespace = uniqueName("missing");
  const error = await failureOf(
    client.createSecret(namespace, "git-auth", { password: "never-to-be-shown" }),
  );
  expect(error).toBeInstanceOf(NamespaceNotFoundError);
  expect(error).toBeInstanceOf(K8sApiError);
  expect(error).toMatchObject({
    message: `Namespace ${namespace} does not exist`,
    namespace,
    statusCode: 404,
    reason: "NotFound",
    verb: "create",
    path: `/api/v1/namespaces/${namespace}/secrets`,
  });
  expect(Bun.inspect(error)).not.toContain("never-to-be-shown");
});

test("the refusal is told from the server's answer: one request, no look before and none after", async () => {
  const calls: string[] = [];
  const counting = new BunK8sClient((await sharedCluster()).kubeconfigPath, {
    hooks: { onRequest: ({ verb, resource }) => calls.push(`${verb} ${resource}`) },
  });
  await failureOf(counting.createSecret(uniqueName("missing"), "git-auth", { password: "x" }));
  expect(calls).toEqual(["create secrets"]);
  counting.close();
});

test("any object that is sent to a missing Namespace is refused in the same way", async () => {
  const namespace = uniqueName("missing");
  const body = { metadata: { name: "web" }, spec: {} };
  expect(await failureOf(client.createService(namespace, body as never))).toBeInstanceOf(
    NamespaceNotFoundError,
  );
});

test("a Secret that is missing in a Namespace that is there is another error", async () => {
  const error = await failureOf(client.getSecret("default", uniqueName("missing")));
  expect(error).toBeInstanceOf(K8sApiError);
  expect(error).not.toBeInstanceOf(NamespaceNotFoundError);
});

test("a set-up never sends a Secret before its Namespace: the API server has refused none", async () => {
  const ids = Array.from({ length: 5 }, uniqueProject);
  await Promise.all(ids.map((id) => scope.admin.create(PROJECTS, projectObject(scope.namespace, id))));
  for (const id of ids) {
    await untilPhase(scope, id, "COMPLETED");
    const requests = requestsAbout(scope, id);
    expect(created(requests, "namespaces")).toHaveLength(3);
    expect(requests.filter((event) => isCall(event, "create", "secrets"))).toHaveLength(3);
    expect(endsBefore(created(requests, "namespaces"), created(requests, "secrets"))).toBe(true);
  }
});

test("a Namespace that vanishes under a running project brings no Secret into nothing", async () => {
  const id = uniqueProject();
  const environments = [{ name: "development" }];
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { environments }));
  await untilPhase(scope, id, "COMPLETED");
  const name = `project-${id}-development`;
  const { metadata } = await scope.admin.get(NAMESPACES, { name });
  await scope.admin.deleteNamespace(name);
  await untilMadeAnew(name, metadata?.uid ?? "");
  await untilPhase(scope, id, "COMPLETED");
  const homeless = operatorRequests(
    scope.cluster,
    ({ verb, objectRef, responseStatus }) =>
      verb === "create" && objectRef?.namespace === name && responseStatus?.code === 404,
  );
  expect(homeless).toEqual([]);
});

async function untilMadeAnew(name: string, uid: string): Promise<void> {
  await eventually(
    async () => {
      const live = await find(scope.admin, { kind: "Namespace", namespace: "", name });
      const delivery = await find(scope.admin, {
        kind: "Kustomization",
        namespace: name,
        name: name.slice("project-".length),
      });
      return live !== undefined && live.metadata.uid !== uid && delivery !== undefined;
    },
    { description: "the Namespace is made anew, with everything in it", deadlineMs: 40_000 },
  );
}
