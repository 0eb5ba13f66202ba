import {
  type BunK8sClient,
  type KubeObject,
  type Ref,
  type ResourceType,
  SECRETS,
} from "../../src/kube/index.ts";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import type { Fleet } from "./projects.ts";

/** Milliseconds from somebody's hand to the operator's answer, with the default settings. */
export interface Reaction {
  /** From the deletion of a managed Secret to the moment when it is there again. */
  readonly drift: number;
  /** From a changed path in the spec to the moment when the Kustomization has it. */
  readonly change: number;
}

/** Changes one project of the fleet by hand, twice. The fleet is COMPLETED and Ready. */
export async function reactions(admin: BunK8sClient, { namespace, projectIds }: Fleet): Promise<Reaction> {
  const [projectId = ""] = projectIds;
  const home = `project-${projectId}-staging`;
  const path = "./changed";
  const change = await timed(
    admin,
    resourceOf("Kustomization"),
    { namespace: home, name: `${projectId}-staging` },
    (object) => (object as { spec?: { path?: string } }).spec?.path === path,
    async () => {
      const { spec } = await admin.get(PROJECTS, { namespace, name: projectId });
      const environments = spec.environments.map((one) => (one.name === "staging" ? { ...one, path } : one));
      await admin.patch(
        PROJECTS,
        { namespace, name: projectId },
        { spec: { environments } },
        { type: "merge" },
      );
    },
  );
  const secret = { namespace: home, name: `${projectId}-git-auth` };
  const old = (await admin.get(SECRETS, secret)).metadata?.uid;
  const drift = await timed(
    admin,
    SECRETS,
    secret,
    ({ metadata }) => metadata?.uid !== old,
    () => admin.delete(SECRETS, secret),
  );
  return { drift, change };
}

const DEADLINE_MS = 180_000;

/** @returns milliseconds from the act to the event of a watch that shows its effect */
async function timed(
  admin: BunK8sClient,
  resource: ResourceType,
  { namespace = "", name }: Ref,
  shows: (object: KubeObject) => boolean,
  act: () => Promise<unknown>,
): Promise<number> {
  const ending = AbortSignal.timeout(DEADLINE_MS);
  const seen = new AbortController();
  const signal = AbortSignal.any([ending, seen.signal]);
  await act();
  const started = performance.now();
  let took = Number.NaN;
  for await (const event of admin.watch(resource, { namespace, signal })) {
    if (event.type !== "ADDED" && event.type !== "MODIFIED") continue;
    if (event.object.metadata?.name !== name || !shows(event.object)) continue;
    took = performance.now() - started;
    seen.abort();
  }
  return took;
}
