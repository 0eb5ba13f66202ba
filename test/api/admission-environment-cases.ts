import { DURATION, environment, environments, ONE_REF, type Refusal } from "./admission-support.ts";

const RESERVED = "are set by the operator: remove them";
const HELM = "delivery.helm stands in place of a Kustomization: remove path";

/** What is refused in environments[]. */
export const ENVIRONMENT_REFUSALS: Refusal[] = [
  {
    what: "two fields in an environment's ref",
    spec: environment({ ref: { tag: "v1", semver: "1.x" } }),
    path: "spec.environments[0].ref",
    says: ONE_REF,
  },
  {
    what: "a timeout under 10s",
    spec: environment({ timeout: "3s" }),
    path: "spec.environments[0].timeout",
    says: DURATION,
  },
  {
    what: "no environment",
    spec: environments(),
    path: "spec.environments",
    says: "must have at least 1 items",
    serverSays: "should have at least 1 items",
  },
  {
    what: "21 environments",
    spec: environments(...Array.from({ length: 21 }, (_, i) => ({ name: `e${i}` }))),
    path: "spec.environments",
    says: "must have at most 20 items",
    serverSays: "must have at most 20 items",
  },
  {
    what: "two environments of one name",
    spec: environments({ name: "a" }, { name: "a" }),
    path: "spec.environments",
    says: "two environments have the same name",
    serverSays: "Duplicate value",
  },
  ...["Dev", "1st", "dev-", "a_b"].map((name) => ({
    what: `environment name ${name}`,
    spec: environments({ name }),
    path: "spec.environments[0].name",
    says: "must be 1 to 14 lower-case letters, digits and -, beginning with a letter",
  })),
  {
    what: "an environment name of 15 characters",
    spec: environments({ name: "a".repeat(15) }),
    path: "spec.environments[0].name",
    says: "must have at most 14 characters",
    serverSays: "may not be more than 14 bytes",
  },
  {
    what: "a namespace of the cluster",
    spec: environment({ namespace: "kube-system" }),
    path: "spec.environments[0].namespace",
    says: "is a namespace of the cluster itself",
  },
  {
    what: "a namespace with dots",
    spec: environment({ namespace: "a.b" }),
    path: "spec.environments[0].namespace",
    says: "must be the name of a namespace",
  },
  {
    what: "one namespace for two environments",
    spec: environments({ name: "a", namespace: "project-shop-b" }, { name: "b" }),
    path: "spec.environments",
    says: "two environments have the same namespace: each needs its own",
  },
  ...[
    ["changed", { namespace: "one" }, { namespace: "two" }],
    ["added", {}, { namespace: "two" }],
    ["removed", { namespace: "one" }, {}],
  ].map(([how, before, after]) => ({
    what: `a namespace that is ${how as string}`,
    before: environment(before as object),
    spec: environment(after as object),
    path: "spec.environments[0].namespace",
    says: "cannot be changed, added or removed: remove the environment and add it under another name",
  })),
  ...[
    "projectgitops.dev/owner",
    "app.kubernetes.io/managed-by",
    "toolkit.fluxcd.io/tenant",
    "kubernetes.io/metadata.name",
  ].flatMap((key) =>
    ["labels", "annotations"].map((where) => ({
      what: `${key} among the ${where}`,
      spec: environment({ metadata: { [where]: { [key]: "x" } } }),
      path: `spec.environments[0].metadata.${where}`,
      says: RESERVED,
    })),
  ),
  {
    what: "a label with a malformed key",
    spec: environment({ metadata: { labels: { "a/b/c": "x" } } }),
    path: "spec.environments[0].metadata.labels",
    says: "a label's key must be like name or example.com/name",
  },
  {
    what: "a label with a malformed value",
    spec: environment({ metadata: { labels: { a: "-x" } } }),
    path: "spec.environments[0].metadata.labels",
    says: "a label's value must be empty or letters",
  },
  {
    what: "an annotation with a malformed key",
    spec: environment({ metadata: { annotations: { "a b": "x" } } }),
    path: "spec.environments[0].metadata.annotations",
    says: "an annotation's key must be like name or example.com/name",
  },
  {
    what: "33 labels",
    spec: environment({
      metadata: { labels: Object.fromEntries(Array.from({ length: 33 }, (_, i) => [`l${i}`, ""])) },
    }),
    path: "spec.environments[0].metadata.labels",
    says: "must have at most 32 labels",
    serverSays: "must have at most 32 items",
  },
  {
    what: "a path out of the repository",
    spec: environment({ path: "./k8s/../../etc" }),
    path: "spec.environments[0].path",
    says: "must not leave the repository",
  },
  {
    what: "prune that is a text",
    spec: environment({ prune: "yes" }),
    path: "spec.environments[0].prune",
    says: "must be of type boolean",
  },
  {
    what: "dependsOn itself",
    spec: environment({ dependsOn: ["development"] }),
    path: "spec.environments",
    says: "dependsOn must name other environments of this project",
  },
  {
    what: "dependsOn nobody",
    spec: environment({ dependsOn: ["staging"] }),
    path: "spec.environments",
    says: "dependsOn must name other environments of this project",
  },
  {
    what: "dependsOn an environment delivered another way",
    spec: environments({ name: "a", delivery: { helm: { chart: "./c" } } }, { name: "b", dependsOn: ["a"] }),
    path: "spec.environments",
    says: "dependsOn must name environments that are delivered the same way",
  },
  {
    what: "wait: true beside healthChecks",
    spec: environment({
      wait: true,
      healthChecks: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web" }],
    }),
    path: "spec.environments[0]",
    says: "wait: true makes Flux ignore healthChecks: remove one of the two",
  },
  ...[
    { path: "./k8s" },
    { postBuild: {} },
    { patches: [] },
    { images: [] },
    { decryption: { provider: "sops" } },
    { healthChecks: [] },
    { retryInterval: "1m" },
    { force: true },
  ].map((option) => ({
    what: `${Object.keys(option)[0]} beside delivery.helm`,
    spec: environment({ delivery: { helm: { chart: "./chart" } }, ...option }),
    path: "spec.environments[0]",
    says: HELM,
  })),
  {
    what: "a variable named project",
    spec: environment({ postBuild: { substitute: { project: "x" } } }),
    path: "spec.environments[0].postBuild.substitute",
    says: "project and environment are set by the operator",
  },
  {
    what: "a variable with a -",
    spec: environment({ postBuild: { substitute: { "a-b": "x" } } }),
    path: "spec.environments[0].postBuild.substitute",
    says: "a variable's name must begin with a letter or _",
  },
  {
    what: "an image with newTag and digest",
    spec: environment({ images: [{ name: "web", newTag: "1", digest: `sha256:${"0".repeat(64)}` }] }),
    path: "spec.environments[0].images[0]",
    says: "newTag and digest exclude each other",
  },
  {
    what: "a malformed digest",
    spec: environment({ images: [{ name: "web", digest: "sha256:abc" }] }),
    path: "spec.environments[0].images[0].digest",
    says: "must be sha256: and 64 characters 0-9 a-f",
  },
  {
    what: "another provider than sops",
    spec: environment({ decryption: { provider: "vault" } }),
    path: "spec.environments[0].decryption.provider",
    says: "must be one of sops",
    serverSays: 'supported values: "sops"',
  },
  {
    what: "an image pull Secret named as the git credential's copy",
    spec: environment({ imagePullSecrets: [{ name: "shop-git-auth" }] }),
    path: "spec.environments",
    says: "imagePullSecrets must not name {projectId}-git-auth",
  },
  {
    what: "values of a chart that are a text",
    spec: environment({ delivery: { helm: { chart: "./c", values: "a: b" } } }),
    path: "spec.environments[0].delivery.helm.values",
    says: "must be of type record",
    serverSays: "must be of type object",
  },
];
