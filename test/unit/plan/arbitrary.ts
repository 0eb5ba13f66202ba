import fc from "fast-check";
import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { projectFrom } from "./support.ts";

type EnvironmentInput = ProjectGitOpsSpecInput["environments"][number];

const NAMES = ["development", "staging", "production", "audit"];

/** Environments with options in any mixture that admission lets through. */
const anyEnvironment = (name: string): fc.Arbitrary<EnvironmentInput> =>
  fc
    .record({
      kustomize: fc.boolean(),
      suspend: fc.boolean(),
      targetNamespace: fc.boolean(),
      protected: fc.boolean(),
      orphan: fc.boolean(),
      pull: fc.uniqueArray(fc.constantFrom("registry", "mirror"), { maxLength: 2 }),
      ref: fc.constantFrom(undefined, {}, { tag: "v1" }, { branch: "next" }),
      postBuild: fc.boolean(),
      force: fc.boolean(),
    })
    .map((o) => ({
      name,
      suspend: o.suspend,
      targetNamespace: o.targetNamespace,
      protected: o.protected,
      ...(o.orphan ? { deletionPolicy: "Orphan" as const } : {}),
      ...(o.pull.length > 0 ? { imagePullSecrets: o.pull.map((secret) => ({ name: secret })) } : {}),
      ...(o.ref ? { ref: o.ref } : {}),
      ...(o.kustomize
        ? { force: o.force, ...(o.postBuild ? { postBuild: {} } : {}) }
        : { delivery: { helm: { chart: "./chart" } } }),
    }));

const anyUrl: fc.Arbitrary<ProjectGitOpsSpecInput["git"]> = fc.constantFrom<ProjectGitOpsSpecInput["git"]>(
  { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "git" } } },
  { url: "https://git.example.com/acme/shop.git", credential: { secretRef: { name: "git" } } },
  { url: "https://git.example.com/acme/shop.git" },
);

/** Any project platform/shop that admission lets through, with one to four environments. */
export const anyProject = (): fc.Arbitrary<ProjectGitOps> =>
  fc
    .record({
      git: anyUrl,
      names: fc.uniqueArray(fc.constantFrom(...NAMES), { minLength: 1, maxLength: 4 }),
    })
    .chain(({ git, names }) =>
      fc.tuple(...names.map(anyEnvironment)).map((environments) =>
        projectFrom({
          apiVersion: "projectgitops.dev/v1alpha1",
          kind: "ProjectGitOps",
          metadata: { name: "shop", namespace: "platform" },
          spec: { projectId: "shop", git, environments },
        }),
      ),
    );
