import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import type { Finding } from "../../../src/cli/finding.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { eventually, type Operator, startOperator } from "../../cluster/index.ts";
import { untilReady } from "../support/flux.ts";
import {
  condition,
  FAST,
  giveCredential,
  projectObject,
  uniqueProject,
  untilProject,
} from "../support/scope.ts";
import type { Diagnosis, Lab } from "./lab.ts";

/** A project of one environment is enough for most. */
export const ONE = {
  environments: [{ name: "development" }],
} as const satisfies Partial<ProjectGitOpsSpecInput>;

export const homeOf = (name: string, environment = "development"): string => `project-${name}-${environment}`;

/** Applies a project under this name. */
export async function applyAs(
  lab: Lab,
  name: string,
  spec: Partial<ProjectGitOpsSpecInput> = ONE,
  namespace = lab.namespace,
): Promise<string> {
  await lab.admin.create(PROJECTS, projectObject(namespace, name, spec));
  return name;
}

/** Waits until the operator tells of this reason in Ready. */
export const untilReason = (lab: Lab, name: string, reason: string) =>
  untilProject(
    lab,
    name,
    (project) => condition(project, "Ready")?.reason === reason,
    `is told with the reason ${reason}`,
  );

/** Pastes the fix, and sees the project Ready and nothing found. */
export async function mendedBy(lab: Lab, name: string, fix: string | undefined): Promise<void> {
  await lab.paste(fix);
  await untilReady(lab, name);
  await eventually(async () => (await lab.ids(name)).length === 0, {
    description: `nothing is found in ${name}`,
    deadlineMs: 20_000,
  });
}

export const gone = (lab: Lab, name: string, id: string) =>
  eventually(async () => !(await lab.ids(name)).includes(id), {
    description: `${id} is not found any more in ${name}`,
    deadlineMs: 30_000,
  });

/** A second operator that looks at a namespace of its own, and the diagnoses of what stands there. */
export interface Elsewhere {
  namespace: string;
  operator: Operator;
  findings(name: string): Promise<Finding[]>;
}

export async function openElsewhere(lab: Lab, namespace: string, args: string[] = []): Promise<Elsewhere> {
  if (!(await lab.admin.namespaceExists(namespace))) await lab.admin.createNamespace(namespace);
  await giveCredential({ admin: lab.admin, namespace });
  const operator = await startOperator(lab.cluster, {
    args: [...FAST, "--namespace", namespace, ...args],
  });
  return {
    namespace,
    operator,
    findings: async (name) => {
      await lab.stand();
      const { stdout } = await lab.typed(`diagnose ${name} -n ${namespace} -o json`);
      return (JSON.parse(stdout) as Diagnosis).findings;
    },
  };
}

export { uniqueProject };
