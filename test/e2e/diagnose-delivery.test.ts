import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CATALOGUE } from "../../src/cli/diagnose/catalogue.ts";
import type { Finding } from "../../src/cli/finding.ts";
import {
  DEPLOYMENTS,
  type KubeObject,
  type ResourceType,
  ROLE_BINDINGS,
  SERVICE_ACCOUNTS,
} from "../../src/kube/index.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import { withKubeconfig } from "../api/cli-support.ts";
import { paste } from "../api/diagnose/paste.ts";
import { AVAILABLE, podOf } from "../api/diagnose/workload.ts";
import { eventually, kubectl } from "../cluster/index.ts";
import { APP, deliver, delivered, namespaceOf, orMissing, publicly } from "./support/options.ts";
import {
  type App,
  applyProject,
  type E2e,
  giveRepository,
  openE2e,
  PROJECTS,
  untilReady,
} from "./support/project.ts";
import { AGE_KEY, ENCRYPTED_SECRET } from "./support/sops.ts";

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
}, 120_000);
afterAll(() => e2e.stop());

const FAST = { retryInterval: "10s" };
const FOLDER = "k8s/overlays/development";
const MINUTE = 60_000;

/**
 * What `diagnose` finds beside the installation: Flux runs as two plain processes here, without the objects that an
 * installation has.
 */
async function findings({ id }: App): Promise<Finding[]> {
  const typed = withKubeconfig(e2e.cluster.kubeconfigPath);
  const { stdout, stderr } = await typed(`diagnose ${id} -n ${e2e.namespace} -o json`);
  if (stdout === "") throw new Error(stderr);
  const { findings } = JSON.parse(stdout) as { findings: Finding[] };
  return findings.filter((one) => CATALOGUE.find(({ id }) => id === one.id)?.area !== "installation");
}

/** Waits until these are found, and nothing else. */
function untilFound(app: App, ...ids: string[]): Promise<[Finding, ...Finding[]]> {
  return eventually(
    async () => {
      const found = await findings(app);
      if (Bun.deepEquals(found.map(({ id }) => id).toSorted(), ids.toSorted())) {
        return found as [Finding, ...Finding[]];
      }
      throw new Error(`found ${Bun.inspect(found)}`);
    },
    { description: `${ids.join(", ")} found`, deadlineMs: 50_000, everyMs: 500 },
  );
}

/** Waits until this alone is found, and begins so. */
async function untilSaid(app: App, id: string, what: string): Promise<Finding> {
  return eventually(
    async () => {
      const [finding] = await untilFound(app, id);
      if (finding.what.startsWith(what)) return finding;
      throw new Error(finding.what);
    },
    { description: `${id} says: ${what}`, deadlineMs: 50_000, everyMs: 500 },
  );
}

async function nothingIsLeft(app: App): Promise<void> {
  await untilReady(e2e, app);
  // Ready may still be the answer from before Flux's last try.
  await eventually(
    async () => {
      const left = await findings(app);
      if (left.length === 0) return true;
      throw new Error(left.map(({ id, evidence }) => `${id}: ${evidence}`).join("; "));
    },
    { description: `nothing is found for ${app.id} any more`, everyMs: 500 },
  );
}

const CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: app}\ndata: {a: b}\n";
const QUOTA = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {pods: '9'}}\n";

test(
  "bad YAML is told with its file and line, and is gone when the file is mended and pushed",
  async () => {
    const app = await deliver(
      e2e,
      "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: app\n data: {}\n",
      FAST,
    );
    const [finding] = await untilFound(app, "YamlInvalid");
    expect(finding.what).toBe(`development cannot be built: ${FOLDER}/app.yaml is no YAML, near line 4`);
    await app.repository.push({
      [`${FOLDER}/kustomization.yaml`]: "resources: [app.yaml]\n",
      [APP]: "a:\n - b\n c: d\n",
    });
    // The same where a kustomization.yaml names the file.
    await untilSaid(
      app,
      "YamlInvalid",
      `development cannot be built: ${FOLDER}/app.yaml is no YAML, near line 1`,
    );
    await app.repository.push({ [APP]: CONFIG_MAP });
    await paste(e2e.cluster, finding.fix);
    await nothingIsLeft(app);
  },
  3 * MINUTE,
);

test(
  "a file that is missing is told once for both environments that name it",
  async () => {
    const app = await giveRepository(e2e, ["development", "staging"], { private: false });
    await app.repository.push({ "k8s/base/kustomization.yaml": "resources: [app.yaml, web.yaml]\n" });
    await applyProject(e2e, app, {
      git: publicly(e2e, app),
      environments: [
        { name: "development", ...FAST },
        { name: "staging", ...FAST },
      ],
    });
    // The two fail one after the other.
    const finding = await untilSaid(app, "FileMissing", "development and staging cannot be built: ");
    expect(finding.what).toContain(" k8s/base/web.yaml is not in the repository at main@");
    await app.repository.push({ "k8s/base/kustomization.yaml": "resources: [app.yaml]\n" });
    await paste(e2e.cluster, finding.fix);
    await nothingIsLeft(app);
  },
  3 * MINUTE,
);

test(
  "what the deployer may not do is told with the rule that is missing, and the pasted Role makes it Ready",
  async () => {
    const app = await deliver(e2e, QUOTA, FAST);
    const [finding] = await untilFound(app, "DeployerForbidden");
    expect(finding.what).toBe("development is not deployed: its deployer may not patch resourcequotas");
    await paste(e2e.cluster, finding.fix);
    await nothingIsLeft(app);
  },
  3 * MINUTE,
);

describe("cluster-scoped objects", () => {
  const CRD = (id: string): string => crd(`widgets.${id}.dev`, `${id}.dev`);

  test(
    "a CRD in the repository is told as such, and a Namespace too, though Flux gives it the environment's name",
    async () => {
      const app = await deliver(e2e, CRD, FAST);
      const [finding] = await untilFound(app, "ClusterScopedObject");
      expect(finding.object).toBe(`CustomResourceDefinition widgets.${app.id}.dev`);
      await app.repository.push({ [APP]: "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n" });
      const what = "development is not deployed: the repository holds a Namespace";
      const { object } = await untilSaid(app, "ClusterScopedObject", what);
      expect(object).toBe(`Namespace ${namespaceOf(app)}`);
      await app.repository.push({ [APP]: CONFIG_MAP });
      await paste(e2e.cluster, finding.fix);
      await nothingIsLeft(app);
    },
    3 * MINUTE,
  );
});

test(
  "an unknown kind is told; with its CRD installed it is the role that lacks a rule, and with that it is Ready",
  async () => {
    const widget = (id: string) => `apiVersion: ${id}.dev/v1\nkind: Widget\nmetadata: {name: one}\n`;
    const app = await deliver(e2e, widget, FAST);
    const [finding] = await untilFound(app, "UnknownKind");
    expect(finding.what).toBe(
      `development is not deployed: the cluster knows no kind Widget of ${app.id}.dev/v1`,
    );
    const installed = await kubectl(
      e2e.cluster,
      ["apply", "-f", "-"],
      crd(`widgets.${app.id}.dev`, `${app.id}.dev`),
    );
    expect(installed.code).toBe(0);
    const [forbidden] = await untilFound(app, "DeployerForbidden");
    expect(forbidden.cause).toContain(`apiGroups ["${app.id}.dev"], resources ["widgets"]`);
    await paste(e2e.cluster, forbidden.fix);
    await nothingIsLeft(app);
  },
  3 * MINUTE,
);

describe("the deployer, while the project is suspended", () => {
  const suspend = (app: App) =>
    e2e.admin.patch(PROJECTS, refOf(app), { spec: { suspend: true } }, { type: "merge" });
  const beside = (app: App) => findings(app).then((all) => all.filter(({ id }) => !/Suspended/.test(id)));

  test(
    "its ServiceAccount that is gone is told, though Flux goes on deploying, and the fix puts it back",
    async () => {
      const app = await delivered(e2e, CONFIG_MAP, FAST);
      await suspend(app);
      await e2e.admin.delete(SERVICE_ACCOUNTS, deployerOf(app));
      const [finding] = await beside(app);
      expect(finding?.id).toBe("DeployerMissing");
      await paste(e2e.cluster, finding?.fix);
      await eventually(() => orMissing(e2e.admin.get(SERVICE_ACCOUNTS, deployerOf(app))), {
        description: "it is made again",
      });
      await nothingIsLeft(app);
    },
    3 * MINUTE,
  );

  test(
    "its RoleBinding that is gone is told, and not what Flux may not do without it",
    async () => {
      const app = await delivered(e2e, CONFIG_MAP, { ...FAST, interval: "10s" });
      await suspend(app);
      await e2e.admin.delete(ROLE_BINDINGS, deployerOf(app));
      const finding = await eventually(
        async () => {
          const { status } = await e2e.admin.get(KUSTOMIZATION, {
            namespace: namespaceOf(app),
            name: `${app.id}-development`,
          });
          if (!JSON.stringify(status).includes("is forbidden")) throw new Error(JSON.stringify(status));
          const [first, ...others] = await beside(app);
          return others.length === 0 && first;
        },
        { description: "Flux has failed, and one thing is found", deadlineMs: 50_000, everyMs: 500 },
      );
      expect(finding.id).toBe("DeployerNotBound");
      await paste(e2e.cluster, finding.fix);
      await nothingIsLeft(app);
    },
    3 * MINUTE,
  );
});

test(
  "an artifact that cannot be fetched inside the cluster is told while kustomize-controller still tries",
  async () => {
    const app = await giveRepository(e2e, ["development"], { private: false });
    const git = { ...publicly(e2e, app), interval: "1h" };
    await applyProject(e2e, app, { git, environments: [{ name: "development", ...FAST }] });
    await untilReady(e2e, app);
    // As if source-controller's Service led nowhere: nobody listens on this port.
    const ref = { namespace: namespaceOf(app), name: `${app.id}-repo` };
    const status = { artifact: { url: "http://127.0.0.1:1/gitrepository/x.tar.gz" } };
    const o = { type: "merge", subresource: "status" } as const;
    await e2e.admin.patch(resourceOf("GitRepository"), ref, { status }, o);
    const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
    const delivery = { namespace: ref.namespace, name: `${app.id}-development` };
    await e2e.admin.patch(KUSTOMIZATION, delivery, { metadata: { annotations } }, { type: "merge" });
    const [finding] = await untilFound(app, "ArtifactUnreachable");
    expect(finding.cause).toContain("at 127.0.0.1:1,");
  },
  2 * MINUTE,
);

test(
  "a source in another namespace, which somebody has written into the Kustomization, is told and taken out",
  async () => {
    const app = await delivered(e2e, CONFIG_MAP, { ...FAST, interval: "10s" });
    const ref = { namespace: namespaceOf(app), name: `${app.id}-development` };
    const spec = { sourceRef: { namespace: "default" } };
    await e2e.admin.patch(KUSTOMIZATION, ref, { spec }, { type: "merge", fieldManager: "hand" });
    const [finding] = await untilFound(app, "CrossNamespaceDenied");
    await paste(e2e.cluster, finding.fix);
    await nothingIsLeft(app);
  },
  3 * MINUTE,
);

test(
  "what the API server does not take as it is, or not in place, is told by object and field",
  async () => {
    const app = await deliver(e2e, service(99_999), { ...FAST, wait: false });
    const [invalid] = await untilFound(app, "ObjectInvalid");
    expect(invalid.what).toBe("development is not deployed: Service web is not valid: spec.ports[0].port");
    await app.repository.push({ [APP]: DEPLOYMENT });
    await eventually(() => orMissing(e2e.admin.getDeployment(namespaceOf(app), "web")), {
      description: "the Deployment is applied",
      deadlineMs: 50_000,
    });
    await app.repository.push({ [APP]: DEPLOYMENT.replaceAll('{"app":"web"}', '{"app":"other"}') });
    const immutable = await untilSaid(app, "FieldImmutable", "development is not deployed: Deployment web");
    expect(immutable.fix).toStartWith(`kubectl delete deployment web -n ${namespaceOf(app)}\n`);
    await paste(e2e.cluster, immutable.fix);
    await eventually(
      async () =>
        (await e2e.admin.getDeployment(namespaceOf(app), "web")).spec?.selector.matchLabels?.["app"] ===
        "other",
      { description: "Flux makes it anew", deadlineMs: 50_000 },
    );
  },
  3 * MINUTE,
);

test(
  "a Deployment that is never ready is told with its pod's reason, before Flux gives up and after",
  async () => {
    const app = await deliver(e2e, DEPLOYMENT, { ...FAST, timeout: "10s" });
    const namespace = namespaceOf(app);
    const deployment = await eventually(() => orMissing(e2e.admin.getDeployment(namespace, "web")), {
      description: "the Deployment is applied",
      deadlineMs: 30_000,
    });
    // No controller of Deployments and no kubelet run here: their part is written.
    await podOf(e2e.admin, deployment, {
      phase: "Pending",
      containerStatuses: [
        {
          name: "web",
          image: "acme/shop:2",
          imageID: "",
          ready: false,
          restartCount: 0,
          state: { waiting: { reason: "ErrImagePull", message: "manifest unknown" } },
        },
      ],
    });
    await untilFound(app, "ImagePullFailed");
    await eventually(
      async () => {
        const { status } = await e2e.admin.get(KUSTOMIZATION, { namespace, name: `${app.id}-development` });
        return JSON.stringify(status).includes('"HealthCheckFailed"');
      },
      { description: "Flux gives up", deadlineMs: 60_000, everyMs: 500 },
    );
    const [finding] = await untilFound(app, "ImagePullFailed");
    expect(finding.what).toBe("development: the image acme/shop:2 of Deployment web cannot be pulled");
    const o = { type: "merge", subresource: "status" } as const;
    await e2e.admin.patch(DEPLOYMENTS, { namespace, name: "web" }, { status: AVAILABLE }, o);
    await paste(e2e.cluster, finding.fix);
    await nothingIsLeft(app);
  },
  4 * MINUTE,
);

test(
  "an environment that waits for another is told beside what keeps that one, which comes first",
  async () => {
    const app = await giveRepository(e2e, ["development", "staging"], { private: false });
    await app.repository.push({ [`${FOLDER}/kustomization.yaml`]: "resources: [../../base, gone.yaml]\n" });
    await applyProject(e2e, app, {
      git: publicly(e2e, app),
      environments: [
        { name: "development", ...FAST },
        { name: "staging", dependsOn: ["development"], ...FAST },
      ],
    });
    const found = await untilFound(app, "FileMissing", "DependencyNotReady");
    expect(found.map(({ id }) => id)).toEqual(["FileMissing", "DependencyNotReady"]);
    expect(found[1]?.what).toBe("staging waits for development, which is not Ready");
    await app.repository.push({ [`${FOLDER}/kustomization.yaml`]: "resources: [../../base]\n" });
    await paste(e2e.cluster, found[0].fix);
    await nothingIsLeft(app);
  },
  3 * MINUTE,
);

test(
  "a Secret that nobody can decrypt is told with the Secret of the key, and a variable without a value by its name",
  async () => {
    const app = await deliver(e2e, ENCRYPTED_SECRET, {
      ...FAST,
      decryption: { provider: "sops", secretRef: { name: "sops-age" } },
      postBuild: {},
    });
    const [finding] = await untilFound(app, "DecryptionFailed");
    expect(finding.object).toBe(`Secret ${namespaceOf(app)}/sops-age`);
    await e2e.admin.createSecret(namespaceOf(app), "sops-age", { "age.agekey": AGE_KEY });
    await app.repository.push({ [APP]: CONFIG_MAP.replace("b}", `"\${region}"}`) });
    const [variable] = await untilFound(app, "SubstitutionFailed");
    expect(variable.what).toBe("development cannot be built: the variable region has no value");
    await app.repository.push({ [APP]: CONFIG_MAP });
    await nothingIsLeft(app);
  },
  3 * MINUTE,
);

const KUSTOMIZATION = resourceOf("Kustomization") as ResourceType<KubeObject & { status?: object }>;
const refOf = ({ id }: App) => ({ namespace: e2e.namespace, name: id });
const deployerOf = (app: App) => ({ namespace: namespaceOf(app), name: `${app.id}-deployer` });

const crd = (name: string, group: string): string =>
  JSON.stringify({
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: { name },
    spec: {
      group,
      scope: "Namespaced",
      names: { plural: "widgets", singular: "widget", kind: "Widget" },
      versions: [
        { name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } },
      ],
    },
  });

const service = (port: number): string =>
  `apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec: {ports: [{port: ${port}}]}\n`;

const DEPLOYMENT = JSON.stringify({
  apiVersion: "apps/v1",
  kind: "Deployment",
  metadata: { name: "web" },
  spec: {
    selector: { matchLabels: { app: "web" } },
    template: {
      metadata: { labels: { app: "web" } },
      spec: { containers: [{ name: "web", image: "acme/shop:2" }] },
    },
  },
});
