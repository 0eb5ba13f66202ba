import { join } from "node:path";
import { load } from "js-yaml";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { makeSshKey, type SshKeyPair } from "../../src/git/index.ts";
import type { BunK8sClient } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";

const SAMPLE = join(import.meta.dir, "..", "..", "deploy", "samples", "shop.yaml");

/** The sample of deploy/samples. */
export const readSample = async (): Promise<ProjectGitOps> =>
  load(await Bun.file(SAMPLE).text()) as ProjectGitOps;

export interface AppliedSample {
  project: ProjectGitOps;
  key: SshKeyPair;
  /** performance.now() when the API server had accepted the project. */
  appliedAt: number;
}

export interface SampleOptions {
  /** Default the sample's own. */
  url?: string;
  /** How often Flux looks at the repository. */
  interval?: string;
  /** Of a git host that is not well known. */
  knownHosts?: string;
  /** Default: made on the spot. */
  key?: SshKeyPair;
}

/** Creates the sample with its namespace, and a Secret with an SSH key. */
export async function applySample(client: BunK8sClient, options: SampleOptions = {}): Promise<AppliedSample> {
  const { url, interval, knownHosts, key = makeSshKey("shop@demo") } = options;
  const sample = await readSample();
  const { namespace } = sample.metadata;
  const { git } = sample.spec;
  await client.createNamespace(namespace);
  await client.createSecret(namespace, git.credential?.secretRef?.name ?? "", {
    identity: key.privateKey,
    ...(knownHosts === undefined ? {} : { known_hosts: knownHosts }),
  });
  const project = await client.create(PROJECTS, {
    ...sample,
    spec: {
      ...sample.spec,
      git: { ...git, ...(url === undefined ? {} : { url }), ...(interval === undefined ? {} : { interval }) },
    },
  });
  return { project, key, appliedAt: performance.now() };
}
