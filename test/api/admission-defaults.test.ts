import { beforeAll, describe, expect, test } from "bun:test";
import { parseProject } from "../../src/api/schema.ts";
import {
  adminCall,
  adminRequest,
  type Cluster,
  kubectl,
  sharedCluster,
  uniqueName,
} from "../cluster/index.ts";
import { COLLECTION, object as named, STRICT, spec } from "./admission-support.ts";

interface Answer {
  message?: string;
}
interface Stored {
  spec: { git: object; environments: object[] };
  status: unknown;
}

let cluster: Cluster;
beforeAll(async () => {
  cluster = await sharedCluster();
}, 120_000);

const object = (specification: unknown, name = uniqueName("admission")) => named(specification, name);

/** Asks the API server without storing anything. */
const dryRun = <T>(specification: unknown) =>
  adminRequest<T>(cluster, "POST", `${COLLECTION}?${STRICT}&dryRun=All`, object(specification));

describe("unknown fields", () => {
  const withUnknown = spec({ environments: [{ name: "development", replicas: 3 }] });

  test("are refused for kubectl, which asks for strict validation", async () => {
    const args = ["create", "--dry-run=server", "-f", "-"];
    const { code, stderr } = await kubectl(cluster, args, JSON.stringify(object(withUnknown)));
    expect(code).not.toBe(0);
    expect(stderr).toContain('unknown field "spec.environments[0].replicas"');
  });

  test("are refused by server-side apply", async () => {
    const body = object(withUnknown, "apply-unknown");
    const path = `${COLLECTION}/apply-unknown?${STRICT}&dryRun=All`;
    const answer = await adminRequest<Answer>(cluster, "PATCH", path, body, "application/apply-patch+yaml");
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.body.message).toContain("replicas");
  });

  test("of other writers are dropped, not stored", async () => {
    const path = `${COLLECTION}?dryRun=All`;
    const answer = await adminRequest<Stored>(cluster, "POST", path, object(withUnknown));
    expect(answer.status).toBe(201);
    expect(answer.body.spec.environments[0]).not.toHaveProperty("replicas");
  });
});

describe("defaults", () => {
  test("are filled in by the API server as parseProject fills them in", async () => {
    const written = spec({
      setup: { timeout: "1h" },
      environments: [{ name: "development" }, { name: "staging" }],
    });
    const { body } = await dryRun<Stored>(written);
    const parsed = parseProject(object(written));
    expect<object>(body.spec).toEqual(parsed.ok ? parsed.project.spec : {});
    expect(body.spec).toMatchObject({
      git: { interval: "1m" },
      setup: { timeout: "1h", onFailure: "Rollback" },
      deletionPolicy: "Delete",
      suspend: false,
    });
    expect(body.spec.environments[0]).toEqual({
      name: "development",
      targetNamespace: true,
      interval: "5m",
      timeout: "3m",
      prune: true,
      force: false,
      suspend: false,
      protected: false,
    });
  });

  test("a new object counts as in progress: status.observedGeneration is -1", async () => {
    expect((await dryRun<Stored>(spec())).body.status).toEqual({ observedGeneration: -1 });
  });

  test("none is stored where people may write the opposite later: ref, path, deletionPolicy, wait, namespace", async () => {
    const { body } = await dryRun<Stored>(spec());
    expect(body.spec.git).not.toHaveProperty("ref");
    for (const field of ["ref", "path", "deletionPolicy", "wait", "namespace", "delivery", "postBuild"]) {
      expect(body.spec.environments[0]).not.toHaveProperty(field);
    }
  });

  test("branch gives way to tag on the next apply, since ref is atomic", async () => {
    const name = uniqueName("admission");
    const apply = (ref: object) => {
      const body = object(spec({ git: { url: "https://git.example.com/acme/shop.git", ref } }), name);
      const path = `${COLLECTION}/${name}?${STRICT}`;
      return adminCall<Stored>(cluster, "PATCH", path, body, "application/apply-patch+yaml");
    };
    await apply({ branch: "main" });
    const { spec: stored } = await apply({ tag: "v1" });
    await adminCall(cluster, "DELETE", `${COLLECTION}/${name}`);
    expect(stored.git).toMatchObject({ ref: { tag: "v1" } });
    expect(stored.git).not.toHaveProperty("ref.branch");
  });
});

test("an accepted spec with every option is accepted by both", async () => {
  const full = {
    projectId: "shop",
    git: {
      url: "git@git.example.com:acme/shop.git",
      ref: { branch: "main" },
      interval: "1m30s",
      credential: { secretRef: { name: "shop-git" } },
      knownHosts: "git.example.com ssh-ed25519 AAAA",
    },
    environments: [
      {
        name: "staging",
        ref: { tag: "v1.4.2" },
        namespace: "shop-staging",
        metadata: {
          labels: { "pod-security.kubernetes.io/enforce": "restricted", team: "" },
          annotations: { cost: "42 € a day" },
        },
        targetNamespace: false,
        path: "./k8s/overlays/staging",
        interval: "10m",
        retryInterval: "1m",
        timeout: "10s",
        prune: false,
        wait: false,
        healthChecks: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web" }],
        force: true,
        postBuild: {
          substitute: { replicas: "3" },
          substituteFrom: [{ kind: "ConfigMap", name: "cluster", optional: true }],
        },
        patches: [{ patch: "- op: remove\n  path: /spec/replicas\n", target: { kind: "Deployment" } }],
        images: [{ name: "web", newName: "registry.example.com/web", newTag: "1.2" }],
        decryption: { provider: "sops", secretRef: { name: "keys" } },
        suspend: true,
        imagePullSecrets: [{ name: "registry" }],
        deletionPolicy: "Orphan",
        protected: true,
      },
      {
        name: "production",
        delivery: {
          helm: {
            chart: "./charts/shop",
            values: { replicas: 3, nested: { list: [1, "two"] } },
            valuesFrom: [
              {
                kind: "Secret",
                name: "values",
                valuesKey: "v.yaml",
                targetPath: "db.password",
                optional: true,
              },
            ],
          },
        },
      },
      { name: "development", dependsOn: ["staging"], postBuild: {} },
    ],
    setup: { timeout: "1h", onFailure: "Keep" },
    failurePolicy: { suspendAfter: "24h" },
    deletionPolicy: "Orphan",
    suspend: true,
  };
  const { status, body } = await dryRun<Stored & Answer>(full);
  expect({ status, message: body.message }).toEqual({ status: 201, message: undefined });
  expect(body.spec).toMatchObject(full);
  expect(parseProject(object(full))).toMatchObject({ ok: true, project: { spec: body.spec } });
});

test("kubectl get prints project, phase, readiness and message, and environments under -o wide", async () => {
  const name = uniqueName("admission");
  const { metadata } = await adminCall<{ metadata: object }>(
    cluster,
    "POST",
    `${COLLECTION}?${STRICT}`,
    object(spec(), name),
  );
  const ready = { type: "Ready", reason: "CreatingSecrets", lastTransitionTime: "2026-11-22T00:00:00Z" };
  const status = {
    observedGeneration: 1,
    phase: "CREATING_SECRETS",
    environmentsReady: "0/1",
    conditions: [{ ...ready, status: "False", message: "waiting for shop-git" }],
  };
  await adminCall(cluster, "PUT", `${COLLECTION}/${name}/status?${STRICT}`, {
    ...object(spec(), name),
    metadata,
    status,
  });
  const { stdout } = await kubectl(cluster, ["get", "pgops", name, "-o", "wide"]);
  await adminCall(cluster, "DELETE", `${COLLECTION}/${name}`);
  const [head = "", row = ""] = stdout.split("\n");
  expect(head.trim().split(/ {2,}/)).toEqual([
    "NAME",
    "PROJECT",
    "PHASE",
    "READY",
    "STATUS",
    "AGE",
    "ENVIRONMENTS",
  ]);
  expect(row.trim().split(/ {2,}/)).toEqual([
    name,
    "shop",
    "CREATING_SECRETS",
    "False",
    "waiting for shop-git",
    expect.any(String),
    "0/1",
  ] as string[]);
});
