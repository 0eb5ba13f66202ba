import { type GitUrl, gitHostOf } from "../../../api/git-url.ts";
import { HTTPS_CREDENTIAL_FOR_SSH, SSH_KEY_FOR_HTTPS } from "../catalogue/credential-secret.ts";
import { changeUrl, patchProject } from "../git/fixes.ts";
import type { Facts, Told } from "./facts.ts";

/** The Secret is for the other kind of URL: the same repository by the other way. */
export function otherUrl(facts: Facts): Told {
  const { ref, url, project } = facts;
  const ssh = url.transport === "ssh";
  const moved = otherForm(url);
  const here = gitHostOf(url) === gitHostOf(moved);
  return {
    kind: ssh ? HTTPS_CREDENTIAL_FOR_SSH : SSH_KEY_FOR_HTTPS,
    what: `The URL of ${project.metadata.name} is ${url.transport}, and Secret ${ref.name} holds ${ssh ? "a password or token for https" : "an SSH key"}`,
    cause: `${ssh ? "no git host takes a password or token over ssh" : "an SSH key cannot sign in over https"}: either the URL or the Secret was meant otherwise`,
    fix: here
      ? patchProject(project, [{ op: "add", path: "/spec/git/url", value: moved.url }])
      : changeUrl(project, moved.url, gitHostOf(moved)),
  };
}

/** The same repository by the other way; a port belongs to one of the two only. */
function otherForm({ url, host, transport }: GitUrl): GitUrl {
  const path = url.replace(/^[a-z]+:\/\/[^/]+\//, "");
  const named = host.includes(":") ? `[${host}]` : host;
  const other = transport === "ssh" ? "https" : "ssh";
  return {
    kind: "ok",
    url: `${other}://${other === "ssh" ? "git@" : ""}${named}/${path}`,
    transport: other,
    user: other === "ssh" ? "git" : undefined,
    host,
    port: other === "ssh" ? 22 : 443,
  };
}
