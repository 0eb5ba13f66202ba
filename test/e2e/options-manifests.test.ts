import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { CONFIG_MAPS, SECRETS } from "../../src/kube/index.ts";
import { deliver, delivered, namespaceOf, orMissing, untilNamespace } from "./support/options.ts";
import { type App, type E2e, openE2e, untilComplaint, untilReady } from "./support/project.ts";
import { AGE_KEY, DECRYPTED, ENCRYPTED_SECRET } from "./support/sops.ts";

let e2e: E2e;
beforeAll(async () => {
  e2e = await openE2e();
});
afterAll(() => e2e.stop());

describe("postBuild", () => {
  const SCRIPT = `\${project} in \${environment} of \${region}, home is \${HOME}`;

  test("is off unless asked for: every variable in a manifest survives", async () => {
    const app = await delivered(e2e, configMap({ script: SCRIPT }), {});
    expect(await dataOf(app)).toEqual({ script: SCRIPT });
  });

  test("knows project and environment even where it is empty, keeps what has a second $, and heeds defaults", async () => {
    const script = `\${project} in \${environment}, home is $\${HOME}, region \${region:=none}`;
    const app = await delivered(e2e, configMap({ script }), { postBuild: {} });
    expect(await dataOf(app)).toEqual({ script: `${app.id} in development, home is \${HOME}, region none` });
  });

  test("stops at a variable that nobody gave, and says which", async () => {
    const app = await deliver(e2e, configMap({ script: SCRIPT }), { postBuild: {} });
    await untilComplaint(
      e2e,
      app,
      /^development: cannot deploy: .*ConfigMap.*app.*variable not set.*"region"/,
    );
    expect(await orMissing(dataOf(app))).toBeUndefined();
  });

  test("replaces what substitute names", async () => {
    const app = await delivered(e2e, configMap({ script: SCRIPT }), {
      postBuild: { substitute: { region: "eu", HOME: "/srv" } },
    });
    expect(await dataOf(app)).toEqual({ script: `${app.id} in development of eu, home is /srv` });
  });

  test("takes variables from a ConfigMap of the environment that comes later, and none that is the operator's", async () => {
    const app = await deliver(e2e, configMap({ script: SCRIPT }), {
      interval: "1h",
      retryInterval: "10s",
      postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "variables" }] },
    });
    await untilComplaint(e2e, app, /development: .*variables.* not found/);
    await e2e.admin.create(CONFIG_MAPS, {
      metadata: { namespace: namespaceOf(app), name: "variables" },
      data: { region: "us", HOME: "/root", project: "another" },
    });
    // The interval is an hour: it is the retryInterval that brings this about.
    await untilReady(e2e, app);
    expect(await dataOf(app)).toEqual({ script: `${app.id} in development of us, home is /root` });
  });
});

test("patches change what the manifests say, chosen by name or by target", async () => {
  const app = await delivered(e2e, configMap({ level: "info", color: "red" }), {
    patches: [
      { patch: "{apiVersion: v1, kind: ConfigMap, metadata: {name: app}, data: {level: debug}}" },
      {
        patch: "- {op: replace, path: /data/color, value: green}",
        target: { kind: "ConfigMap", name: "a.*" },
      },
    ],
  });
  expect(await dataOf(app)).toEqual({ level: "debug", color: "green" });
});

test("images gives another registry, tag or digest to what the manifests run", async () => {
  const digest = `sha256:${"a".repeat(64)}`;
  const app = await delivered(e2e, deployment(["shop:1.0", "nginx", "busybox:1"]), {
    wait: false,
    images: [
      { name: "shop", newTag: "2.0" },
      { name: "nginx", newName: "registry.example.com/nginx", digest },
    ],
  });
  const { spec } = await e2e.admin.getDeployment(namespaceOf(app), "app");
  expect(spec?.template.spec?.containers.map(({ image }) => image)).toEqual([
    "shop:2.0",
    `registry.example.com/nginx@${digest}`,
    "busybox:1",
  ]);
});

describe("targetNamespace", () => {
  test("puts everything into the environment's namespace, whatever the manifests say", async () => {
    const app = await delivered(e2e, configMap({ a: "b" }, "kube-public"), {});
    expect(await dataOf(app)).toEqual({ a: "b" });
    const elsewhere = e2e.admin.get(CONFIG_MAPS, { namespace: "kube-public", name: "app" });
    expect(await orMissing(elsewhere)).toBeUndefined();
  });

  test("set to false leaves the manifests' own namespaces alone", async () => {
    const manifest = (id: string) => configMap({ a: "b" }, `project-${id}-development`);
    const app = await delivered(e2e, manifest, { targetNamespace: false });
    expect(await dataOf(app)).toEqual({ a: "b" });
  });

  test("set to false still lets nothing into another namespace: the deployer has no rights there", async () => {
    const app = await deliver(e2e, configMap({ a: "b" }, "kube-public"), { targetNamespace: false });
    await untilComplaint(
      e2e,
      app,
      new RegExp(`Forbidden.*system:serviceaccount:${namespaceOf(app)}:${app.id}-deployer`),
    );
  });
});

test("decryption opens a Secret that SOPS encrypted, with the age key of the environment's namespace", async () => {
  const app = await deliver(e2e, ENCRYPTED_SECRET, {
    retryInterval: "10s",
    decryption: { provider: "sops", secretRef: { name: "sops-age" } },
  });
  const namespace = await untilNamespace(e2e, app);
  await e2e.admin.createSecret(namespace, "sops-age", { "shop.agekey": AGE_KEY });
  await untilReady(e2e, app);
  const { data } = await e2e.admin.get(SECRETS, { namespace, name: "database" });
  expect(atob(data?.["password"] ?? "")).toBe(DECRYPTED);
});

const dataOf = async (app: App) =>
  (await e2e.admin.get(CONFIG_MAPS, { namespace: namespaceOf(app), name: "app" })).data;

const configMap = (data: Record<string, string>, namespace?: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "app", ...(namespace ? { namespace } : {}) },
    data,
  });

const deployment = (images: string[]): string =>
  JSON.stringify({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "app" },
    spec: {
      selector: { matchLabels: { app: "app" } },
      template: {
        metadata: { labels: { app: "app" } },
        spec: { containers: images.map((image, index) => ({ name: `c${index}`, image })) },
      },
    },
  });
