import { credentialSecretOf } from "../../../api/credential.ts";
import { type GitUrl, gitHostOf } from "../../../api/git-url.ts";
import { gitHostsOf } from "../../../git/index.ts";
import { PUBLISHED_HOST_KEYS } from "../../../git/published-host-keys.ts";
import { SECRETS } from "../../../kube/index.ts";
import { nearest } from "../../nearest.ts";
import { GIT_CONNECTION_REFUSED, GIT_HOST_NOT_FOUND, GIT_HOST_TIMEOUT } from "../catalogue/git-host.ts";
import type { Look } from "../look.ts";
import { isNameLookup } from "./classify.ts";
import { gitUrlOf } from "./credential.ts";
import { changeUrl, edit, inController } from "./fixes.ts";
import { fluxController } from "./flux-controllers.ts";
import type { Tell, Trouble } from "./trouble.ts";

const WELL_KNOWN = Object.keys(PUBLISHED_HOST_KEYS);

export const tellHostNotFound: Tell = async (trouble, look) => {
  const url = gitUrlOf(trouble.project);
  const host = url?.host ?? trouble.project.spec.git.url;
  const [meant] = WELL_KNOWN.includes(host) ? [] : nearest(host, WELL_KNOWN);
  return {
    kind: GIT_HOST_NOT_FOUND,
    what: `The name ${host} does not resolve in the cluster, so ${trouble.names} cannot fetch`,
    cause:
      meant === undefined
        ? "the name is mistyped in spec.git.url, or the cluster's name server does not know the zone it is in"
        : `the name server knows no such host: ${meant} was probably meant`,
    fix:
      url === undefined || meant === undefined
        ? await tryIn(look, `nslookup ${host}`)
        : await moveTo(look, trouble, url, { ...url, host: meant }),
  };
};

export const tellConnectionRefused: Tell = async (trouble, look) => {
  const url = gitUrlOf(trouble.project);
  if (url === undefined) return { kind: GIT_CONNECTION_REFUSED, what: "Nobody listens at the git host" };
  const usual = url.transport === "ssh" ? 22 : 443;
  const known = WELL_KNOWN.includes(url.host) && url.port !== usual;
  return {
    kind: GIT_CONNECTION_REFUSED,
    what: `Nobody listens at ${url.host}:${url.port}, so ${trouble.names} cannot fetch`,
    cause: known
      ? `${url.host} serves git by ${url.transport} at port ${usual}, and spec.git.url says ${url.port}`
      : "the machine answers and refuses: the port in spec.git.url is wrong, or the git service is down",
    fix: known
      ? await moveTo(look, trouble, url, { ...url, port: usual })
      : await tryIn(look, `nc -zvw 5 ${url.host} ${url.port}`),
  };
};

export const tellTimeout: Tell = async (trouble, look) => {
  const { project, names, first } = trouble;
  const url = gitUrlOf(project);
  const target = url === undefined ? project.spec.git.url : `${url.host}:${url.port}`;
  if (isNameLookup(first.said)) {
    return {
      kind: GIT_HOST_TIMEOUT,
      what: `The cluster's name server does not answer, so ${names} cannot find ${url?.host ?? target}`,
      cause: "DNS is down, or the way from source-controller to it is cut (port 53, UDP and TCP)",
      fix: await tryIn(look, `nslookup ${url?.host ?? ""}`),
    };
  }
  return {
    kind: GIT_HOST_TIMEOUT,
    what: `The git host does not answer at ${target}, so ${names} cannot fetch`,
    cause:
      "what Flux sends gets lost: a firewall, a security group or the network plugin's own policies; no NetworkPolicy that you may see forbids it",
    fix: await tryIn(look, url === undefined ? "nslookup" : `nc -zvw 5 ${url.host} ${url.port}`),
  };
};

async function tryIn(look: Look, command: string): Promise<string> {
  return inController(await fluxController(look, "source-controller"), command);
}

/** The same URL at another host or port. The Secret's own list of hosts is kept and gets the new one. */
async function moveTo(look: Look, { project }: Trouble, from: GitUrl, to: GitUrl): Promise<string> {
  const rest = /^[a-z]+:\/\/[^/]+(\/.*)$/.exec(from.url)?.[1];
  if (rest === undefined) return edit(project);
  const usual = to.transport === "ssh" ? 22 : 443;
  const authority = `${to.user ? `${to.user}@` : ""}${to.host}${to.port === usual ? "" : `:${to.port}`}`;
  const secret = credentialSecretOf(project.spec);
  const seen = secret && (await look.get(SECRETS, { namespace: project.metadata.namespace, name: secret }));
  const listed = seen && seen.state === "found" ? (gitHostsOf(seen.object) ?? []) : [];
  const hosts = [...new Set([...listed, gitHostOf(to)])].join(",");
  return changeUrl(project, `${to.transport}://${authority}${rest}`, hosts);
}
