import { knownHostsName } from "../../../api/git-url.ts";
import { type CredentialFault, hostNames, readGitSecret } from "../../../git/index.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import {
  KNOWN_HOSTS_INVALID,
  KNOWN_HOSTS_MISSING,
  KNOWN_HOSTS_OF_OTHER_HOST,
  KNOWN_HOSTS_OF_OTHER_PORT,
} from "../catalogue/credential-known-hosts.ts";
import { CREDENTIAL_ENCODED_TWICE } from "../catalogue/credential-secret.ts";
import { patchProject } from "../git/fixes.ts";
import type { Facts, Teller, Told } from "./facts.ts";
import { COMPARE, decoded, fileOf, isPublished, put, remove, scan } from "./fixes.ts";

/** Of the host keys that are to be trusted. */
export const KNOWN_HOSTS_TELLERS = {
  KnownHostsMissing: (facts: Facts): Told => ({
    kind: KNOWN_HOSTS_MISSING,
    what: `Nobody says which host key ${at(facts)} has`,
    evidence: `neither spec.git.knownHosts nor known_hosts of Secret ${facts.ref.name} is given, and the host is none of those whose keys are built in`,
    cause: `no host key is trusted on first use; ${COMPARE}`,
    fix: `${scan(facts.url, ">")}\n${put(facts.ref, fileOf("known_hosts"))}`,
  }),
  KnownHostsOfOtherHost: (facts: Facts): Told => ({
    ...mended(facts, ">>"),
    kind: KNOWN_HOSTS_OF_OTHER_HOST,
    what: `${source(facts)} names other hosts than ${at(facts)}`,
    evidence: namesIn(facts),
  }),
  KnownHostsOfOtherPort: (facts: Facts): Told => ({
    ...mended(facts, ">>"),
    kind: KNOWN_HOSTS_OF_OTHER_PORT,
    what: `${source(facts)} names ${facts.url.host}, but not at port ${facts.url.port}`,
    evidence: namesIn(facts),
  }),
  KnownHostsGarbage: (facts: Facts): Told => ({
    ...mended(facts, ">"),
    kind: KNOWN_HOSTS_INVALID,
    what: `${source(facts)} cannot be read`,
    evidence: facts.problem.message,
  }),
} as const satisfies Partial<Record<CredentialFault, Teller>>;

/** Of what is written in the spec: a Secret's value is decoded in place. */
export const knownHostsEncodedTwice = (facts: Facts): Told => ({
  ...mended(facts, ">"),
  kind: CREDENTIAL_ENCODED_TWICE,
  what: `${source(facts)} is base64`,
  evidence: facts.problem.message,
});

export const inSpec = ({ project }: Pick<Facts, "project">): boolean =>
  (project.spec.git.knownHosts ?? "").trim() !== "";

const at = ({ url }: Facts): string => knownHostsName(url);
const source = (facts: Facts): string =>
  inSpec(facts) ? "spec.git.knownHosts" : `known_hosts in Secret ${facts.ref.name}`;

/** In the spec it stands before all others, so it goes from there first. */
function mended(facts: Facts, into: ">" | ">>"): Pick<Told, "object" | "cause" | "fix"> {
  const { ref, url, project } = facts;
  const spec = inSpec(facts);
  const object = spec ? { object: `ProjectGitOps ${projectKey(project.metadata)}` } : {};
  const drop = spec
    ? patchProject(project, [{ op: "remove", path: "/spec/git/knownHosts" }])
    : remove(ref, "known_hosts");
  if (isPublished(url) && (!spec || isGoodWithoutSpec(facts))) {
    return {
      ...object,
      cause: `the keys of ${url.host} are built in, and are used only where no others are given`,
      fix: drop,
    };
  }
  if (spec && isGoodWithoutSpec(facts)) {
    return {
      ...object,
      cause: `known_hosts of Secret ${ref.name} has the right ones, and stands behind spec.git.knownHosts`,
      fix: drop,
    };
  }
  const before = !spec && into === ">>" ? `${decoded(ref, "known_hosts")} | awk 1 > known_hosts\n` : "";
  const stored = `${before}${scan(url, before === "" ? ">" : ">>")}\n${put(ref, fileOf("known_hosts"))}`;
  return {
    ...object,
    cause: `host keys are trusted only for the host and port that they are written for; ${COMPARE}`,
    fix: spec ? `${stored}\n${drop}` : stored,
  };
}

const isGoodWithoutSpec = ({ secret, url }: Facts): boolean =>
  readGitSecret(secret, url, undefined).kind === "ok";

const MOST = 4;

/** Names of hosts are no secret; hashed ones are not known. */
function namesIn(facts: Facts): string {
  const { project, secret } = facts;
  const text = inSpec(facts)
    ? (project.spec.git.knownHosts ?? "")
    : Buffer.from(secret.data?.["known_hosts"] ?? "", "base64").toString();
  const names = hostNames(text);
  if (names.length === 0) return "all its names are hashed, and none is this one";
  const more = names.length > MOST ? `, and ${names.length - MOST} more` : "";
  return `it names ${names.slice(0, MOST).join(", ")}${more}`;
}
