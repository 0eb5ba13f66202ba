import type { ProjectGitOps } from "../../../api/schema.ts";
import type { Found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { readCredential } from "../reads/credential.ts";
import { readFluxObjects } from "../reads/flux-objects.ts";
import { foundIn } from "./facts.ts";
import { wrongPassword } from "./tell-key.ts";

/** Go's x509.IncorrectPasswordError, which its ssh package gives for OpenSSH's own format too. */
const REFUSED = "decryption password incorrect";

/** A key in OpenSSH's format is opened by Flux alone: whether the password is right, only Flux can say. */
export async function passwordThatOpensNothing(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const seen = await readCredential(look, project);
  if (seen.state !== "usable" || seen.read.credential.kind !== "ssh") return [];
  if (seen.read.credential.password === undefined) return [];
  const environments = await readFluxObjects(look, project);
  const refused = environments.find(
    ({ source }) => source.health?.ready === "False" && source.health.message.includes(REFUSED),
  );
  if (refused === undefined) return [];
  const { source } = refused;
  const { ref } = seen;
  const told = wrongPassword(ref, `${source.object} says: ${source.health?.message}`);
  return [foundIn(project, ref, { ...told, since: source.since })];
}
