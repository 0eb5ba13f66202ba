import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { expiryOf } from "../../../git/index.ts";
import { age } from "../../age.ts";
import {
  CREDENTIAL_EXPIRED,
  CREDENTIAL_EXPIRES_SOON,
  CREDENTIAL_EXPIRY_UNREADABLE,
} from "../catalogue/credential-use.ts";
import type { Found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { type CredentialRead, readCredential } from "../reads/credential.ts";
import { rotateCommand } from "../set-up/about.ts";
import { foundIn } from "./facts.ts";
import { annotate, fileOf, put } from "./fixes.ts";

const SOON_MS = 7 * 24 * 60 * 60 * 1000;

/** What the Secret's own annotation says of the end of its credential. */
export async function credentialExpiry(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const seen = await readCredential(look, project);
  if ((seen.state !== "usable" && seen.state !== "problem") || seen.secret === undefined) return [];
  const { ref, secret } = seen;
  const expiry = expiryOf(secret);
  if (expiry.kind === "unknown") return [];
  if (expiry.kind === "unreadable") return [foundIn(project, ref, unreadable(ref, expiry.text))];
  const at = new Date(expiry.time).toISOString();
  const left = expiry.time - look.now;
  const isGenerated = project.spec.git.credential?.generate !== undefined;
  // The operator replaces its own in time, however short their life; what keeps it from that is told as such.
  if (left > SOON_MS || (isGenerated && left > 0)) return [];
  const evidence = `its annotation ${ANNOTATIONS.expiresAt} is ${at}`;
  const told = isGenerated
    ? { evidence, ...rotate(project) }
    : {
        evidence,
        cause: "make a new one at the git host and put it there; the annotation goes, or gets the new end",
        fix: `${put(ref, fileOf(keyOf(seen)))}\n${annotate(ref, `${ANNOTATIONS.expiresAt}-`)}`,
      };
  if (left > 0) {
    const what = `The git credential of ${project.metadata.name} expires in ${age(new Date(look.now - left).toISOString(), look.now)}`;
    return [foundIn(project, ref, { kind: CREDENTIAL_EXPIRES_SOON, what, ...told })];
  }
  const what = `The git credential of ${project.metadata.name} has expired`;
  return [foundIn(project, ref, { kind: CREDENTIAL_EXPIRED, what, ...told, since: at })];
}

const rotate = (project: ProjectGitOps) => ({
  cause:
    "the operator made it and should have replaced it at 2/3 of its life: it was stopped, or the git host refused",
  fix: rotateCommand(project),
});

/** The key of the Secret that a new one goes to. */
function keyOf(seen: CredentialRead & { state: "usable" | "problem" }): string {
  const kind = seen.state === "usable" ? seen.read.credential.kind : undefined;
  switch (kind) {
    case "basic":
      return "password";
    case "bearer":
      return "bearerToken";
    case "githubApp":
      return "githubAppPrivateKey";
    case "caOnly":
      return "ca.crt";
    default:
      return seen.url.transport === "ssh" ? "identity" : "password";
  }
}

function unreadable(ref: Parameters<typeof annotate>[0], text: string) {
  const meant = Date.parse(text);
  const time = Number.isNaN(meant) ? undefined : new Date(meant).toISOString().replace(".000Z", "Z");
  return {
    kind: CREDENTIAL_EXPIRY_UNREADABLE,
    what: `It cannot be read when the credential in Secret ${ref.name} expires, so nobody will be warned`,
    evidence: `its annotation ${ANNOTATIONS.expiresAt} is ${JSON.stringify(text)}`,
    cause: `it must be a time of RFC 3339, such as 2027-01-31T00:00:00Z${time === undefined ? "; the command removes it" : ""}`,
    fix: annotate(ref, time === undefined ? `${ANNOTATIONS.expiresAt}-` : `${ANNOTATIONS.expiresAt}=${time}`),
  };
}
