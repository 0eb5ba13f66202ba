import { expect } from "bun:test";
import type { Finding } from "../../../src/cli/finding.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { fluxSays, untilReady } from "../support/flux.ts";
import { getProject, need, untilProject } from "../support/scope.ts";
import type { Lab } from "./lab.ts";
import { paste } from "./paste.ts";

/** What the delivery tests share. There is no Flux in this cluster: what it would say is written, in its measured words. */
export const STAGING = { environments: [{ name: "staging" }] };

export const namespaceOf = (name: string, environment = "staging"): string =>
  `project-${name}-${environment}`;
export const deployerOf = (name: string, environment = "staging"): string =>
  `system:serviceaccount:${namespaceOf(name, environment)}:${name}-deployer`;

interface Said {
  ready?: "True" | "False" | "Unknown";
  reason: string;
  message: string;
  /** What Flux is at, in the message of its condition Reconciling. */
  step?: string;
  /** Default: staging. */
  environment?: string;
}

/** Writes what kustomize-controller says of an environment, and waits until the operator, unless suspended, has seen it. */
export async function deliverySays(lab: Lab, name: string, said: Said): Promise<void> {
  const { ready = "False", reason, message, environment = "staging" } = said;
  const live = await need(
    lab.admin,
    "Kustomization",
    namespaceOf(name, environment),
    `${name}-${environment}`,
  );
  await fluxSays(lab, live, { ready, reason, message });
  if (said.step !== undefined) await isAt(lab, name, environment, said.step);
  if (ready === "Unknown" || (await getProject(lab, name)).spec.suspend) return;
  await untilProject(
    lab,
    name,
    ({ status }) =>
      status?.environments?.find((one) => one.name === environment)?.delivery?.reason === reason,
    `has seen ${reason} of ${environment}`,
  );
}

async function isAt(lab: Lab, name: string, environment: string, message: string): Promise<void> {
  const ref = { namespace: namespaceOf(name, environment), name: `${name}-${environment}` };
  const { status } = await need(lab.admin, "Kustomization", ref.namespace, ref.name);
  const { conditions } = status as { conditions: object[] };
  const step = { ...conditions[0], type: "Reconciling", status: "True", reason: "Progressing", message };
  await lab.admin.patch(
    resourceOf("Kustomization"),
    ref,
    { status: { conditions: [...conditions, step] } },
    { type: "merge", subresource: "status" },
  );
}

/** Writes the inventory of what Flux has applied: `namespace_name_group_kind`. */
export async function deliveryHolds(
  lab: Lab,
  name: string,
  objects: readonly { kind: string; name: string; group?: string }[],
  environment = "staging",
): Promise<void> {
  const namespace = namespaceOf(name, environment);
  const entries = objects.map(({ kind, name: object, group = "apps" }) => ({
    id: `${namespace}_${object}_${group}_${kind}`,
    v: "v1",
  }));
  await lab.admin.patch(
    resourceOf("Kustomization"),
    { namespace, name: `${name}-${environment}` },
    { status: { inventory: { entries } } },
    { type: "merge", subresource: "status" },
  );
}

/** All that is found, which must be this one finding. */
export async function only(lab: Lab, name: string, id: string): Promise<Finding> {
  const { findings } = await lab.diagnose(name);
  if (findings.length !== 1 || findings[0]?.id !== id) {
    const { status } = await getProject(lab, name);
    throw new Error(
      `expected ${id} alone, found ${Bun.inspect(findings)}\nproject: ${Bun.inspect(status, { depth: 5 })}`,
    );
  }
  return findings[0];
}

/** Types the fix; Flux, which it asks to try again, then succeeds. Nothing may be left. */
export async function mendedBy(lab: Lab, name: string, { fix }: Finding): Promise<void> {
  await paste(lab.cluster, fix);
  await untilReady(lab, name);
  expect(await lab.ids(name)).toEqual([]);
}
