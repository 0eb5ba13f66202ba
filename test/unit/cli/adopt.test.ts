import { describe, expect, test } from "bun:test";
import { ANNOTATIONS, LABELS } from "../../../src/api/names.ts";
import { holderOf } from "../../../src/cli/adopt/holder.ts";
import { cannotBecomeOurs } from "../../../src/cli/adopt/immutable.ts";
import type { Adopter } from "../../../src/cli/adopt/target.ts";
import {
  isSystemNamespace,
  labelsInTheWay,
  type NamedOwner,
  verdictOn,
} from "../../../src/cli/adopt/verdict.ts";
import type { ObjectId } from "../../../src/plan/index.ts";

describe("who holds an object", () => {
  test.each([
    [{ annotations: { [ANNOTATIONS.ownerUid]: "u", [ANNOTATIONS.owner]: "a/b" } }, "ProjectGitOps a/b"],
    [
      {
        labels: {
          "kustomize.toolkit.fluxcd.io/name": "apps",
          "kustomize.toolkit.fluxcd.io/namespace": "flux-system",
        },
      },
      "Flux Kustomization flux-system/apps",
    ],
    [
      { labels: { "helm.toolkit.fluxcd.io/name": "x", "helm.toolkit.fluxcd.io/namespace": "y" } },
      "Flux HelmRelease y/x",
    ],
    [
      { annotations: { "meta.helm.sh/release-name": "web", "meta.helm.sh/release-namespace": "apps" } },
      "Helm release apps/web",
    ],
    [{ labels: { "argocd.argoproj.io/instance": "web" } }, "Argo CD application web"],
    [
      { annotations: { "argocd.argoproj.io/tracking-id": "web:v1/Namespace:x/x" } },
      "Argo CD application web",
    ],
    [{ labels: { [LABELS.managedBy]: "terraform" } }, "terraform"],
  ])("%j", (metadata, text) => {
    expect(holderOf(metadata)?.text).toBe(text);
  });

  test("nobody, where no tool left a mark", () => {
    expect(holderOf({ labels: { team: "blue" } })).toBeUndefined();
    expect(holderOf({ labels: { [LABELS.managedBy]: "projectgitops" } })).toBeUndefined();
  });
});

const adopter: Adopter = { namespace: "platform", name: "shop", projectId: "shop", project: undefined };
const namespace = (name: string): ObjectId => ({ kind: "Namespace", namespace: "", name });
const NONE: NamedOwner = { state: "none" };

describe("what may be handed over", () => {
  const owned = (owner: string) => ({
    annotations: { [ANNOTATIONS.ownerUid]: "u", [ANNOTATIONS.owner]: owner },
  });
  test.each<[string, ObjectId, object, NamedOwner, string]>([
    ["a namespace that nobody holds", namespace("shop-dev"), {}, NONE, "free"],
    [
      "what this project holds",
      namespace("shop-dev"),
      owned("platform/shop"),
      { state: "live" } as NamedOwner,
      "ours",
    ],
    [
      "what an earlier one of its name held",
      namespace("shop-dev"),
      owned("platform/shop"),
      { state: "gone" },
      "ours",
    ],
    ["what one that is gone held", namespace("shop-dev"), owned("a/b"), { state: "gone" }, "left over"],
    [
      "what another one holds",
      namespace("shop-dev"),
      owned("a/b"),
      { state: "live" } as NamedOwner,
      "refused",
    ],
    [
      "what one holds that may not be read",
      namespace("shop-dev"),
      owned("a/b"),
      { state: "unknown" },
      "refused",
    ],
    [
      "what is labelled for another",
      namespace("shop-dev"),
      { labels: { [LABELS.adopt]: "pay" } },
      NONE,
      "refused",
    ],
    [
      "what is labelled for this one",
      namespace("shop-dev"),
      { labels: { [LABELS.adopt]: "shop" } },
      NONE,
      "free",
    ],
    [
      "what is being deleted",
      namespace("shop-dev"),
      { deletionTimestamp: "2026-01-01T00:00:00Z" },
      NONE,
      "refused",
    ],
    ["the namespace it stands in", namespace("platform"), {}, NONE, "refused"],
    ["an object of its name", { kind: "GitRepository", namespace: "x", name: "shop-repo" }, {}, NONE, "free"],
    [
      "an object of another name",
      { kind: "GitRepository", namespace: "x", name: "repo" },
      {},
      NONE,
      "refused",
    ],
  ])("%s", (_, id, metadata, owner, kind) => {
    expect(verdictOn(id, metadata, owner, adopter).kind as string).toBe(kind);
  });

  test.each(["default", "kube-system", "kube-public", "flux-system", "projectgitops-system"])(
    "never %s",
    (name) => {
      expect(isSystemNamespace(name)).toBe(true);
      expect(verdictOn(namespace(name), {}, NONE, adopter).kind).toBe("refused");
    },
  );
});

test("labels that others have set and the operator has to set are told with what takes them off", () => {
  const labels = { [LABELS.managedBy]: "Helm", [LABELS.tenant]: "shop", team: "blue" };
  expect(labelsInTheWay("shop-dev", { labels }, "shop")).toEqual([
    {
      label: "app.kubernetes.io/managed-by=Helm",
      fix: "kubectl label namespace shop-dev app.kubernetes.io/managed-by-",
    },
  ]);
});

test("a binding of another role and a Secret of another type cannot become the operator's", () => {
  const binding: ObjectId = { kind: "RoleBinding", namespace: "x", name: "shop-deployer" };
  const secret: ObjectId = { kind: "Secret", namespace: "x", name: "shop-git-auth" };
  const ssh = "git@github.com:acme/shop.git";
  const kindOf = (...args: Parameters<typeof cannotBecomeOurs>) => cannotBecomeOurs(...args)?.kind;
  expect(kindOf(binding, { roleRef: "ClusterRole cluster-admin" }, "shop", ssh)).toBe("refused");
  expect(kindOf(binding, { roleRef: "ClusterRole admin" }, "shop", ssh)).toBeUndefined();
  expect(kindOf(secret, { type: "Opaque" }, "shop", ssh)).toBe("refused");
  expect(kindOf(secret, { type: "Opaque" }, "shop", "https://github.com/acme/shop.git")).toBeUndefined();
  expect(kindOf({ ...secret, name: "registry" }, { type: "Opaque" }, "shop", ssh)).toBeUndefined();
});
