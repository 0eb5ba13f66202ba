import { expect, test } from "bun:test";
import { drift } from "../../../src/machine/index.ts";
import type { Desired } from "../../../src/plan/index.ts";
import { desiredState, fieldsOf, live, pick, project } from "./support.ts";

const shop = project({ environments: [{ name: "development", imagePullSecrets: [{ name: "registry" }] }] });
const desired = desiredState(shop);
const repository = pick(desired, "GitRepository");
const kustomization = pick(desired, "Kustomization");
const namespace = pick(desired, "Namespace");
const account = pick(desired, "ServiceAccount");
const binding = pick(desired, "RoleBinding");
const held = desiredState(
  project(),
  {},
  {
    environmentDefaults: {
      resourceQuota: { hard: { pods: "9" } },
      limitRange: { limits: [{ type: "Container", max: { cpu: "2" } }] },
      networkPolicy: { egress: "DNSAndGit" },
    },
  },
);
const [isolation, quota, limits] = [
  pick(held, "NetworkPolicy"),
  pick(held, "ResourceQuota"),
  pick(held, "LimitRange"),
];
const policy = isolation.manifest["spec"] as { egress: { ports?: object[] }[] };
/** One maximum, and what the API server makes of it. */
const BOUNDS = { max: { cpu: "2" }, default: { cpu: "2" }, defaultRequest: { cpu: "2" } };
/** The first port of each rule has an end: every field that was sent is still there. */
const widened = policy.egress.map((rule) =>
  rule.ports ? { ...rule, ports: rule.ports.map((port) => ({ ...port, endPort: 65535 })) } : rule,
);
const secret = pick(desired, "Secret");

/** The object as our POST left it, with `more` in its spec, which we own too where `ours`. */
function withSpec(object: Desired, more: Record<string, unknown>, ours = false) {
  const spec = { ...(object.manifest["spec"] as object), ...more };
  const made = live(object, { spec });
  const [entry] = made.metadata.managedFields ?? [];
  const owned = { ...(entry?.fieldsV1 as object), "f:spec": fieldsOf(ours ? spec : object.manifest["spec"]) };
  return live(object, { spec, metadata: { managedFields: [{ ...entry, fieldsV1: owned }] } });
}

/** metadata.managedFields with another manager than ours for the given fields. */
const managedBy = (manager: string, fields: unknown, operation = "Apply", subresource?: string) => ({
  manager,
  operation,
  ...(subresource ? { subresource } : {}),
  fieldsV1: fieldsOf(fields),
});

const { labels, annotations } = live(namespace).metadata;

const ROWS: [sentence: string, manifest: Desired, object: ReturnType<typeof live>, paths: string[]][] = [
  ["an object as our POST left it has none", repository, live(repository), []],
  ["a field that somebody changed", repository, withSpec(repository, { interval: "9m" }), ["spec.interval"]],
  [
    "a field that somebody removed",
    kustomization,
    live(kustomization, { spec: { ...(kustomization.manifest["spec"] as object), prune: undefined } }),
    ["spec.prune"],
  ],
  [
    "a label that somebody changed",
    namespace,
    live(namespace, { metadata: { labels: { ...labels, "projectgitops.dev/project": "x" } } }),
    ["metadata.labels.projectgitops.dev/project"],
  ],
  ["a whole spec that is gone", repository, live(repository, { spec: undefined }), ["spec"]],
  [
    "what people add beside our fields is none",
    namespace,
    live(namespace, {
      metadata: { labels: { ...labels, team: "a" }, annotations: { ...annotations, note: "b" } },
    }),
    [],
  ],
  [
    "a field of the spec that somebody else added is none",
    repository,
    withSpec(repository, { ignore: "*.md" }),
    [],
  ],
  [
    "the trap of POST and apply: a field of ours that is no longer wanted, in the Update entry",
    repository,
    withSpec(repository, { ref: { branch: "main", tag: "v1" } }, true),
    ["spec.ref.tag"],
  ],
  [
    "the same in an Apply entry",
    repository,
    live(repository, {
      spec: { ...(repository.manifest["spec"] as object), ignore: "*.md" },
      metadata: { managedFields: [managedBy("projectgitops", { spec: { ignore: "*.md" } })] },
    }),
    ["spec.ignore"],
  ],
  [
    "a field in both of our entries is named once",
    repository,
    live(repository, {
      spec: { ...(repository.manifest["spec"] as object), ignore: "*.md" },
      metadata: {
        managedFields: [
          managedBy("projectgitops", { spec: { ignore: "*.md" } }),
          managedBy("projectgitops", { spec: { ignore: "*.md" } }, "Update"),
        ],
      },
    }),
    ["spec.ignore"],
  ],
  [
    "a field that we dropped and somebody removed already is none",
    repository,
    live(repository, {
      metadata: { managedFields: [managedBy("projectgitops", { spec: { ignore: "*.md" } })] },
    }),
    [],
  ],
  [
    "an unwanted field of another manager is none: `flux suspend` stays",
    kustomization,
    live(kustomization, {
      spec: { ...(kustomization.manifest["spec"] as object), suspend: true },
      metadata: { managedFields: [managedBy("flux", { spec: { suspend: true } }, "Update")] },
    }),
    [],
  ],
  [
    "suspend: true of our own goes when the spec no longer says so",
    kustomization,
    withSpec(kustomization, { suspend: true }, true),
    ["spec.suspend"],
  ],
  [
    "our fields of the status subresource are none",
    repository,
    live(repository, {
      status: { x: 1 },
      metadata: { managedFields: [managedBy("projectgitops", { status: { x: 1 } }, "Update", "status")] },
    }),
    [],
  ],
  [
    "created-by and requestedAt are carried forward, and are none",
    repository,
    live(repository, {
      metadata: {
        annotations: { ...live(repository).metadata.annotations, "reconcile.fluxcd.io/requestedAt": "now" },
      },
    }),
    [],
  ],
  [
    "a default of Flux's CRD, which a POST makes ours, is none",
    kustomization,
    withSpec(kustomization, { force: false }, true),
    [],
  ],
  [
    "force: true that is no longer wanted has to go",
    kustomization,
    withSpec(kustomization, { force: true }, true),
    ["spec.force"],
  ],
  [
    "the label that the API server puts on every Namespace is none",
    namespace,
    live(namespace, {
      spec: { finalizers: ["kubernetes"] },
      metadata: {
        labels: { ...labels, "kubernetes.io/metadata.name": namespace.name },
        managedFields: [
          managedBy(
            "projectgitops",
            { metadata: { labels: { "kubernetes.io/metadata.name": "x" } } },
            "Update",
          ),
        ],
      },
    }),
    [],
  ],
  [
    "a pull Secret that somebody added to the ServiceAccount is none",
    account,
    // Who adds to a list that is owned as a whole owns it from then on.
    live(account, {
      imagePullSecrets: [{ name: "theirs" }, { name: "registry" }],
      metadata: { managedFields: [] },
    }),
    [],
  ],
  [
    "a pull Secret of ours that was removed from it",
    account,
    live(account, { imagePullSecrets: [{ name: "theirs" }], metadata: { managedFields: [] } }),
    ["imagePullSecrets"],
  ],
  [
    "a pull Secret of ours that is no longer wanted, beside one that is",
    account,
    live(account, {
      imagePullSecrets: [{ name: "registry" }, { name: "old" }],
      metadata: {
        managedFields: [
          {
            manager: "projectgitops",
            operation: "Update",
            fieldsV1: {
              "f:imagePullSecrets": {
                ".": {},
                'k:{"name":"registry"}': { "f:name": {} },
                'k:{"name":"old"}': { "f:name": {} },
              },
            },
          },
        ],
      },
    }),
    ["imagePullSecrets"],
  ],
  [
    "a subject that somebody added to the RoleBinding: an atomic list is judged as a whole",
    binding,
    live(binding, {
      subjects: [...(binding.manifest["subjects"] as object[]), { kind: "User", name: "eve" }],
    }),
    ["subjects"],
  ],
  [
    "defaults that the server fills in inside an item are none",
    binding,
    live(binding, {
      subjects: (binding.manifest["subjects"] as object[]).map((subject) => ({ ...subject, apiGroup: "" })),
    }),
    [],
  ],
  [
    "another role",
    binding,
    live(binding, { roleRef: { ...(binding.manifest["roleRef"] as object), name: "edit" } }),
    ["roleRef.name"],
  ],
  ["a NetworkPolicy as the API server keeps it is as it was sent", isolation, live(isolation), []],
  [
    "a podSelector that is narrowed opens the Pods that it leaves out",
    isolation,
    live(isolation, { spec: { ...policy, podSelector: { matchLabels: { none: "such" } } } }),
    ["spec.podSelector"],
  ],
  [
    "an endPort beside a port opens all between them",
    isolation,
    live(isolation, { spec: { ...policy, egress: widened } }),
    ["spec.egress"],
  ],
  [
    "rules for a direction that the policy says nothing of have no effect without its type",
    isolation,
    live(isolation, { spec: { ...policy, ingress: [{}] } }),
    [],
  ],
  [
    "an amount that somebody added to a ResourceQuota only tightens it",
    quota,
    live(quota, { spec: { hard: { pods: "9", services: "1" } } }),
    [],
  ],
  [
    "an amount of a ResourceQuota that was raised",
    quota,
    live(quota, { spec: { hard: { pods: "900" } } }),
    ["spec.hard.pods"],
  ],
  [
    "a LimitRange as the API server keeps it is as it was sent",
    limits,
    live(limits, { spec: { limits: [{ type: "Container", ...BOUNDS }] } }),
    [],
  ],
  [
    "a bound of a LimitRange that is not wanted any more",
    limits,
    live(limits, { spec: { limits: [{ type: "Container", ...BOUNDS, min: { cpu: "1" } }] } }),
    ["spec.limits"],
  ],
  [
    "a key of a Secret that was edited by hand",
    secret,
    live(secret, { data: { ...(secret.manifest["data"] as object), identity: "b3RoZXI=" } }),
    ["data.identity"],
  ],
  [
    "a key that somebody added to a Secret is none",
    secret,
    live(secret, { data: { ...(secret.manifest["data"] as object), extra: "eA==" } }),
    [],
  ],
];

for (const [sentence, manifest, object, paths] of ROWS)
  test(`drift: ${sentence}`, () => expect(drift(manifest.manifest, object)).toEqual(paths));

test("drift: a default of HelmRelease's CRD, which a POST makes ours, is none", () => {
  const state = desiredState(
    project({ environments: [{ name: "development", delivery: { helm: { chart: "./chart" } } }] }),
  );
  const release = pick(state, "HelmRelease");
  const chart = (release.manifest["spec"] as { chart: { spec: object } }).chart;
  const object = withSpec(release, { chart: { spec: { ...chart.spec, version: "*" } } }, true);
  expect(drift(release.manifest, object)).toEqual([]);
});
