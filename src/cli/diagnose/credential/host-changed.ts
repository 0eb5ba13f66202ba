import { gitHostOf } from "../../../api/git-url.ts";
import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { gitHostsOf } from "../../../git/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { CREDENTIAL_HOST_CHANGED } from "../catalogue/credential-use.ts";
import type { Found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type CredentialRead, readCredential } from "../reads/credential.ts";
import { ownerOf, type ProjectNamespaces, readNamespaces } from "../reads/namespaces.ts";
import { foundIn, sinceOf } from "./facts.ts";
import { annotate } from "./fixes.ts";

/** The URL names another host than the one that the credential was given for, and the Secret does not confirm it. */
export async function credentialHostChanged(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const [credential, namespaces] = await Promise.all([
    readCredential(look, project),
    readNamespaces(look, project),
  ]);
  const moved = movedHost(project, credential, namespaces);
  if (moved === undefined || credential.state !== "usable") return [];
  const { from, to, namespace } = moved;
  const { ref } = credential;
  return [
    foundIn(project, ref, {
      kind: CREDENTIAL_HOST_CHANGED,
      what: `The git credential of ${project.metadata.name} was given for ${from}, and the URL now names ${to}`,
      evidence: `Namespace ${namespace} has the annotation ${ANNOTATIONS.gitHost}: ${from}, and Secret ${ref.name} no ${ANNOTATIONS.gitHosts}`,
      cause: `nothing is sent to a new host until the Secret says so: else whoever may edit the URL could have it sent anywhere. If the move is not meant, put the old host back into spec.git.url`,
      fix: annotate(ref, `${ANNOTATIONS.gitHosts}=${to}`),
      since: sinceOf(project, "CredentialHostChanged"),
    }),
  ];
}

/** Where the copies' Namespaces remember another host than the URL has. Pure. */
export function movedHost(
  project: ProjectGitOps,
  credential: CredentialRead,
  { planned }: ProjectNamespaces,
): { from: string; to: string; namespace: string } | undefined {
  if (credential.state !== "usable" || gitHostsOf(credential.secret) !== undefined) return undefined;
  const to = gitHostOf(credential.url);
  for (const seen of planned.values()) {
    if (seen.state !== "found") continue;
    const { metadata } = seen.object;
    const from = metadata.annotations?.[ANNOTATIONS.gitHost];
    if (from === undefined || from === to || ownerOf(metadata) !== projectKey(project.metadata)) continue;
    return { from, to, namespace: metadata.name };
  }
  return undefined;
}
