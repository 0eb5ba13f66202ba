import { describe, expect, test } from "bun:test";
import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { parseProject } from "../../../src/api/schema.ts";
import type { EnvironmentFate } from "../../../src/cli/delete/fate.ts";
import { threeWayPatch } from "../../../src/cli/diff/last-applied.ts";
import { meaningOf } from "../../../src/cli/diff/meaning.ts";

describe("the patch of kubectl apply", () => {
  test("says what differs, and null for what the last manifest said and this one leaves out", () => {
    const last = { spec: { a: 1, gone: 2, inner: { x: 1, y: 2 } } };
    const live = { spec: { a: 1, gone: 2, inner: { x: 1, y: 2 }, default: 5 }, status: {} };
    const wanted = { spec: { a: 3, inner: { x: 1 } } };
    expect(threeWayPatch(last, wanted, live)).toEqual({ spec: { a: 3, gone: null, inner: { y: null } } });
  });

  test("without a last manifest removes nothing; lists count as a whole", () => {
    expect(threeWayPatch(undefined, { list: [1] }, { list: [1, 2], other: 1 })).toEqual({ list: [1] });
    expect(threeWayPatch(undefined, { list: [1, { a: 1 }] }, { list: [1, { a: 1 }] })).toEqual({});
  });
});

function project(spec: Partial<ProjectGitOpsSpecInput> = {}) {
  const parsed = parseProject({
    apiVersion: "projectgitops.dev/v1alpha1",
    kind: "ProjectGitOps",
    metadata: { name: "shop", namespace: "platform" },
    spec: {
      projectId: "shop",
      git: { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } },
      environments: [{ name: "development" }, { name: "staging" }],
      ...spec,
    },
  });
  if (!parsed.ok) throw new Error(Bun.inspect(parsed.problems));
  return parsed.project;
}

const fate = (of: Partial<EnvironmentFate>): EnvironmentFate => ({
  name: "staging",
  namespace: "project-shop-staging",
  fate: "goes",
  what: "the namespace and all in it; Flux prunes 3 objects",
  ...of,
});
const onlyDevelopment = { environments: [{ name: "development" }] };

describe("the meaning of a change", () => {
  const said = (spec: Partial<ProjectGitOpsSpecInput>, fates: EnvironmentFate[] = [], from = {}) =>
    meaningOf(project(from), project(spec), fates);

  test("of a new project names the namespaces that are made", () => {
    expect(meaningOf(undefined, project(), [])).toEqual([
      "project shop is new",
      "environment development is added: namespace project-shop-development is made",
      "environment staging is added: namespace project-shop-staging is made",
    ]);
  });

  test("of a removed environment is what becomes of its namespace", () => {
    expect(said(onlyDevelopment, [fate({})])).toEqual([
      "environment staging is removed: this deletes namespace project-shop-staging and all in it; Flux prunes 3 objects",
    ]);
    expect(
      said(onlyDevelopment, [fate({ fate: "stays", what: "deletionPolicy Orphan: all stays as it is" })]),
    ).toEqual([
      "environment staging is removed: namespace project-shop-staging stays (deletionPolicy Orphan: all stays as it is)",
    ]);
  });

  test("of a protected one ends with the command that lets it go", () => {
    const lines = said(onlyDevelopment, [fate({ fate: "protected", what: "kept until it is confirmed" })]);
    expect(lines[1]).toBe(
      "  let it go: kubectl annotate --overwrite pgops shop -n platform projectgitops.dev/confirm-delete=project-shop-staging",
    );
  });

  test("of a renamed environment says that it is deployed anew", () => {
    const lines = said({ environments: [{ name: "development" }, { name: "stage" }] }, [fate({})]);
    expect(lines.at(-1)).toBe(
      "a renamed environment is a removed and an added one: what runs in it is deployed anew",
    );
  });

  test("of another host says that the credential waits, and how to let it go there", () => {
    const git = { url: "git@gitlab.com:acme/shop.git", credential: { secretRef: { name: "git" } } };
    expect(said({ git })).toEqual([
      "the repository is ssh://git@gitlab.com/acme/shop.git instead of ssh://git@github.com/acme/shop.git",
      "the credential was given for github.com: it is not sent to gitlab.com (CredentialHostChanged) until its Secret says so",
      "  say so: kubectl annotate --overwrite secret git -n platform projectgitops.dev/git-hosts=gitlab.com",
    ]);
  });

  test.each([
    [{ ref: { tag: "v1" } }, "deploys tag v1 instead of branch main"],
    [
      { path: "./x" },
      "deploys ./x instead of ./k8s/overlays/staging; what is only in the old folder is deleted",
    ],
    [{ protected: true }, "is protected from now on"],
    [{ prune: false }, "is no longer pruned: what leaves the repository stays"],
    [{ deletionPolicy: "Orphan" as const }, "stays in place when it is removed"],
    [{ suspend: true }, "is suspended: Flux leaves it as it is"],
  ])("of %j", (change, line) => {
    const environments = [{ name: "development" }, { name: "staging", ...change }];
    expect(said({ environments })).toEqual([`environment staging ${line}`]);
  });

  test("of what runs the same is nothing", () => {
    expect(said({ environments: [{ name: "development", interval: "7m" }, { name: "staging" }] })).toEqual(
      [],
    );
  });
});
