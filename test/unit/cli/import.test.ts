import { describe, expect, test } from "bun:test";
import { parseProject } from "../../../src/api/schema.ts";
import { type Derived, derive } from "../../../src/cli/import/derive.ts";
import { discover } from "../../../src/cli/import/discover.ts";
import { environmentNameOf } from "../../../src/cli/import/environment-name.ts";
import type { GitRepository, Kustomization } from "../../../src/cli/import/flux-objects.ts";
import { carryKustomization } from "../../../src/cli/import/kustomization-fields.ts";
import { planOf, unusedAfterwards } from "../../../src/cli/import/plan.ts";
import type { Found } from "../../../src/cli/import/read.ts";
import { beforeRetirement, retirementOf } from "../../../src/cli/import/retired.ts";

const repository = (
  namespace: string,
  name: string,
  spec: Partial<GitRepository["spec"]> = {},
): GitRepository => ({
  metadata: { namespace, name },
  spec: { url: "https://git.example.com/acme/shop.git", ref: { branch: "main" }, interval: "1m0s", ...spec },
});

const kustomization = (
  namespace: string,
  name: string,
  spec: Partial<Kustomization["spec"]> = {},
): Kustomization => ({
  metadata: { namespace, name },
  spec: { sourceRef: { kind: "GitRepository", name: "repo" }, interval: "5m0s", prune: true, ...spec },
});

const found = (parts: Partial<Found>, ...namespaces: string[]): Found => ({
  namespaces: namespaces.map((name) => ({ metadata: { name } })),
  repositories: [],
  kustomizations: [],
  helmReleases: [],
  secrets: [],
  accounts: [],
  bindings: [],
  closed: [],
  ...parts,
});

const wanted = {
  projectId: "shop",
  name: "shop",
  namespace: "platform",
  names: new Map<string, string>(),
  credential: "shop-git",
};
const environmentsOf = ({ manifest }: Derived) => manifest.spec.environments;

describe("an environment's name", () => {
  test.each([
    ["project-shop-development", "x", "development"],
    ["team", "shop-staging", "staging"],
    ["shop-qa", "x", "qa"],
    ["prod-shop", "x", "prod"],
    ["live", "x", "live"],
    ["a-namespace-with-a-long-name", "x", undefined],
    ["8888", "x", undefined],
  ])("in namespace %s with Kustomization %s is %s", (namespace, name, environment) => {
    expect(environmentNameOf(namespace, name, wanted)).toBe(environment);
  });

  test("is what people say, before all guesses", () => {
    const names = new Map([["project-shop-development", "dev"]]);
    expect(environmentNameOf("project-shop-development", "x", { ...wanted, names })).toBe("dev");
  });
});

describe("a Kustomization's fields", () => {
  const about = {
    projectId: "shop",
    environment: "dev",
    namespace: "n",
    environments: new Map([["n/base", "base"]]),
  };
  const carry = (spec: Partial<Kustomization["spec"]>) =>
    carryKustomization(kustomization("n", "k", spec), about);
  const LIKE_OURS = { targetNamespace: "n", path: "./k8s/overlays/dev", timeout: "3m", wait: true };

  test("that say the default are left out", () => {
    expect(carry(LIKE_OURS)).toEqual({ fields: {}, misfits: [] });
  });

  test("keep what Flux does without them, where the operator's default is another", () => {
    const { fields } = carry({});
    expect(fields).toEqual({ targetNamespace: false, path: "./", timeout: "5m", wait: false });
    expect(carry({ ...LIKE_OURS, prune: false }).fields).toEqual({ prune: false });
  });

  test("are carried over as they are", () => {
    const patches = [{ patch: "x" }];
    const postBuild = {
      substitute: { a: "1", project: "shop" },
      substituteFrom: [{ kind: "Secret", name: "s" }],
    };
    expect(
      carry({
        ...LIKE_OURS,
        interval: "1h0m0s",
        retryInterval: "30s",
        force: true,
        suspend: true,
        patches,
        postBuild,
        dependsOn: [{ name: "base" }],
      }),
    ).toEqual({
      fields: {
        interval: "1h",
        retryInterval: "30s",
        dependsOn: ["base"],
        force: true,
        postBuild: { substitute: { a: "1" }, substituteFrom: postBuild.substituteFrom },
        patches,
        suspend: true,
      },
      misfits: [],
    });
  });

  test("that an environment has no words for are told", () => {
    const check = (namespace: string) => ({
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "web",
      namespace,
    });
    const { fields, misfits } = carry({
      ...LIKE_OURS,
      targetNamespace: "elsewhere",
      wait: false,
      healthChecks: [check("n"), check("other")],
      dependsOn: [{ name: "x", namespace: "y" }],
      postBuild: { substitute: { environment: "live" } },
    });
    expect(fields).toEqual({
      healthChecks: [{ apiVersion: "apps/v1", kind: "Deployment", name: "web" }],
      postBuild: {},
    });
    expect(misfits).toEqual([
      "targetNamespace elsewhere is not the environment's namespace n",
      "the health check of Deployment other/web is outside the environment's namespace",
      "it depends on Kustomization y/x, which is no environment here",
      "postBuild.substitute.environment is live, and the operator sets it to dev",
    ]);
  });
});

describe("a project", () => {
  const dev = {
    repositories: [repository("shop-dev", "repo")],
    kustomizations: [kustomization("shop-dev", "k")],
  };

  test("has the ref that most environments have, and the others their own", () => {
    const spaces = ["shop-a", "shop-b", "shop-c"];
    const derived = derive(
      found(
        {
          repositories: spaces.map((space) =>
            repository(space, "repo", space === "shop-b" ? { ref: { branch: "x", tag: "v1" } } : {}),
          ),
          kustomizations: spaces.map((space) => kustomization(space, "k")),
        },
        ...spaces,
      ),
      wanted,
    );
    expect(derived.manifest.spec.git).toEqual({
      url: "https://git.example.com/acme/shop.git",
      ref: { branch: "main" },
    });
    expect(environmentsOf(derived).map(({ name, namespace, ref }) => ({ name, namespace, ref }))).toEqual([
      { name: "a", namespace: "shop-a", ref: undefined },
      { name: "b", namespace: "shop-b", ref: { tag: "v1" } },
      { name: "c", namespace: "shop-c", ref: undefined },
    ]);
  });

  test("without a ref follows master, as Flux did", () => {
    const { ref: _, ...spec } = repository("shop-dev", "repo").spec;
    const derived = derive(
      found(
        { ...dev, repositories: [{ metadata: { namespace: "shop-dev", name: "repo" }, spec }] },
        "shop-dev",
      ),
      wanted,
    );
    expect(derived.manifest.spec.git.ref).toEqual({ branch: "master" });
  });

  test("uses a Secret that stands beside it already, and copies none then", () => {
    const secretRef = { name: "key" };
    const repositories = [repository("platform", "repo", { secretRef })];
    const kustomizations = [
      kustomization("platform", "k", {
        targetNamespace: "shop-dev",
        sourceRef: { kind: "GitRepository", name: "repo" },
      }),
    ];
    const derived = derive(found({ repositories, kustomizations }, "shop-dev"), wanted);
    expect(derived.manifest.spec.git.credential).toEqual({ secretRef });
    expect(derived.credentialFrom).toBeUndefined();
    const away = derive(
      found({ ...dev, repositories: [repository("shop-dev", "repo", { secretRef })] }, "shop-dev"),
      wanted,
    );
    expect(away.manifest.spec.git.credential).toEqual({ secretRef: { name: "shop-git" } });
    expect(away.credentialFrom).toEqual({ namespace: "shop-dev", name: "key" });
  });

  test.each<[string, Partial<Found>, string]>([
    [
      "has a HelmRelease alone",
      { helmReleases: [{ metadata: { namespace: "shop-dev", name: "h" } }] },
      "HelmRelease shop-dev/h delivers it",
    ],
    [
      "comes from a bucket",
      {
        ...dev,
        kustomizations: [kustomization("shop-dev", "k", { sourceRef: { kind: "Bucket", name: "b" } })],
      },
      "from Bucket b, which is no GitRepository",
    ],
    [
      "goes to another cluster",
      { ...dev, kustomizations: [kustomization("shop-dev", "k", { kubeConfig: {} })] },
      "deploys to another cluster",
    ],
    [
      "is fetched by plain http",
      { ...dev, repositories: [repository("shop-dev", "repo", { url: "http://x.example.com/y" })] },
      "http sends code and credentials unencrypted",
    ],
  ])("leaves out what %s, and says why", (_, parts, why) => {
    const { environments, leftOut } = derive(found(parts, "shop-dev"), wanted);
    expect(environments).toEqual([]);
    expect(leftOut).toEqual([{ namespace: "shop-dev", why: expect.stringContaining(why) }]);
  });
});

test("what can be imported is grouped by repository; what a project holds is not told again", () => {
  const spaces = ["project-pay-dev", "project-pay-live"];
  const repositories = [
    ...spaces.map((space) => repository(space, "repo", { url: "git@github.com:acme/payments.git" })),
    repository("shop-dev", "repo"),
    repository("held", "repo"),
  ];
  const kustomizations = [...spaces, "shop-dev", "held"].map((space) => kustomization(space, "k"));
  expect(discover(repositories, kustomizations, ({ metadata }) => metadata?.namespace === "held")).toEqual([
    {
      url: "https://git.example.com/acme/shop.git",
      projectId: "shop",
      namespaces: ["shop-dev"],
      kustomizations: 1,
    },
    {
      url: "ssh://git@github.com/acme/payments.git",
      projectId: "pay",
      namespaces: spaces,
      kustomizations: 2,
    },
  ]);
});

test("a source goes only when nothing else takes from it, and its Secret with the last source", () => {
  const secretRef = { name: "key" };
  const parts = (more: Partial<Found> = {}): Found =>
    found(
      {
        repositories: [repository("infra", "repo", { secretRef })],
        kustomizations: [kustomization("infra", "k", { targetNamespace: "shop-dev" })],
        ...more,
      },
      "shop-dev",
    );
  const unused = (all: Found) => {
    const derived = derive(all, wanted);
    const parsed = parseProject(derived.manifest);
    if (!parsed.ok) throw new Error(Bun.inspect(parsed.problems));
    return unusedAfterwards(planOf(derived, parsed.project.spec, all), all).map(
      ({ kind, name }) => `${kind} ${name}`,
    );
  };
  expect(unused(parts())).toEqual(["GitRepository repo", "Secret key"]);
  const another = kustomization("infra", "another", { targetNamespace: "elsewhere" });
  expect(unused(parts({ kustomizations: [...parts().kustomizations, another] }))).toEqual([]);
  const sourceRef = { kind: "GitRepository", name: "repo", namespace: "infra" };
  const chart = { metadata: { namespace: "x", name: "h" }, spec: { chart: { spec: { sourceRef } } } };
  expect(unused(parts({ helmReleases: [chart] }))).toEqual([]);
  const sibling = repository("infra", "sibling", { secretRef });
  expect(unused(parts({ repositories: [...parts().repositories, sibling] }))).toEqual(["GitRepository repo"]);
});

test("a Kustomization that was retired says what it was, however often it is retired", () => {
  const before = kustomization("n", "k", { prune: true });
  const retire = (live: Kustomization): Kustomization => {
    const patch = retirementOf(
      { kind: "Kustomization", namespace: "n", name: "k" },
      found({ kustomizations: [live] }),
    ) as {
      metadata: object;
      spec: object;
    };
    return {
      ...live,
      metadata: { ...live.metadata, ...patch.metadata },
      spec: { ...live.spec, ...patch.spec },
    };
  };
  const twice = retire(retire(before));
  expect(twice.spec).toMatchObject({ suspend: true, prune: false, deletionPolicy: "Orphan" });
  expect(beforeRetirement(twice).spec).toEqual({ ...before.spec, suspend: false });
  expect(beforeRetirement(before)).toBe(before);
});
