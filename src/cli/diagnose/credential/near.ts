import type { GitUrl } from "../../../api/git-url.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { readGitSecret, type SecretLike } from "../../../git/index.ts";
import { SECRETS } from "../../../kube/index.ts";
import { nearest } from "../../nearest.ts";
import type { Look } from "../look.ts";
import type { SecretRef } from "../reads/credential.ts";
import type { Facts } from "./facts.ts";

/** Secrets with nearly the name that is missing, and the first of them that would do for the URL. */
export function nearSecrets(
  look: Look,
  ref: SecretRef,
  url: GitUrl,
  { spec }: ProjectGitOps,
): Promise<Facts["near"]> {
  return nearThatFit(look, ref, (secret) => readGitSecret(secret, url, spec.git.knownHosts).kind === "ok");
}

/** The same for a Secret of any use. */
export async function nearThatFit(
  look: Look,
  { namespace, name }: SecretRef,
  fits: (secret: SecretLike) => boolean,
): Promise<Facts["near"]> {
  const all = (await look.listMetadata(SECRETS, { namespace })) ?? [];
  const names = nearest(
    name,
    all.map(({ metadata }) => metadata?.name ?? ""),
  );
  const seen = await Promise.all(names.map((near) => look.get(SECRETS, { namespace, name: near })));
  const fit = names.find((_, at) => {
    const one = seen[at];
    return one?.state === "found" && fits(one.object);
  });
  return { names, ...(fit === undefined ? {} : { usable: fit }) };
}
