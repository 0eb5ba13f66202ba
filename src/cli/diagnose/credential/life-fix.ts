import { apiUrlOf, type Generate } from "../../../api/generate.ts";
import { gitHostOf, parseGitUrl } from "../../../api/git-url.ts";
import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { gitHostsOf } from "../../../git/index.ts";
import { SECRETS } from "../../../kube/index.ts";
import { edit } from "../git/fixes.ts";
import { storeInSpec } from "../git/host-key.ts";
import type { Look } from "../look.ts";
import type { SecretRef } from "../reads/credential.ts";
import { operatorDeployments } from "../reads/operators.ts";
import { annotate, COMPARE, create, put, scan } from "./fixes.ts";
import type { LifeTrouble } from "./life.ts";

/** What a person does about it, before it is tried again. */
export interface LifeFix {
  readonly commands: readonly string[];
  readonly cause: string;
}

/** By the reason that the operator gives. */
export async function lifeFix(
  look: Look,
  project: ProjectGitOps,
  { reason }: Pick<LifeTrouble, "reason">,
): Promise<LifeFix> {
  const generate = project.spec.git.credential?.generate as Generate;
  const ref = { namespace: project.metadata.namespace, name: generate.hostCredentialRef.name };
  const host = new URL(apiUrlOf(generate)).host;
  const files = filesFor(generate);
  switch (reason) {
    case "CredentialMissing":
      return {
        commands: [create(ref, ...files)],
        cause: `Secret ${ref.name}, which hostCredentialRef names, is to hold ${SIGN_IN}`,
      };
    case "CredentialInvalid":
    case "HostUnauthorized":
      return {
        commands: [put(ref, ...files)],
        cause: `Secret ${ref.name}, which hostCredentialRef names, is to hold ${SIGN_IN}; what it holds is malformed, expired or revoked`,
      };
    case "HostForbidden":
      return {
        commands: [put(ref, ...files)],
        cause: `${host} knows what Secret ${ref.name} holds, but it may not manage the credentials of this repository: give it that right there, or put another one there. docs/credentials.md lists the least that is needed`,
      };
    case "HostNotAllowed":
      return hostNotAllowed(look, ref, host, urlHostsOf(project));
    case "KnownHostsMissing":
      return knownHosts(project);
    case "RepositoryNotFoundOnHost":
      return {
        commands: [edit(project)],
        cause: `${host} knows no repository of the path in spec.git.url, or hides it from what Secret ${ref.name} holds: correct the URL, or give that the right to see the repository`,
      };
    case "KeyInUseElsewhere":
      return {
        commands: [],
        cause: `the key is registered at ${host} already, where the operator did not find it by its title: remove it there`,
      };
    case "HostUnreachable":
    case "UnexpectedAnswer":
      return {
        commands: [edit(project)],
        cause: `apiURL, which is ${apiUrlOf(generate)}, or provider, which is ${generate.provider}, is wrong; or the operator's network policy keeps it from ${host}`,
      };
    case "HostRateLimited":
    case "HostUnavailable":
    case "HostTimeout":
      return { commands: [], cause: `${host} is busy: this passes by itself, and is tried again` };
    case "CredentialRotationFailed":
      return {
        commands: [],
        cause:
          "the new one was registered and Flux was refused with it; it was put back and the new one revoked",
      };
    default:
      return { commands: [], cause: `the words are those of ${host}` };
  }
}

const SIGN_IN =
  "token (or username and password for access tokens of Gitea and Forgejo, or the githubApp keys), with the rights that docs/credentials.md lists";

/** Where a person has what the host is asked with. */
const filesFor = ({ provider, kind }: Generate): string[] =>
  (provider === "gitea" || provider === "forgejo") && kind === "accessToken"
    ? ["--from-literal=username=projectgitops", "--from-file=password=./password"]
    : ["--from-file=token=./token"];

/** The Secret's own annotation may say so, or the operator's setting. */
async function hostNotAllowed(
  look: Look,
  ref: SecretRef,
  host: string,
  urlHosts: readonly string[],
): Promise<LifeFix> {
  const seen = await look.get(SECRETS, ref);
  const listed = seen.state === "found" ? gitHostsOf(seen.object) : undefined;
  if (listed !== undefined && !listed.includes(host))
    return {
      commands: [annotate(ref, `${ANNOTATIONS.gitHosts}=${[...listed, host].join(",")}`)],
      cause: `Secret ${ref.name} may be sent to the hosts of its annotation ${ANNOTATIONS.gitHosts} only`,
    };
  return allowHost(look, [host, ...urlHosts]);
}

/** It limits the hosts of repositories too, where it is set: so all that are in use have to be named. */
async function allowHost(look: Look, hosts: readonly string[]): Promise<LifeFix> {
  const [operator] = (await operatorDeployments(look)) ?? [];
  const { namespace, name } = operator ?? { namespace: "projectgitops-system", name: "projectgitops" };
  const cause =
    "the operator sends a host credential to the hosts of its --git-hosts only, by default github.com, gitlab.com and codeberg.org. Where that is set, all repositories have to be on hosts that it names. An administrator of the operator can change it";
  const isFlag = operator?.deployment.spec?.template.spec?.containers.some(({ args }) =>
    args?.some((arg) => arg.startsWith("--git-hosts")),
  );
  if (isFlag) return { commands: [`kubectl edit deployment/${name} -n ${namespace}`], cause };
  const listed = operator?.settings.gitHosts ?? ["github.com", "gitlab.com", "codeberg.org"];
  const all = [...new Set([...listed, ...hosts])].join(",");
  return {
    commands: [`kubectl set env deployment/${name} -n ${namespace} PROJECTGITOPS_GIT_HOSTS=${all}`],
    cause,
  };
}

function knownHosts(project: ProjectGitOps): LifeFix {
  const url = parseGitUrl(project.spec.git.url);
  if (url.kind !== "ok") return { commands: [edit(project)], cause: "spec.git.url cannot be read" };
  return {
    commands: [`${scan(url, ">")}\n${storeInSpec(project)}`],
    cause: `spec.git.knownHosts has to name the host key, for with a key that the operator makes nobody gives one; ${COMPARE}`,
  };
}

function urlHostsOf({ spec }: ProjectGitOps): string[] {
  const url = parseGitUrl(spec.git.url);
  return url.kind === "ok" ? [gitHostOf(url)] : [];
}
