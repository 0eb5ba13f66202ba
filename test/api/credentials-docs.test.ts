import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { scratchFolder } from "../cluster/index.ts";
import { readPage } from "../docs/page.ts";
import { Shell } from "../docs/shell.ts";
import { tellPage } from "../docs/story.ts";
import type { GiteaServer } from "../unit/git/hosts/servers/gitea-server.ts";
import { untilReady } from "./support/flux.ts";
import { generated, giveHostCredential, hostFlags, startGitHost } from "./support/git-host.ts";
import {
  getProject,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
} from "./support/scope.ts";

let host: GiteaServer;
let scope: Scope;
let shop: string;
let shell: Shell;
beforeAll(async () => {
  host = await startGitHost("shop");
  scope = await openScope({ args: hostFlags(host) });
  await giveHostCredential(scope, host);
  shop = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, shop, generated(host)));
  await untilReady(scope, shop);
  await scope.admin.createSecret(scope.namespace, "shop-git-https", { username: "git", password: "old" });
  const folder = scratchFolder("page");
  const files = {
    token: "t".repeat(20),
    password: "p".repeat(20),
    "ca.crt": host.tls.caPem,
    "app.pem": "pem",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, ".docker"));
  chmodSync(folder, 0o700);
  shell = await Shell.open({ kubeconfigPath: scope.cluster.kubeconfigPath, folder });
}, 60_000);
afterAll(async () => {
  await scope?.stop();
  await host?.tls.stop();
});

tellPage(readPage("docs/credentials.md"), {
  cluster: () => scope.cluster,
  shell: () => shell,
  replace: () => ({
    "-n platform": `-n ${scope.namespace}`,
    "namespace: platform": `namespace: ${scope.namespace}`,
    "show shop": `show ${shop}`,
    "rotate shop": `rotate ${shop}`,
    "revoke shop": `revoke ${shop}`,
  }),
});

describe("the commands of docs/credentials.md", () => {
  test("have made Secrets that the operator takes", async () => {
    const secret = await scope.admin.get(SECRETS, { namespace: scope.namespace, name: "shop-git" });
    expect(Object.keys(secret.data ?? {}).toSorted()).toEqual(["identity", "identity.pub"]);
    expect(secret.metadata?.labels).toEqual({ "reconcile.fluxcd.io/watch": "Enabled" });
    const name = uniqueProject();
    const git = { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "shop-git" } } };
    await scope.admin.create(PROJECTS, projectObject(scope.namespace, name, { git }));
    await untilReady(scope, name);
    const { annotations } = (await getProject(scope, shop)).metadata;
    expect(Object.keys(annotations ?? {})).toEqual(
      expect.arrayContaining(["projectgitops.dev/rotate", "projectgitops.dev/revoke"]),
    );
  });
});
