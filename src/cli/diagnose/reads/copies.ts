import type { Secret } from "kubernetes-types/core/v1";
import type { GitSecretPayload, ImagePullPayload } from "../../../api/credential.ts";
import { gitSecretName } from "../../../api/names.ts";
import type { Environment, ProjectGitOps } from "../../../api/schema.ts";
import { SECRETS } from "../../../kube/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import type { Look, Seen } from "../look.ts";
import { readCredential, type SecretRef } from "./credential.ts";
import { ownerOf, readNamespaces } from "./namespaces.ts";
import { readPullSecrets } from "./pull-secrets.ts";

/** A Secret of the project as it should stand in one environment, and as it does. */
export interface CopyRead {
  readonly environment: string;
  readonly ref: SecretRef;
  readonly use: "git" | "pull";
  /** The project's own Secret. */
  readonly source: Secret;
  readonly wanted: GitSecretPayload | ImagePullPayload;
  readonly seen: Seen<Secret>;
}

/** The copies in Namespaces that are there and the project's; of a Secret that cannot be used there are none to judge. */
export async function readCopies(look: Look, project: ProjectGitOps): Promise<CopyRead[]> {
  const [credential, pull, { planned }] = await Promise.all([
    readCredential(look, project),
    readPullSecrets(look, project),
    readNamespaces(look, project),
  ]);
  const wantedIn = ({ name, imagePullSecrets = [] }: Environment): Omit<CopyRead, "seen">[] => {
    const home = planned.get(name);
    if (home?.state !== "found" || home.object.metadata.deletionTimestamp !== undefined) return [];
    if (ownerOf(home.object.metadata) !== projectKey(project.metadata)) return [];
    const at = (secret: string) => ({
      environment: name,
      ref: { namespace: home.object.metadata.name, name: secret },
    });
    const git =
      credential.state === "usable"
        ? [
            {
              ...at(gitSecretName(project.spec.projectId)),
              use: "git" as const,
              source: credential.secret,
              wanted: credential.read.payload,
            },
          ]
        : [];
    const pulls = imagePullSecrets.flatMap((named) => {
      const { secret, payload } = pull.find(({ ref }) => ref.name === named.name) ?? {};
      return secret && payload
        ? [{ ...at(named.name), use: "pull" as const, source: secret, wanted: payload }]
        : [];
    });
    return [...git, ...pulls];
  };
  const wanted = project.spec.environments.flatMap(wantedIn);
  return Promise.all(wanted.map(async (one) => ({ ...one, seen: await look.get(SECRETS, one.ref) })));
}
