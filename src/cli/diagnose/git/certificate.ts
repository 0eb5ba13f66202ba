import { credentialSecretName } from "../../../api/names.ts";
import { GIT_CERTIFICATE_UNTRUSTED } from "../catalogue/git-host.ts";
import { create, fileOf } from "../credential/fixes.ts";
import { credentialIn, gitUrlOf } from "./credential.ts";
import { edit, patchProject, patchSecret } from "./fixes.ts";
import type { Tell, Trouble } from "./trouble.ts";

export const tellCertificate: Tell = async (trouble, look) => {
  const { project, names, first } = trouble;
  const host = gitUrlOf(project)?.host ?? project.spec.git.url;
  const what = `Flux does not trust the certificate of ${host}, so ${names} cannot fetch`;
  const kind = GIT_CERTIFICATE_UNTRUSTED;
  if (/has expired|not yet valid/.test(first.said)) {
    const cause = "its time is over (or the clocks of the cluster are wrong): its administrator renews it";
    return { kind, what, cause, fix: showCertificate(trouble) };
  }
  if (/is valid for|doesn't contain any IP SANs|not valid for/.test(first.said)) {
    const cause = "it was made for another name: write that name into spec.git.url";
    return { kind, what, cause, fix: edit(project) };
  }
  const credential = await credentialIn(look, project, first.flux.namespace);
  const given = credential !== undefined && credential.kind !== "ssh" && credential.caCert !== undefined;
  return {
    kind,
    what,
    cause: `${
      given
        ? "the key ca.crt of the project's Secret holds another authority than the one that signed it"
        : "an authority signed it that the world does not know, and the project's Secret has no ca.crt that vouches for it"
    }: put the authority's certificate, which its administrator gives, into the file ./ca.crt`,
    fix: giveAuthority(trouble),
  };
};

function giveAuthority({ project }: Trouble): string {
  if (project.spec.git.credential !== undefined) return patchSecret(project, "ca.crt");
  const { metadata, spec } = project;
  const name = credentialSecretName(spec.projectId);
  return [
    create({ namespace: metadata.namespace, name }, fileOf("ca.crt")),
    patchProject(project, [{ op: "add", path: "/spec/git/credential", value: { secretRef: { name } } }]),
  ].join("\n");
}

function showCertificate({ project }: Trouble): string {
  const url = gitUrlOf(project);
  const at = `${url?.host}:${url?.port}`;
  return `openssl s_client -connect ${at} -servername ${url?.host} </dev/null | openssl x509 -noout -subject -issuer -dates`;
}
