import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { SECRETS } from "../../../src/kube/index.ts";
import { type App, type E2e, PROJECTS } from "./project.ts";

/** One deploy key as Gitea lists it. */
export interface DeployKey {
  id: number;
  title: string;
  key: string;
  read_only: boolean;
}

/** Flags of an operator that may call the git host of the tests, as often as it likes. */
export const hostFlags = ({ gitea, publicHttps }: Pick<E2e, "gitea" | "publicHttps">): string[] => [
  "--git-hosts",
  `${new URL(publicHttps.url).host},${gitea.sshHost}`,
  "--host-calls",
  "600",
];

/** What the operator signs in with at the API: a token of the owner's, and the CA of the host's certificate. */
export async function giveHostCredential(
  { admin, namespace, gitea }: E2e,
  caPem: string,
  name = "gitea",
): Promise<void> {
  await admin.createSecret(namespace, name, { token: gitea.api.credential.password, "ca.crt": caPem });
}

/** spec.git of a project whose deploy key the operator makes. */
export const generated = (
  { gitea, publicHttps }: E2e,
  { id }: App,
  generate: Partial<NonNullable<NonNullable<ProjectGitOpsSpecInput["git"]["credential"]>["generate"]>> = {},
): ProjectGitOpsSpecInput["git"] => ({
  url: gitea.sshUrl(id),
  interval: "10s",
  knownHosts: gitea.knownHosts,
  credential: {
    generate: {
      provider: "gitea",
      apiURL: publicHttps.url,
      hostCredentialRef: { name: "gitea" },
      rotation: { interval: "720h", overlap: "10s" },
      ...generate,
    },
  },
});

/** What the host has registered for a repository. */
export const deployKeys = ({ gitea }: E2e, { id }: App): Promise<DeployKey[]> =>
  gitea.api.deployKeys(id) as Promise<DeployKey[]>;

/** Asks for a rotation, or a revocation, as `kubectl annotate` does. */
export async function ask({ admin, namespace }: E2e, { id }: App, what: "rotate" | "revoke"): Promise<void> {
  const annotations = { [`projectgitops.dev/${what}`]: crypto.randomUUID() };
  await admin.patch(PROJECTS, { namespace, name: id }, { metadata: { annotations } }, { type: "merge" });
}

/** The Secret that the operator keeps the credential in. */
export const keptSecret = ({ admin, namespace }: E2e, { id }: App) =>
  admin.get(SECRETS, { namespace, name: `${id}-git-credential` });
