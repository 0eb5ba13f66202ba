import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import {
  BunK8sClient,
  EVENTS,
  K8sApiError,
  type KubeObject,
  ROLE_BINDINGS,
  SERVICE_ACCOUNTS,
} from "../../src/kube/index.ts";
import {
  giveCredential,
  NAMESPACES,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  SECRETS,
  untilPhase,
} from "../api/support/scope.ts";
import { eventually, operatorToken, uniqueName } from "../cluster/index.ts";
import { CLUSTER_ONLY, DELIVERIES, type Delivery, POLICIES, POLICY } from "./support/confinement.ts";

/**
 * Whoever holds the operator's token: what RBAC allows it in the whole cluster, the policies of deploy/confinement
 * take back. Each attempt is one that RBAC lets through.
 */
let scope: Scope;
let thief: BunK8sClient;
/** A namespace of somebody else, with a Secret and a RoleBinding in it. */
let foreign: string;
/** An environment's. */
let held: string;
let id: string;
let ours: { labels: Record<string, string>; annotations: Record<string, string> };

beforeAll(async () => {
  scope = await openScope();
  const { admin, cluster, namespace } = scope;
  await giveCredential(scope);
  id = `p${crypto.randomUUID().slice(0, 8)}`;
  await admin.create(PROJECTS, {
    ...projectObject(namespace, id, { environments: [{ name: "live", protected: true }] }),
    metadata: { namespace, name: id, finalizers: ["acme.dev/audit"] },
  });
  await untilPhase(scope, id, "COMPLETED");
  // Nobody but the thief writes while he is looked at.
  await scope.operator.stop();
  held = `project-${id}-live`;
  foreign = uniqueName("foreign");
  await admin.createNamespace(foreign);
  await admin.createSecret(foreign, "database", { password: "hunter2" });
  await admin.createSecret(namespace, "own-git-credential", { password: "hunter2" });
  ours = {
    labels: {
      "app.kubernetes.io/managed-by": "projectgitops",
      "projectgitops.dev/project": id,
      "projectgitops.dev/environment": "live",
    },
    annotations: { "projectgitops.dev/owner": `${namespace}/${id}`, "projectgitops.dev/owner-uid": "1" },
  };
  const { kubeconfigPath } = await operatorToken(cluster);
  thief = new BunK8sClient(kubeconfigPath, { fieldManager: "thief", userAgent: "thief" });
  await eventually(async () => (await refusal(() => thief.createNamespace("no-labels"))) !== "allowed", {
    description: "the policies are in force",
  });
}, 60_000);
afterAll(async () => {
  thief?.close();
  await scope?.stop();
});

test("the API server finds no fault with the expressions of the policies, for any kind that they are about", async () => {
  for (const name of POLICIES) {
    const judged = await eventually(
      async () => {
        const { metadata, status } = await scope.admin.get(POLICY, { name });
        return status?.observedGeneration === metadata?.generation ? status : undefined;
      },
      { description: `${name} is judged` },
    );
    expect({ name, warnings: judged?.typeChecking?.expressionWarnings ?? [] }).toEqual({
      name,
      warnings: [],
    });
  }
});

type Attempt = readonly [tries: string, act: () => Promise<unknown>, because: string];

/** What the API server said to it, or "allowed". */
async function refusal(act: () => Promise<unknown>): Promise<string> {
  try {
    await act();
    return "allowed";
  } catch (error) {
    if (error instanceof K8sApiError && error.statusCode === 403) return error.message;
    throw error;
  }
}

function refuses(attempts: readonly Attempt[]): void {
  test.each(attempts.map((attempt) => [attempt[0], attempt] as const))(
    "may not %s",
    async (_, [, act, because]) => expect(await refusal(act)).toContain(because),
  );
}

const inside = (name: string, namespace: string) => ({ metadata: { name, namespace, ...ours } });
const merge = { type: "merge" } as const;
const subject = (name: string, namespace: string) => ({ kind: "ServiceAccount", name, namespace });
const role = (name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name });

describe("with the operator's token, of Namespaces, one", () => {
  const labels = (project: string) => ({ ...ours.labels, "projectgitops.dev/project": project });
  refuses([
    [
      "create one without the operator's labels",
      () => thief.createNamespace("project-x-live"),
      "only with its labels",
    ],
    [
      "create one under another name",
      () => thief.create(NAMESPACES, { metadata: { name: "payments", labels: labels("x") } }),
      "under the name project-{projectId}-{environment}",
    ],
    ["delete one of somebody else", () => thief.deleteNamespace(foreign), "only Namespaces that it holds"],
    [
      "mark one of somebody else as the operator's",
      () => thief.patch(NAMESPACES, { name: foreign }, { metadata: ours }, merge),
      "only Namespaces that it holds",
    ],
    [
      "mark kube-system, even where it is labelled for adoption",
      () => thief.patch(NAMESPACES, { name: "kube-system" }, { metadata: ours }, merge),
      "the namespaces of the cluster",
    ],
    ["delete the operator's own", () => thief.deleteNamespace("projectgitops-system"), "and its own"],
    [
      "say of an adopted one that the operator had created it, to delete it",
      async () => {
        const name = uniqueName("adopted");
        const metadata = { name, labels: { "projectgitops.dev/adopt": id } };
        await scope.admin.create(NAMESPACES, { metadata });
        expect(await refusal(() => thief.deleteNamespace(name))).toContain("only Namespaces that it created");
        const annotations = { "projectgitops.dev/created-by": "1" };
        return thief.patch(NAMESPACES, { name }, { metadata: { annotations } }, merge);
      },
      "may not claim to have created",
    ],
  ]);
});

describe("with the operator's token, of Secrets, one", () => {
  const token = {
    type: "kubernetes.io/service-account-token",
    metadata: { annotations: { "kubernetes.io/service-account.name": "default" } },
  };
  refuses([
    [
      "create one in a namespace of somebody else, with the operator's labels",
      () => thief.create(SECRETS, { ...inside(`${id}-git-auth`, foreign), type: "Opaque" }),
      "only in namespaces that it holds",
    ],
    [
      "change one in a namespace of somebody else",
      () => thief.patch(SECRETS, { namespace: foreign, name: "database" }, { data: { password: "" } }, merge),
      "only in namespaces that it holds",
    ],
    [
      "delete one in a namespace of somebody else",
      () => thief.deleteSecret(foreign, "database"),
      "only in namespaces that it holds",
    ],
    [
      "create one in an environment without the operator's labels",
      () => thief.createSecret(held, "pull", { ".dockercfg": "{}" }, "kubernetes.io/dockercfg"),
      "only objects with its labels",
    ],
    [
      "change one that a tenant made in an environment",
      async () => {
        const name = uniqueName("tenant");
        await scope.admin.createSecret(held, name, { password: "hunter2" });
        return thief.patch(SECRETS, { namespace: held, name }, { metadata: ours, data: null }, merge);
      },
      "only objects that it holds",
    ],
    [
      "have the API server make a token of a ServiceAccount",
      () => {
        const { metadata } = inside(`${id}-git-auth-2`, held);
        const annotations = { ...metadata.annotations, ...token.metadata.annotations };
        return thief.create(SECRETS, { metadata: { ...metadata, annotations }, type: token.type });
      },
      "only the git Secret {projectId}-git-auth and image pull Secrets",
    ],
    [
      "change a person's Secret that is named like a generated credential",
      () => {
        const ref = { namespace: scope.namespace, name: "own-git-credential" };
        return thief.patch(SECRETS, ref, { metadata: generated(scope.namespace), data: null }, merge);
      },
      "only in namespaces that it holds",
    ],
    [
      "create a generated credential in kube-system",
      () => {
        const metadata = {
          namespace: "kube-system",
          name: "x-git-credential",
          ...generated("kube-system"),
        };
        return thief.create(SECRETS, { metadata, type: "Opaque" });
      },
      "never in a namespace of the cluster",
    ],
    [
      "create a generated credential in the name of a ProjectGitOps of another namespace",
      () => {
        const metadata = { namespace: foreign, name: "x-git-credential", ...generated(scope.namespace) };
        return thief.create(SECRETS, { metadata, type: "Opaque" });
      },
      "only beside the ProjectGitOps that it names",
    ],
  ]);
  const generated = (namespace: string) => ({
    annotations: { "projectgitops.dev/generated": "{}", "projectgitops.dev/owner": `${namespace}/${id}` },
  });
});

describe("with the operator's token, of ServiceAccounts and RoleBindings, one", () => {
  const deployer = () => ({ namespace: held, name: `${id}-deployer` });
  refuses([
    [
      "bind admin in a namespace of somebody else",
      () =>
        thief.create(ROLE_BINDINGS, {
          ...inside(`${id}-deployer`, foreign),
          roleRef: role("admin"),
          subjects: [subject(`${id}-deployer`, foreign)],
        }),
      "only in namespaces that it holds",
    ],
    [
      "bind admin to somebody else in an environment",
      () => thief.patch(ROLE_BINDINGS, deployer(), { subjects: [subject("default", "default")] }, merge),
      "only the deployer of the same namespace",
    ],
    [
      "bind the operator's own ClusterRole, whose rights it has",
      () =>
        thief.create(ROLE_BINDINGS, {
          ...inside(`${id}-deployer`, held),
          roleRef: role("projectgitops"),
          subjects: [subject(`${id}-deployer`, held)],
        }),
      "only a ClusterRole that its own names for the verb bind",
    ],
    [
      "bind a second account beside the deployer",
      () =>
        thief.create(ROLE_BINDINGS, {
          ...inside("helper", held),
          roleRef: role("admin"),
          subjects: [subject("helper", held)],
        }),
      "only under the name {projectId}-deployer",
    ],
    [
      "give the deployer a role of the cloud",
      () =>
        thief.patch(
          SERVICE_ACCOUNTS,
          deployer(),
          { metadata: { annotations: { "eks.amazonaws.com/role-arn": "arn:aws:iam::1:role/admin" } } },
          merge,
        ),
      "no annotation of a ServiceAccount but its own",
    ],
  ]);
});

describe.each(DELIVERIES)("with the operator's token, of Flux's $kind, one", (delivery: Delivery) => {
  const object = (changes: Record<string, unknown>, namespace = held): KubeObject => {
    const spec = { ...delivery.spec(id), serviceAccountName: `${id}-deployer`, ...changes };
    return { ...inside(`${id}-other`, namespace), spec } as KubeObject;
  };
  const create = (changes: Record<string, unknown>, namespace?: string) => () =>
    thief.create(delivery.resource, object(changes, namespace), { dryRun: true });

  test("may create what the operator creates", async () => {
    expect(await refusal(create({ targetNamespace: held }))).toBe("allowed");
  });

  refuses([
    [
      "have one applied with Flux's own rights",
      create({ serviceAccountName: undefined }),
      "only as the deployer",
    ],
    ["have one applied as somebody else", create({ serviceAccountName: "default" }), "only as the deployer"],
    [
      "have one deploy into another namespace",
      create({ targetNamespace: "kube-system" }),
      "only into the same namespace",
    ],
    [
      "have one deploy into another cluster",
      create({ kubeConfig: { secretRef: { name: "other" } } }),
      "into another cluster",
    ],
    [
      "have one deploy from another namespace's source",
      () => thief.create(delivery.resource, object(delivery.elsewhere(id)), { dryRun: true }),
      "only from the project's GitRepository",
    ],
    [
      "make one in a namespace of somebody else",
      () => thief.create(delivery.resource, object({}, foreign), { dryRun: true }),
      "only in namespaces that it holds",
    ],
  ]);
});

describe("with the operator's token, of a ProjectGitOps, one", () => {
  const patch = (body: object) => () =>
    thief.patch(PROJECTS, { namespace: scope.namespace, name: id }, body, merge);
  const annotate = (annotations: Record<string, string | null>) => patch({ metadata: { annotations } });
  refuses([
    [
      "point it at another repository",
      patch({ spec: { git: { url: "https://git.evil.dev/x.git" } } }),
      "what a ProjectGitOps asks for",
    ],
    [
      "confirm the removal of a protected environment",
      annotate({ "projectgitops.dev/confirm-delete": "project-shop-live" }),
      "may not confirm a deletion",
    ],
    [
      "have Flux's finalizers stripped",
      annotate({ "projectgitops.dev/force-delete": "project-shop-live" }),
      "no annotation of a ProjectGitOps but its own",
    ],
    [
      "have a credential replaced",
      annotate({ "projectgitops.dev/rotate": "now" }),
      "no annotation of a ProjectGitOps but its own",
    ],
    [
      "take somebody else's finalizer off",
      patch({ metadata: { finalizers: ["projectgitops.dev/finalizer"] } }),
      "no finalizer but its own",
    ],
  ]);
});

test("with the operator's token one may not tell events of anything but ProjectGitOps objects", async () => {
  const event = {
    metadata: { namespace: foreign, name: uniqueName("event") },
    eventTime: new Date().toISOString().replace("Z", "000Z"),
    reportingController: "kubelet",
    reportingInstance: "node-1",
    action: "Kill",
    reason: "OOMKilled",
    type: "Warning",
    regarding: { kind: "Pod", namespace: foreign, name: "shop", apiVersion: "v1" },
  };
  expect(await refusal(() => thief.create(EVENTS, event))).toContain("events of ProjectGitOps objects only");
});

test.each(CLUSTER_ONLY)(
  "with the operator's token one may not %s a %s of the confinement: RBAC says no",
  async (verb, _kind, resource) => {
    const ref = { name: "projectgitops-namespaces" };
    const act = () =>
      verb === "delete" ? thief.delete(resource, ref) : thief.patch(resource, ref, { metadata: {} }, merge);
    expect(await refusal(act)).toContain("cannot");
  },
);

test("with the operator's token one may read Secrets of all namespaces: RBAC cannot name those that come", async () => {
  const { data } = await thief.getSecret(foreign, "database");
  expect(Buffer.from(data?.["password"] ?? "", "base64").toString()).toBe("hunter2");
});
