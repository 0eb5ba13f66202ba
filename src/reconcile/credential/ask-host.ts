import type { CredentialSlot } from "../../api/generated.ts";
import type { ProjectGitOps, Reason } from "../../api/schema.ts";
import { credentialMissing, type GitHost, readHostCredential } from "../../git/index.ts";
import type { CallOptions } from "../../kube/index.ts";
import type { Problem } from "../../machine/index.ts";
import type { Dependencies } from "../dependencies.ts";
import { projectKey } from "../resources.ts";
import { hostCredentialOf } from "./read.ts";

/** The Secret that the host is asked with cannot be used any more. */
export class NoHostCredential extends Error {
  readonly reason: Reason;

  constructor({ reason, message }: Problem) {
    super(message);
    this.reason = reason;
  }
}

/**
 * The API of the host that a slot's credential is registered at.
 * @throws NoHostCredential; HostError where the host may not be called
 */
export async function askHost(
  { client, secrets, hosts }: Pick<Dependencies, "client" | "secrets" | "hosts">,
  project: ProjectGitOps,
  slot: CredentialSlot,
  options: CallOptions,
): Promise<{ host: GitHost; caCert?: string }> {
  const { namespace } = project.metadata;
  const name = hostCredentialOf(slot, project);
  const found = await secrets.read(client, projectKey(project.metadata), namespace, name, options);
  const credential = found && readHostCredential(found.secret, slot.target);
  if (credential === undefined) throw new NoHostCredential(credentialMissing(namespace, name, "https"));
  if (credential.kind === "problem") throw new NoHostCredential(credential);
  const host = hosts.open(slot.target, credential, options);
  return { host, ...(credential.caCert ? { caCert: credential.caCert } : {}) };
}
