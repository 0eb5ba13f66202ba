import { credentialSecretOf } from "../../../api/credential.ts";
import { type GitUrl, knownHostsName } from "../../../api/git-url.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { fingerprintOf, parseCredential, publicBlob, publishedKnownHosts } from "../../../git/index.ts";
import { SECRETS } from "../../../kube/index.ts";
import { HOST_KEY_CHANGED, HOST_KEY_UNKNOWN } from "../catalogue/git-access.ts";
import type { Look } from "../look.ts";
import { credentialIn, gitUrlOf } from "./credential.ts";
import { edit, patchProject, patchSecret } from "./fixes.ts";
import type { Tell, Trouble } from "./trouble.ts";

/** Where the lines come from that the operator copies for Flux. */
type Holder = "spec" | "secret" | "built in";

export const tellHostKeyChanged: Tell = async (trouble, look) => {
  const url = gitUrlOf(trouble.project);
  const host = url?.host ?? "the git host";
  const known = await knownFingerprints(look, trouble);
  return {
    kind: HOST_KEY_CHANGED,
    what: `${host} shows another host key than the known one, so ${trouble.names} cannot fetch`,
    cause: `${known.length === 0 ? "the key that is known" : known.join(", ")} is not what the host shows: it has a new key, or somebody else answers in its place`,
    fix: await storeKey(look, trouble, url),
  };
};

export const tellHostKeyUnknown: Tell = async (trouble, look) => {
  const url = gitUrlOf(trouble.project);
  const name = url === undefined ? "the git host" : knownHostsName(url);
  return {
    kind: HOST_KEY_UNKNOWN,
    what: `No host key of ${name} is known to Flux, so ${trouble.names} cannot fetch`,
    cause: `known_hosts of ${trouble.names} has no line for ${name}: a port other than 22 is part of the name`,
    fix: await storeKey(look, trouble, url),
  };
};

/** Fingerprints of the lines that Flux compares with; no secrets. */
async function knownFingerprints(look: Look, { project, first }: Trouble): Promise<string[]> {
  const credential = await credentialIn(look, project, first.flux.namespace);
  if (credential?.kind !== "ssh") return [];
  const keys = (credential.knownHosts ?? "").split("\n").flatMap((line) => {
    const blob = publicBlob(line.trim().split(/\s+/).slice(-2).join(" "));
    return blob === undefined ? [] : [fingerprintOf(blob)];
  });
  return keys.slice(0, 3);
}

/** Nothing is stored before a person has compared the fingerprint: whoever is in between could answer as well. */
async function storeKey(look: Look, { project }: Trouble, url: GitUrl | undefined): Promise<string> {
  if (url === undefined) return edit(project);
  const holder = await holderOf(look, project, url);
  if (holder !== "built in" && publishedKnownHosts(url) !== undefined) return useBuiltIn(project, holder);
  const scan = `ssh-keyscan ${url.port === 22 ? "" : `-p ${url.port} `}${url.host}`;
  const store = holder === "secret" ? patchSecret(project, "known_hosts") : storeInSpec(project);
  return `${scan} | tee known_hosts | ssh-keygen -lf - && printf 'Is this the fingerprint that the administrator of the host gives? (yes or no) ' && read -r answer && [ "$answer" = yes ] && ${store}`;
}

/** kubectl makes JSON of the file. */
export const storeInSpec = ({ metadata }: ProjectGitOps): string =>
  `kubectl patch pgops ${metadata.name} -n ${metadata.namespace} --type merge -p "{\\"spec\\":{\\"git\\":$(kubectl create configmap lines --dry-run=client -o jsonpath='{.data}' --from-file=knownHosts=known_hosts)}}"`;

function useBuiltIn(project: ProjectGitOps, holder: Holder): string {
  if (holder === "spec") return patchProject(project, [{ op: "remove", path: "/spec/git/knownHosts" }]);
  const name = credentialSecretOf(project.spec);
  return `kubectl patch secret ${name} -n ${project.metadata.namespace} --type json -p '[{"op":"remove","path":"/data/known_hosts"}]'`;
}

async function holderOf(look: Look, { metadata, spec }: ProjectGitOps, url: GitUrl): Promise<Holder> {
  if (spec.git.knownHosts?.trim()) return "spec";
  const name = credentialSecretOf(spec) ?? "";
  const seen = await look.get(SECRETS, { namespace: metadata.namespace, name });
  if (seen.state !== "found") return "spec";
  const credential = parseCredential(seen.object, url);
  return credential.kind === "ssh" && credential.knownHosts?.trim() ? "secret" : "built in";
}
