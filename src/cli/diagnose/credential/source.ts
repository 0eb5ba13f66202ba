import type { Secret } from "kubernetes-types/core/v1";
import { readGeneratedState } from "../../../api/generated.ts";
import { type GitUrl, gitHostOf } from "../../../api/git-url.ts";
import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { type CredentialFault, gitHostsOf } from "../../../git/index.ts";
import { HOST_NOT_ALLOWED } from "../catalogue/credential-use.ts";
import type { Found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { readCredential } from "../reads/credential.ts";
import { rotateCommand } from "../set-up/about.ts";
import { contents, credentialOf, type Facts, foundIn, sinceOf, type Teller, type Told } from "./facts.ts";
import { annotate } from "./fixes.ts";
import { nearSecrets } from "./near.ts";
import { KEY_TELLERS } from "./tell-key.ts";
import { inSpec, KNOWN_HOSTS_TELLERS, knownHostsEncodedTwice } from "./tell-known-hosts.ts";
import { SECRET_TELLERS } from "./tell-secret.ts";

type GitFault = Exclude<CredentialFault, "PullSecretMissing" | "PullSecretWrongType" | "PullSecretEmpty">;

const TELLERS: Readonly<Record<GitFault, Teller>> = {
  ...SECRET_TELLERS,
  ...KEY_TELLERS,
  ...KNOWN_HOSTS_TELLERS,
  EncodedTwice: (facts) =>
    facts.problem.key === "known_hosts" && inSpec(facts)
      ? knownHostsEncodedTwice(facts)
      : SECRET_TELLERS.EncodedTwice(facts),
  HostNotAllowed: hostNotAllowed,
};

/** The Secret that spec.git.credential names cannot be used: what is wrong with it, and how it is mended. */
export async function unusableCredential(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const seen = await readCredential(look, project);
  if (seen.state !== "problem") return [];
  const { ref, url, problem, secret = {} } = seen;
  const isGenerated = project.spec.git.credential?.generate !== undefined;
  // Until one is in force for this URL making it is the operator's next step. What hinders that is told elsewhere, and
  // so are host keys: they belong into the spec.
  if (isGenerated && (!isInForce(secret, url) || problem.fault.startsWith("KnownHosts"))) return [];
  const near = problem.fault === "SecretMissing" ? await nearSecrets(look, ref, url, project) : { names: [] };
  const facts = { project, ref, url, problem, secret, near };
  const told = { ...TELLERS[problem.fault as GitFault](facts), ...(isGenerated ? rotated(project) : {}) };
  return [
    foundIn(project, ref, { evidence: contents(secret), ...told, since: sinceOf(project, problem.reason) }),
  ];
}

const isInForce = ({ metadata }: Secret, url: GitUrl): boolean =>
  readGeneratedState(metadata?.annotations?.[ANNOTATIONS.generated])?.current?.target.gitHost ===
  gitHostOf(url);

/** What the operator made was changed by hand: only another one mends it. */
const rotated = (project: ProjectGitOps): Pick<Told, "cause" | "fix"> => ({
  cause: "the operator made it, and somebody changed it: the operator makes another one",
  fix: rotateCommand(project),
});

function hostNotAllowed(facts: Facts): Told {
  const { ref, url, secret } = facts;
  const hosts = gitHostsOf(secret) ?? [];
  const host = gitHostOf(url);
  return {
    kind: HOST_NOT_ALLOWED,
    what: `Secret ${ref.name} may not be sent to ${host}, which the URL names`,
    evidence: `its annotation ${ANNOTATIONS.gitHosts} allows ${hosts.join(", ") || "no host"}`,
    cause: `if ${credentialOf(facts)} is meant for ${host}, its Secret has to say so; if not, the URL or the name of the Secret is wrong`,
    fix: annotate(ref, `${ANNOTATIONS.gitHosts}=${[...hosts, host].join(",")}`),
  };
}
