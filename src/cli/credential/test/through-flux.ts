import type { GitUrl } from "../../../api/git-url.ts";
import { gitSecretName } from "../../../api/names.ts";
import type { Environment, ProjectGitOps } from "../../../api/schema.ts";
import {
  type BunK8sClient,
  isNotFound,
  K8sApiError,
  type KubeObject,
  type Ref,
} from "../../../kube/index.ts";
import { environmentRef } from "../../../plan/index.ts";
import { resourceOf } from "../../../reconcile/resources.ts";
import { CLI_FIELD_MANAGER } from "../../change.ts";
import type { FluxEnvironment, FluxObject } from "../../diagnose/reads/flux-objects.ts";
import type { Io } from "../../io.ts";
import { pause } from "../../look-again.ts";
import { shortRevision } from "../../project-row.ts";
import { type Check, failed, ok, unknown } from "./check.ts";

/** Leftovers of a run that was killed are found by it; it is none of the operator's, nor of Flux's own. */
export const THROWAWAY_LABEL = { "app.kubernetes.io/created-by": "projectgitops-credential-test" } as const;

const GIT_REPOSITORIES = resourceOf("GitRepository");
const LOOK_EVERY_MS = 250;
const LAST_TRY_MS = 5000;

/**
 * Has Flux fetch with the copy of one environment: by a GitRepository of its own, which nothing else uses and which is
 * removed whatever comes. The only way over SSH, and for who may not read the Secret.
 */
export async function throughFlux(
  client: BunK8sClient,
  project: ProjectGitOps,
  url: GitUrl,
  flux: FluxEnvironment,
  timeoutMs: number,
  io: Io,
): Promise<Check> {
  // From here on Ctrl-C ends the process only after what was made is removed.
  const interrupted = io.interrupted();
  const body = throwaway(project, url, flux);
  const ref = { namespace: flux.namespace, name: body.metadata.name };
  const object = `GitRepository ${ref.namespace}/${ref.name}`;
  try {
    await client.create(GIT_REPOSITORIES, body, { fieldManager: CLI_FIELD_MANAGER, signal: interrupted });
  } catch (error) {
    if (!(error instanceof K8sApiError)) {
      // No answer came: it may be there all the same, and the name is nobody else's.
      await remove(client, ref).catch(() => undefined);
      throw error;
    }
    return unknown("git", `${object} was not made: ${error.serverMessage}`);
  }
  let answer: Check;
  try {
    answer = await answerOf(
      client,
      ref,
      flux,
      AbortSignal.any([interrupted, AbortSignal.timeout(timeoutMs)]),
    );
  } finally {
    if (!(await remove(client, ref)))
      io.err(
        `warning: ${object} is still there: kubectl delete gitrepository ${ref.name} -n ${ref.namespace}\n`,
      );
  }
  return answer;
}

/** As the operator renders the environment's own, but for what makes it be looked at again. */
function throwaway(
  project: ProjectGitOps,
  url: GitUrl,
  { environment, namespace, source }: FluxEnvironment,
): KubeObject & { metadata: { namespace: string; name: string } } {
  const { spec } = project;
  const { provider, proxySecretRef } = source.live?.spec ?? {};
  return {
    apiVersion: "source.toolkit.fluxcd.io/v1",
    kind: "GitRepository",
    metadata: {
      namespace,
      name: `projectgitops-test-${crypto.randomUUID().slice(0, 8)}`,
      labels: { ...THROWAWAY_LABEL },
    },
    spec: {
      url: url.url,
      ref: environmentRef(spec, environment),
      interval: "24h",
      timeout: "60s",
      ...(spec.git.credential ? { secretRef: { name: gitSecretName(spec.projectId) } } : {}),
      ...(provider === undefined ? {} : { provider }),
      ...(proxySecretRef === undefined ? {} : { proxySecretRef }),
    },
  } as KubeObject & { metadata: { namespace: string; name: string } };
}

async function answerOf(
  client: BunK8sClient,
  ref: Ref,
  { environment }: FluxEnvironment,
  signal: AbortSignal,
): Promise<Check> {
  while (!signal.aborted) {
    const { metadata, status } = (await client.get(GIT_REPOSITORIES, ref)) as unknown as FluxObject;
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    const isOfNow = ready?.observedGeneration === metadata.generation;
    if (ready?.status === "True" && isOfNow)
      return ok(
        "git",
        `Flux fetched ${shortRevision(status.artifact?.revision ?? "")} with the copy of ${environment.name}`,
      );
    if (ready?.status === "False" && isOfNow)
      return failed("git", `Flux, with the copy of ${environment.name}: ${ready.message ?? ready.reason}`);
    await pause(LOOK_EVERY_MS, signal);
  }
  return unknown("git", "Flux has not answered in time", "is it running? projectgitops check");
}

/** Flux has a finalizer on it, and takes it away. @returns whether it is gone */
async function remove(client: BunK8sClient, ref: Ref): Promise<boolean> {
  const end = AbortSignal.timeout(LAST_TRY_MS);
  try {
    await client.delete(GIT_REPOSITORIES, ref, { timeoutMs: LAST_TRY_MS });
    while (!end.aborted) {
      await client.getMetadata(GIT_REPOSITORIES, ref);
      await pause(LOOK_EVERY_MS, end);
    }
    return false;
  } catch (error) {
    if (isNotFound(error)) return true;
    if (error instanceof K8sApiError) return false;
    throw error;
  }
}

/** The environment to try with: the one that was named, or the first that has a copy. */
export const environmentToTry = (
  flux: readonly FluxEnvironment[],
  name: Environment["name"] | undefined,
): FluxEnvironment | undefined =>
  name === undefined
    ? (flux.find(({ source }) => source.state === "found") ?? flux[0])
    : flux.find(({ environment }) => environment.name === name);
