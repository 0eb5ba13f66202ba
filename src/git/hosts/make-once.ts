import type { CredentialKind } from "../../api/generate.ts";
import type { GitCredential } from "../credential.ts";
import { makeSshKey } from "../ssh-key.ts";
import { withoutComment } from "./checks.ts";
import type { GitHost } from "./host.ts";

/** What is to be there, under one title that nothing else has. */
export interface Wish {
  kind: CredentialKind;
  /** `owner/name` */
  repository: string;
  title: string;
  readOnly: boolean;
  /** RFC 3339; of a token, at hosts where it ends by itself. */
  expiresAt: string;
}

/**
 * Makes and registers a credential, unless the one that the caller has kept is registered: what an earlier call
 * registered and nobody has kept is replaced.
 * @returns a Secret's keys in plain text; undefined where the kept one is good
 * @throws HostError
 */
export async function makeOnce(
  host: GitHost,
  { kind, repository, title, readOnly, expiresAt }: Wish,
  kept: GitCredential | undefined,
): Promise<Record<string, string> | undefined> {
  const known = (await host.list(kind, repository, title)).filter((one) => one.title === title);
  const publicKey = kept?.kind === "ssh" ? withoutComment(kept.publicKey) : undefined;
  const isThere =
    kind === "deployKey"
      ? known.some((one) => one.publicKey === publicKey)
      : known.length > 0 && kept?.kind === "basic";
  if (isThere) return undefined;
  for (const one of known) await host.remove(kind, repository, one.id);
  if (kind === "accessToken") {
    const { basic } = await host.add(repository, { kind, title, readOnly, expiresAt });
    return { username: basic?.username ?? "", password: basic?.password ?? "" };
  }
  const key = makeSshKey(title.replaceAll(" ", "-"));
  await host.add(repository, { kind, title, readOnly, publicKey: withoutComment(key.publicKey) });
  return { identity: key.privateKey, "identity.pub": `${key.publicKey}\n` };
}
