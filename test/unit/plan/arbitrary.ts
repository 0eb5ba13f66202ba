import fc from "fast-check";
import type { EnvironmentDefaults } from "../../../src/api/environment-defaults.ts";
import { EGRESS_LEVELS, type Guardrails, INGRESS_LEVELS } from "../../../src/api/guardrails.ts";
import { POD_SECURITY_LEVELS } from "../../../src/api/pod-security.ts";
import { compareQuantities } from "../../../src/api/quantity.ts";
import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { projectFrom } from "./support.ts";

type EnvironmentInput = ProjectGitOpsSpecInput["environments"][number];

const NAMES = ["development", "staging", "production", "audit"];

const anyAmount = fc.constantFrom("100m", "0.5", "500m", "1", "2000m", "3", "1e1", "1Gi", "1024Mi", "2G");
const anyAmounts = fc.dictionary(fc.constantFrom("cpu", "memory", "example.com/gpu"), anyAmount, {
  maxKeys: 3,
});
/** A range as admission lets it through: nowhere is min more than max. */
const anyItem = (type: "Container" | "Pod") =>
  fc
    .record(
      { max: anyAmounts, min: anyAmounts, default: anyAmounts, defaultRequest: anyAmounts },
      { requiredKeys: [] },
    )
    .filter(({ max = {}, min = {} }) =>
      Object.entries(min).every(([name, least]) => compareQuantities(least, max[name] ?? least) <= 0),
    )
    .map(({ max, min, ...defaults }) => ({
      type,
      ...(max ? { max } : {}),
      ...(min ? { min } : {}),
      ...(type === "Container" ? defaults : {}),
    }));

/** What an environment may ask for, or an operator of every environment. */
export const anyGuardrails: fc.Arbitrary<Guardrails> = fc.record(
  {
    resourceQuota: fc.record({
      hard: fc.dictionary(fc.constantFrom("pods", "cpu", "count/jobs.batch"), anyAmount),
    }),
    limitRange: fc.record({
      limits: fc
        .tuple(fc.option(anyItem("Container")), fc.option(anyItem("Pod")))
        .map((items) => items.filter((item) => item !== null))
        .filter((items) => items.length > 0),
    }),
    networkPolicy: fc.record(
      { ingress: fc.constantFrom(...INGRESS_LEVELS), egress: fc.constantFrom(...EGRESS_LEVELS) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: [] },
);
const anyLevel = fc.constantFrom(...POD_SECURITY_LEVELS);
export const anyDefaults: fc.Arbitrary<EnvironmentDefaults> = fc
  .tuple(anyGuardrails, fc.record({ enforce: anyLevel, warn: anyLevel }, { requiredKeys: [] }))
  .map(([guardrails, podSecurity]) => ({ ...guardrails, podSecurity }) as EnvironmentDefaults);

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
      guardrails: fc.option(anyGuardrails),
    })
    .map((o) => ({
      name,
      ...(o.guardrails as Pick<EnvironmentInput, keyof Guardrails> | null),
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
