import { ANNOTATIONS, gitSecretName } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { type BunK8sClient, SECRETS } from "../../kube/index.ts";
import { asLive } from "../../reconcile/resources.ts";
import { Look } from "../diagnose/look.ts";
import { readCredential } from "../diagnose/reads/credential.ts";
import { readFluxObjects } from "../diagnose/reads/flux-objects.ts";
import { writerOf } from "../diagnose/reads/writer.ts";
import { reportCredential } from "../status/credential.ts";
import { type CredentialDetails, credentialDetails, type SeenEnvironment } from "./report.ts";

/** Reads all that may be told of a project's credential. What this person may not read is left open, and said so. */
export async function gatherCredential(
  client: BunK8sClient,
  project: ProjectGitOps,
  now: number,
): Promise<CredentialDetails> {
  const look = new Look(client, now);
  const [report, seen, environments] = await Promise.all([
    reportCredential(look, project),
    readCredential(look, project),
    project.spec.git.credential === undefined ? [] : environmentsOf(look, project),
  ]);
  const secret = "secret" in seen ? seen.secret : undefined;
  const writer = secret && writerOf(asLive(secret), ["f:data"]);
  return credentialDetails(project, report, secret, environments, {
    changedAt: writer?.time ?? null,
    unseen: [...look.closed.keys()].toSorted(),
  });
}

async function environmentsOf(look: Look, project: ProjectGitOps): Promise<SeenEnvironment[]> {
  const name = gitSecretName(project.spec.projectId);
  const flux = await readFluxObjects(look, project);
  return Promise.all(
    flux.map(async ({ environment, namespace, source }) => ({
      name: environment.name,
      namespace,
      copy: (await look.getMetadata(SECRETS, { namespace, name })).state,
      source: source.state,
      version: source.live?.metadata.annotations?.[ANNOTATIONS.credentialVersion],
      health: source.health,
    })),
  );
}
