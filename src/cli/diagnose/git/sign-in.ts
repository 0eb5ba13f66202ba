import { credentialSecretOf } from "../../../api/credential.ts";
import type { GitUrl } from "../../../api/git-url.ts";
import { credentialSecretName, gitSecretName } from "../../../api/names.ts";
import { publishedKnownHosts } from "../../../git/index.ts";
import { KEY_REFUSED, SIGN_IN_REQUIRED, TOKEN_REFUSED } from "../catalogue/git-access.ts";
import { create, put } from "../credential/fixes.ts";
import { inWords } from "../in-words.ts";
import type { Look } from "../look.ts";
import { rotateCommand } from "../set-up/about.ts";
import { credentialIn, gitUrlOf } from "./credential.ts";
import { patchProject, patchSecret, printPublicKey } from "./fixes.ts";
import type { Tell, Trouble } from "./trouble.ts";

export const tellKeyRefused: Tell = async (trouble, look) => {
  const { project, names, first, working } = trouble;
  const url = gitUrlOf(project);
  const what = `The git host refuses the key of ${names}`;
  const kind = KEY_REFUSED;
  if (url?.user !== undefined && url.user !== "git" && publishedKnownHosts({ ...url, port: 22 })) {
    return {
      kind,
      what,
      cause: `${url.host} signs everybody in as git, and spec.git.url says ${url.user}`,
      fix: patchProject(project, [
        { op: "add", path: "/spec/git/url", value: url.url.replace(`//${url.user}@`, "//git@") },
      ]),
    };
  }
  const [failing, good] = await Promise.all([
    fingerprint(look, trouble, first.flux.namespace),
    working[0] && fingerprint(look, trouble, working[0].namespace),
  ]);
  const others = inWords(working.map(({ environment }) => environment.name));
  const { namespace, name } = project.metadata;
  if (failing !== undefined && good !== undefined && failing !== good) {
    return {
      kind,
      what,
      cause: `the Secret of ${names} holds key ${failing}; that of ${others} holds ${good}, which works`,
      fix: `projectgitops reconcile ${name} -n ${namespace}`,
    };
  }
  if (project.spec.git.credential?.generate)
    return {
      kind,
      what,
      cause: `${failing === undefined ? "the key" : `key ${failing}`}, which the operator made, is not registered at ${url?.host} any more, or may not read: the operator makes another one`,
      fix: rotateCommand(project),
    };
  return {
    kind,
    what,
    cause: `${failing === undefined ? "the key" : `key ${failing}`} is not registered at ${url?.host}, or no longer${working.length > 0 ? `, though ${others} could still fetch before` : ""}: register its public half, which the fix prints, as a deploy key${page(url)}`,
    fix: printPublicKey(first.flux.namespace, gitSecretName(project.spec.projectId)),
  };
};

export const tellTokenRefused: Tell = async (trouble, look) => {
  const { project, names, first, working } = trouble;
  const url = gitUrlOf(project);
  const credential = await credentialIn(look, project, first.flux.namespace);
  if (project.spec.git.credential === undefined || credential?.kind === "caOnly") {
    return {
      kind: SIGN_IN_REQUIRED,
      what: `${url?.host} asks ${names} to sign in, and the project has no credential`,
      cause:
        "the repository is private, or not there: hosts do not tell strangers which. Put a token into the file ./token",
      fix: giveToken(trouble),
    };
  }
  if (project.spec.git.credential.generate)
    return {
      kind: TOKEN_REFUSED,
      what: `The git host refuses the token of ${names}`,
      cause: `${url?.host} does not accept the token that the operator made: it was revoked or expired there, and the operator makes another one`,
      fix: rotateCommand(project),
    };
  const forbidden = first.said.includes("authorization failed");
  const others = inWords(working.map(({ environment }) => environment.name));
  return {
    kind: TOKEN_REFUSED,
    what: `The git host refuses the ${credential?.kind === "githubApp" ? "GitHub App" : "token"} of ${names}`,
    cause: `${
      forbidden
        ? `${url?.host} knows it, but it may not read this repository: a scope, a role or the organisation's approval is missing`
        : `${url?.host} does not accept it: it expired, was revoked, or is mistyped`
    }${others === "" ? "" : `; ${others} can fetch`}. Put a new one into the file that the fix names`,
    fix: patchSecret(project, keyOf(credential?.kind)),
  };
};

const keyOf = (kind: string | undefined): string =>
  kind === "bearer" ? "bearerToken" : kind === "githubApp" ? "githubAppPrivateKey" : "password";

function giveToken({ project }: Trouble): string {
  const { metadata, spec } = project;
  const { namespace } = metadata;
  const from = ["--from-literal=username=git", "--from-file=password=./token"];
  const given = credentialSecretOf(spec);
  if (given !== undefined) return put({ namespace, name: given }, ...from);
  const name = credentialSecretName(spec.projectId);
  return [
    create({ namespace, name }, ...from),
    patchProject(project, [{ op: "add", path: "/spec/git/credential", value: { secretRef: { name } } }]),
  ].join("\n");
}

async function fingerprint(look: Look, { project }: Trouble, namespace: string): Promise<string | undefined> {
  const credential = await credentialIn(look, project, namespace);
  return credential?.kind === "ssh" ? credential.fingerprint : undefined;
}

/** Where a host takes deploy keys. */
const PAGES: Readonly<Record<string, string>> = {
  "github.com": "/settings/keys",
  "gitlab.com": "/-/settings/repository",
  "bitbucket.org": "/admin/access-keys/",
  "codeberg.org": "/settings/keys",
};

function page(url: GitUrl | undefined): string {
  const settings = PAGES[url?.host ?? ""];
  const repository = /^[a-z]+:\/\/[^/]+\/(.+?)(\.git)?\/?$/.exec(url?.url ?? "")?.[1];
  if (url === undefined || settings === undefined || repository === undefined) return " of the repository";
  return ` at https://${url.host}/${repository}${settings}`;
}
