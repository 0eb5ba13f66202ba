import { generateKeyPairSync } from "node:crypto";
import { type HostUnderTest, hostContract } from "./contract.ts";
import { GiteaServer } from "./servers/gitea-server.ts";
import { APP, GitHubServer } from "./servers/github-server.ts";
import { GitLabServer } from "./servers/gitlab-server.ts";

const TOKEN = "tok_0123456789abcdef0123456789ABCDEF";
const WEAK = "tok_fedcba98765432100123456789ABCDEF";
const WRONG = "tok_of_nobody_0123456789abcdef";
const PASSWORD = "correct horse / battery+staple&";
const PAGE = 3;

const BOTH = ["deployKey", "accessToken"] as const;

hostContract("GitHub with a token", { kinds: ["deployKey"], weak: ["deployKey"] }, async () => {
  const { server, host } = await github();
  return {
    ...host,
    signIn: () => ({ kind: "token", token: TOKEN, caCert: server.tls.caPem }),
    weakSignIn: () => ({ kind: "token", token: WEAK, caCert: server.tls.caPem }),
    wrongSignIn: () => ({ kind: "token", token: WRONG, caCert: server.tls.caPem }),
  };
});

hostContract("GitHub with an App", { kinds: ["deployKey"], weak: [] }, async () => {
  const { server, host } = await github();
  const signIn = { kind: "githubApp", appId: APP.id, privateKey: APP_KEY, caCert: server.tls.caPem } as const;
  return {
    ...host,
    signIn: () => ({ ...signIn, installationOwner: "acme" }),
    wrongSignIn: () => ({ ...signIn, privateKey: rsaKey(), installationId: String(APP.installation) }),
  };
});

hostContract("GitLab", { kinds: BOTH, weak: BOTH }, async () => {
  const server = await GitLabServer.start({
    token: TOKEN,
    weakToken: WEAK,
    projects: ["acme/teams/shop"],
    pageSize: PAGE,
  });
  const { tls, complaints } = server;
  return {
    ...common(tls),
    provider: "gitlab",
    repository: "acme/teams/shop",
    complaints,
    signIn: () => ({ kind: "token", token: TOKEN, caCert: tls.caPem }),
    weakSignIn: () => ({ kind: "token", token: WEAK, caCert: tls.caPem }),
    wrongSignIn: () => ({ kind: "token", token: WRONG, caCert: tls.caPem }),
  };
});

for (const provider of ["gitea", "forgejo"] as const)
  hostContract(provider, { kinds: BOTH, weak: ["deployKey"], userTokens: true }, async () => {
    const { tls, complaints } = await GiteaServer.start({
      token: TOKEN,
      weakToken: WEAK,
      username: "bot",
      password: PASSWORD,
      repositories: ["acme/shop"],
      isForgejo: provider === "forgejo",
      pageSize: PAGE,
    });
    const basic = { kind: "basic", username: "bot", caCert: tls.caPem } as const;
    const token = { kind: "token", caCert: tls.caPem } as const;
    return {
      ...common(tls),
      provider,
      repository: "acme/shop",
      complaints,
      signIn: (kind) =>
        kind === "deployKey" ? { ...token, token: TOKEN } : { ...basic, password: PASSWORD },
      weakSignIn: () => ({ ...token, token: WEAK }),
      wrongSignIn: (kind) =>
        kind === "deployKey" ? { ...token, token: WRONG } : { ...basic, password: WRONG },
    };
  });

const rsaKey = (): string =>
  generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
    format: "pem",
    type: "pkcs1",
  }) as string;
const APP_KEY = rsaKey();

async function github() {
  const server = await GitHubServer.start({
    token: TOKEN,
    weakToken: WEAK,
    repositories: ["acme/shop"],
    appKey: APP_KEY,
    pageSize: PAGE,
  });
  const host = {
    ...common(server.tls),
    provider: "github",
    repository: "acme/shop",
    complaints: server.complaints,
  } satisfies Partial<HostUnderTest>;
  return { server, host };
}

const common = (tls: GitHubServer["tls"]) => ({
  apiURL: tls.url,
  caPem: tls.caPem,
  pageSize: PAGE,
  server: tls,
  stop: () => tls.stop(),
});
