import { join } from "node:path";
import { load } from "js-yaml";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import { makeSshKey, type SshKeyPair } from "../../src/git/index.ts";
import type { BunK8sClient } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";

const SAMPLE = join(import.meta.dir, "..", "..", "deploy", "samples", "shop.yaml");

export interface AppliedSample {
  project: ProjectGitOps;
  key: SshKeyPair;
  /** performance.now() when the API server had accepted the project. */
  appliedAt: number;
}

/** Creates the sample of deploy/samples with its namespace, and a Secret with an SSH key made on the spot. */
export async function applySample(client: BunK8sClient): Promise<AppliedSample> {
  const sample = load(await Bun.file(SAMPLE).text()) as ProjectGitOps;
  const { namespace, name } = sample.metadata;
  const secret = sample.spec.git.credential?.secretRef.name ?? "";
  const key = makeSshKey(`${name}@demo`);
  await client.createNamespace(namespace);
  await client.createSecret(namespace, secret, { identity: key.privateKey });
  const project = await client.create(PROJECTS, sample);
  return { project, key, appliedAt: performance.now() };
}
