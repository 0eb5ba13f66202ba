import { z } from "zod";
import { cycleOf } from "./depends-on.ts";
import { duration } from "./duration.ts";
import { DELETION_POLICIES, environmentSchema } from "./environment.ts";
import { LIST_MAP_BY_NAME } from "./fields.ts";
import { gitSchema } from "./git-spec.ts";
import { gitSecretName, namespaceName } from "./names.ts";
import { immutable, matches, ruled } from "./rules.ts";

const PROJECT_ID = "^[a-z0-9]([-a-z0-9]{0,38}[a-z0-9])?$";

export const setupSchema = z.object({
  timeout: duration()
    .default("10m")
    .describe(
      "How long the first set-up may take before it is given up; time while suspended does not count.",
    ),
  onFailure: z
    .enum(["Rollback", "Keep"])
    .default("Rollback")
    .describe("What happens then: Rollback removes what this set-up made, in reverse order; Keep leaves it."),
});

export const specSchema = ruled(
  z.object({
    projectId: ruled(
      z.string().min(1).max(40),
      matches(
        PROJECT_ID,
        "must be 1 to 40 lower-case letters, digits and -, with a letter or digit at both ends",
      ),
      immutable("cannot be changed: delete this object and create another one"),
    ).describe(
      "Name of the project; unique in the cluster, part of every name that is made. Cannot be changed.",
    ),
    git: gitSchema.describe("Where the project's manifests are."),
    environments: ruled(z.array(environmentSchema).min(1).max(20), {
      message: "two environments have the same name",
      holds: (list) => new Set(list.map(({ name }) => name)).size === list.length,
    })
      .meta(LIST_MAP_BY_NAME)
      .describe("The environments, 1 to 20; each gets a namespace of its own."),
    setup: setupSchema.prefault({}).describe("How the first set-up ends when it cannot be completed."),
    failurePolicy: z
      .object({
        suspendAfter: duration()
          .optional()
          .describe(
            "Suspends the Flux objects of a project that has failed for this long, such as 24h; any change resumes them. Absent: never.",
          ),
      })
      .optional()
      .describe("What happens to a project that fails for long."),
    deletionPolicy: z
      .enum(DELETION_POLICIES)
      .default("Delete")
      .describe(
        "What happens to the environments when this object is deleted: Delete removes all, Orphan leaves all in place.",
      ),
    suspend: z
      .boolean()
      .default(false)
      .describe("True: nothing is reconciled any more. Deletion still works."),
  }),
  {
    cel: "self.environments.all(e, !has(e.dependsOn) || e.dependsOn.all(d, d != e.name && self.environments.exists(o, o.name == d)))",
    message: "dependsOn must name other environments of this project",
    fieldPath: ".environments",
    holds: ({ environments }) =>
      environments.every(({ name, dependsOn = [] }) =>
        dependsOn.every((other) => other !== name && environments.some((e) => e.name === other)),
      ),
  },
  {
    cel: "self.environments.all(e, !has(e.dependsOn) || e.dependsOn.all(d, self.environments.all(o, o.name != d || has(o.delivery) == has(e.delivery))))",
    message:
      "dependsOn must name environments that are delivered the same way: Flux has no dependency between a Kustomization and a HelmRelease",
    fieldPath: ".environments",
    holds: ({ environments }) =>
      environments.every(({ delivery, dependsOn = [] }) =>
        dependsOn.every((other) =>
          environments.every(
            (e) => e.name !== other || (e.delivery === undefined) === (delivery === undefined),
          ),
        ),
      ),
  },
  {
    // Admission would need a loop for this; the operator says it with the condition Stalled.
    message: "dependsOn goes in a circle: no environment of it would ever be applied",
    fieldPath: ".environments",
    holds: ({ environments }) => cycleOf(environments) === undefined,
  },
  {
    cel: "self.environments.all(e, self.environments.exists_one(o, (has(o.__namespace__) ? o.__namespace__ : 'project-' + self.projectId + '-' + o.name) == (has(e.__namespace__) ? e.__namespace__ : 'project-' + self.projectId + '-' + e.name)))",
    message: "two environments have the same namespace: each needs its own",
    fieldPath: ".environments",
    holds: ({ projectId, environments }) =>
      new Set(environments.map(({ name, namespace }) => namespace ?? namespaceName(projectId, name))).size ===
      environments.length,
  },
  {
    cel: "self.environments.all(e, !has(e.imagePullSecrets) || e.imagePullSecrets.all(s, s.name != self.projectId + '-git-auth'))",
    message:
      "imagePullSecrets must not name {projectId}-git-auth: the copy of the git credential has that name",
    fieldPath: ".environments",
    holds: ({ projectId, environments }) =>
      environments.every(({ imagePullSecrets = [] }) =>
        imagePullSecrets.every(({ name }) => name !== gitSecretName(projectId)),
      ),
  },
);
export type ProjectGitOpsSpec = z.infer<typeof specSchema>;
/** The spec as people write it, before defaults. */
export type ProjectGitOpsSpecInput = z.input<typeof specSchema>;
