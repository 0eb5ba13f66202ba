import type { Secret } from "kubernetes-types/core/v1";
import { credentialSecretOf } from "../api/credential.ts";
import { ANNOTATIONS, repositoryName } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient, KubeObject } from "../kube/index.ts";
import { environmentNamespace } from "../plan/index.ts";
import { PROJECTS, resourceOf } from "../reconcile/index.ts";
import { until } from "./until.ts";

/** The operator finds a changed Secret at its resync interval, 60 s by default. */
const TWO_RESYNCS_MS = 120_000;
const REPOSITORIES = resourceOf("GitRepository");

/**
 * Waits until every existing environment has this version of the credential. Its GitRepository says so: the operator
 * writes the version there after the copies, so nobody has to read a Secret of an environment for this.
 * @throws NotInTime; the signal's reason
 */
export async function untilCarried(
  client: BunK8sClient,
  credential: Secret,
  options: { timeoutMs?: number; signal?: AbortSignal },
): Promise<void> {
  const { namespace = "", name, resourceVersion } = credential.metadata ?? {};
  const { items } = await client.list(PROJECTS, {
    namespace,
    ...(options.signal && { signal: options.signal }),
  });
  const users = items.filter(({ spec }) => credentialSecretOf(spec) === name);
  const places = (
    await Promise.all(users.map((project) => existing(client, project, options.signal)))
  ).flat();
  await Promise.all(
    places.map((place) =>
      until(client, REPOSITORIES, place, {
        what: `${place.namespace} has the credential of Secret ${namespace}/${name}`,
        timeoutMs: options.timeoutMs ?? TWO_RESYNCS_MS,
        signal: options.signal,
        // One that is gone meanwhile is not waited for.
        look: (repository) =>
          repository === undefined || versionOf(repository) === resourceVersion || undefined,
        describe: () => `kubectl get pgops -n ${namespace} says what stands in the way`,
      }),
    ),
  );
}

/** The GitRepositories that are there; an environment that is still to be made gets the new credential anyway. */
async function existing(
  client: BunK8sClient,
  { spec }: ProjectGitOps,
  signal: AbortSignal | undefined,
): Promise<{ namespace: string; name: string }[]> {
  const name = repositoryName(spec.projectId);
  const lists = await Promise.all(
    spec.environments.map(async (environment) => {
      const namespace = environmentNamespace(spec, environment);
      const narrowed = { namespace, fieldSelector: `metadata.name=${name}`, ...(signal && { signal }) };
      const { items } = await client.listMetadata(REPOSITORIES, narrowed);
      return items.map(() => ({ namespace, name }));
    }),
  );
  return lists.flat();
}

const versionOf = ({ metadata }: KubeObject): string | undefined =>
  metadata?.annotations?.[ANNOTATIONS.credentialVersion];
