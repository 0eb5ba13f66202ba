import type { ProjectGitOps } from "../../../api/schema.ts";
import type { Found } from "../finding-kind.ts";
import { sourceFailures } from "../git/source-failures.ts";
import type { Look } from "../look.ts";
import { readCredential } from "../reads/credential.ts";
import { foundIn } from "./facts.ts";
import { wrongPassword } from "./tell-key.ts";

/** Go's x509.IncorrectPasswordError, which golang.org/x/crypto/ssh gives for OpenSSH's own format too. */
const REFUSED = "decryption password incorrect";

/** A key in OpenSSH's format is opened by Flux alone: whether the password is right, only Flux can say. */
export async function passwordThatOpensNothing(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const seen = await readCredential(look, project);
  if (seen.state !== "usable" || seen.read.credential.kind !== "ssh") return [];
  if (seen.read.credential.password === undefined) return [];
  const failing = (await sourceFailures(look, project)).find(({ said }) => said.includes(REFUSED));
  if (failing === undefined) return [];
  const told = wrongPassword(seen.ref, `${failing.flux.source.object} says ${failing.said}`);
  return [foundIn(project, seen.ref, { ...told, since: failing.since })];
}
