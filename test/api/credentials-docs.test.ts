import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { kubectl, scratchFolder } from "../cluster/index.ts";
import type { GiteaServer } from "../unit/git/hosts/servers/gitea-server.ts";
import { paste } from "./diagnose/paste.ts";
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

const ROOT = join(import.meta.dir, "..", "..");
const PAGE = await Bun.file(join(ROOT, "docs", "credentials.md")).text();

/** What stands between ``` and ``` of this language, with the heading above it. */
const blocks = (language: string): [title: string, text: string][] =>
  [...PAGE.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, "gms"))].map((found) => {
    const title =
      PAGE.slice(0, found.index)
        .match(/^##+ (.*)$/gm)
        ?.at(-1) ?? "";
    return [title.replace(/^#+ /, ""), found[1] ?? ""];
  });

let host: GiteaServer;
let scope: Scope;
let shop: string;
let folder: string;
beforeAll(async () => {
  host = await startGitHost("shop");
  scope = await openScope({ args: hostFlags(host) });
  await giveHostCredential(scope, host);
  shop = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, shop, generated(host)));
  await untilReady(scope, shop);
  await scope.admin.createSecret(scope.namespace, "shop-git-https", { username: "git", password: "old" });
  folder = scratchFolder("page");
  const files = {
    token: "t".repeat(20),
    password: "p".repeat(20),
    "ca.crt": host.tls.caPem,
    "app.pem": "pem",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  mkdirSync(join(folder, ".docker"));
  chmodSync(folder, 0o700);
}, 60_000);
afterAll(async () => {
  await scope?.stop();
  await host?.tls.stop();
});

/** The page's names, and those of this test alone. */
const renamed = (text: string): string =>
  text
    .replaceAll("-n platform", `-n ${scope.namespace}`)
    .replaceAll(/\b(show|rotate|revoke|pgops) shop\b/g, (_, word) => `${word} ${shop}`);

describe("the commands of docs/credentials.md, one after the other", () => {
  test.each(blocks("sh"))("%s", async (_, text) => {
    await paste(scope.cluster, `export HOME='${folder}'\ncd '${folder}'\n${renamed(text)}`);
  });

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

describe("the manifests of docs/credentials.md", () => {
  const manifests = blocks("yaml").flatMap(([title, text]) =>
    (loadAll(text) as { metadata: object }[]).map((manifest) => [title, manifest] as const),
  );

  test("are there for every provider", () => {
    expect(manifests.map(([title]) => title)).toEqual(["GitHub", "GitLab", "Gitea and Forgejo"]);
  });

  test.each(manifests)("pass strict validation: %s", async (_, manifest) => {
    const { namespace } = scope;
    const elsewhere = { ...manifest, metadata: { ...manifest.metadata, namespace } };
    const args = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
    const { code, stderr } = await kubectl(scope.cluster, args, JSON.stringify(elsewhere));
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });
});

test("every heading that the page points to is there", () => {
  const headings = [...PAGE.matchAll(/^##+ (.*)$/gm)].map(([, title = ""]) =>
    title
      .toLowerCase()
      .replaceAll(/[^a-z0-9 -]/g, "")
      .replaceAll(" ", "-"),
  );
  for (const [, part = ""] of PAGE.matchAll(/\]\(#([^)]+)\)/g)) expect(headings).toContain(part);
});
