import type { Secret } from "kubernetes-types/core/v1";
import { credentialSecretOf } from "../../api/credential.ts";
import { parseGitUrl } from "../../api/git-url.ts";
import { readGitSecret } from "../../git/index.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { type Derived, secretOf } from "./derive.ts";
import { readSecret } from "./read.ts";

/** Where the project's credential comes from. */
export interface Credential {
  /** The Secret that is copied, with its data; undefined where one stands beside the ProjectGitOps already. */
  copy: Secret | undefined;
  /** The one that the operator will use, as far as it may be read. */
  used: Secret | undefined;
  /** `namespace/name` of that. */
  name: string;
  notes: string[];
}

/** Undefined for a public repository. Secret data is compared here, and never told. */
export async function credentialOf(
  client: BunK8sClient,
  { manifest, credentialFrom, environments }: Derived,
  io: Io,
): Promise<Credential | undefined> {
  const target = credentialSecretOf(manifest.spec);
  if (target === undefined) return undefined;
  const { namespace } = manifest.metadata;
  const read = (ref: { namespace: string; name: string }) =>
    ask(io, `read Secret ${ref.namespace}/${ref.name}`, readSecret(client, ref));
  const there = await read({ namespace, name: target });
  const copy = there === undefined && credentialFrom ? await read(credentialFrom) : undefined;
  const used = there ?? copy;
  const from = there || !credentialFrom ? { namespace, name: target } : credentialFrom;
  const notes = there ? [`Secret ${namespace}/${target} is there already, and is used as it is`] : [];
  for (const { name, repository } of environments) {
    const ref = secretOf(repository);
    const own = ref && (await read(ref));
    if (ref === undefined) notes.push(`${name} had no credential, and gets a copy of the project's`);
    else if (own && used && !Bun.deepEquals(keysOf(own), keysOf(used))) {
      notes.push(
        `Secret ${ref.namespace}/${ref.name} of ${name} holds another credential than ${from.namespace}/${from.name}, which every environment gets a copy of: it has to open the repository too`,
      );
    }
  }
  return { copy, used, name: `${from.namespace}/${from.name}`, notes };
}

/** By the rules that the operator will judge it by; no byte of it is in the message. @throws CliError */
export function judgeCredential({ manifest }: Derived, { used, name: where }: Credential): void {
  const [namespace = "", name = ""] = where.split("/");
  if (used === undefined) {
    throw new CliError(`nothing was imported: Secret ${where} is not there, or you may not read it`, {
      next: `kubectl get secret ${name} -n ${namespace}`,
    });
  }
  const url = parseGitUrl(manifest.spec.git.url);
  if (url.kind !== "ok") return;
  const secret = { metadata: { namespace, name }, ...(used.data ? { data: used.data } : {}) };
  const read = readGitSecret(secret, url, undefined);
  if (read.kind !== "problem") return;
  throw new CliError(`nothing was imported: the operator would refuse the credential (${read.reason})`, {
    details: [read.message],
    exitCode: EXIT.no,
  });
}

/** What signs in: ssh-privatekey is identity once more, and host keys are no credential. */
function keysOf({ data = {} }: Secret): Record<string, string> {
  const { known_hosts: _, "identity.pub": __, "ssh-privatekey": key, ...rest } = data;
  return { ...(key ? { identity: key } : {}), ...rest };
}
