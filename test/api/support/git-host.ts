import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { GiteaServer } from "../../unit/git/hosts/servers/gitea-server.ts";
import type { Scope } from "./scope.ts";

/** What the git host of these tests takes; only the first may manage deploy keys. */
export const HOST_TOKEN = "tok_of_an_admin_0123456789";
export const WRONG_TOKEN = "tok_of_nobody_0123456789";
/** Secret that the host is asked with. */
export const HOST_SECRET = "git-host";

/** Gitea as its own description has it, over TLS, with these repositories of acme. */
export const startGitHost = (...repositories: string[]): Promise<GiteaServer> =>
  GiteaServer.start({
    token: HOST_TOKEN,
    weakToken: "tok_of_a_reader_0123456789",
    username: "bot",
    password: "a-password-0123456789",
    repositories: repositories.map((name) => `acme/${name}`),
    pageSize: 50,
  });

/** Flags with which an operator may call it. */
export const hostFlags = ({ tls }: GiteaServer): string[] => [
  "--git-hosts",
  `github.com,${new URL(tls.url).host}`,
  "--host-calls",
  "10000",
];

export const giveHostCredential = (
  { admin, namespace }: Pick<Scope, "admin" | "namespace">,
  { tls }: GiteaServer,
  { name = HOST_SECRET, token = HOST_TOKEN } = {},
) => admin.createSecret(namespace, name, { token, "ca.crt": tls.caPem });

/** A project whose deploy key is made there; Flux would fetch from github.com, whose host keys are published. */
export const generated = (
  { tls }: GiteaServer,
  { repository = "shop", secret = HOST_SECRET } = {},
): Partial<ProjectGitOpsSpecInput> => ({
  git: {
    url: `git@github.com:acme/${repository}.git`,
    credential: {
      generate: {
        provider: "gitea",
        apiURL: tls.url,
        hostCredentialRef: { name: secret },
        rotation: { overlap: "10s" },
      },
    },
  },
  environments: [{ name: "development" }, { name: "staging" }],
});

/** Titles of the deploy keys of a repository, as the host shows them. */
export async function titlesAt({ tls }: GiteaServer, repository = "shop"): Promise<string[]> {
  const response = await fetch(`${tls.url}/api/v1/repos/acme/${repository}/keys?limit=50`, {
    headers: { authorization: `token ${HOST_TOKEN}` },
    tls: { ca: tls.caPem },
  });
  return ((await response.json()) as { title: string }[]).map(({ title }) => title);
}
