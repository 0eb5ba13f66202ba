import { afterAll, beforeAll, expect, test } from "bun:test";
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { kubectl, mustRun, scratchFolder } from "../cluster/index.ts";
import { type Block, leftOut, ROOT, readPage } from "../docs/page.ts";
import {
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

const PAGE = readPage("docs/services.md");

/** A program of the page and what it prints. */
const EXAMPLES = PAGE.blocks.flatMap((block, place) =>
  block.language === "ts"
    ? [{ ...block, file: `${block.line}.ts`, output: PAGE.blocks[place + 1] as Block }]
    : [],
);
const MANIFESTS = PAGE.blocks.filter(({ language }) => language === "yaml");

let scope: Scope;
let folder: string;
let kubeconfig: string;
/** The page's names, and the ones that are this test's alone. */
let renamed: (text: string) => string;

beforeAll(async () => {
  scope = await openScope();
  const names = new Map([
    ["platform", scope.namespace],
    ...["shop", "pay", "taken"].map((name) => [name, uniqueProject()] as const),
  ]);
  renamed = (text) =>
    text.replace(/\b(platform|shop|pay|taken)\b(?!@|\.git)/g, (name) => names.get(name) ?? name);
  await bindRights();
  kubeconfig = await kubeconfigOf("default");
  folder = consumer();
  for (const { file, text } of EXAMPLES) writeFileSync(join(folder, file), renamed(text));
  const owner = { ...projectObject(scope.namespace, uniqueProject()) };
  owner.spec = {
    ...owner.spec,
    projectId: renamed("taken"),
    git: { url: "https://github.com/acme/blog.git" },
  } as typeof owner.spec;
  await scope.admin.create(PROJECTS, owner);
  await untilPhase(scope, owner.metadata.name, "COMPLETED");
});
afterAll(() => scope.stop());

test("the page has an example with its output for each service", () => {
  expect(EXAMPLES).toHaveLength(8);
  expect(EXAMPLES.map(({ output }) => output.language)).toEqual(EXAMPLES.map(() => "text"));
  expect(leftOut(PAGE, [...EXAMPLES, ...MANIFESTS])).toEqual([]);
});

test("the examples have no type errors for a program that depends on this package", async () => {
  const options = [
    "--noEmit",
    "--strict",
    "--module",
    "preserve",
    "--allowImportingTsExtensions",
    "--types",
    "bun",
  ];
  const typeRoots = ["--typeRoots", join(ROOT, "node_modules", "@types")];
  const files = EXAMPLES.map(({ file }) => file);
  await mustRun(
    [join(ROOT, "node_modules", ".bin", "tsc"), ...options, ...typeRoots, "--skipLibCheck", ...files],
    { cwd: folder },
  );
});

for (const { file, title, output } of EXAMPLES)
  test(`${title}: prints what the page says, with no more rights than the page names`, async () => {
    const printed = await mustRun([process.execPath, file], { cwd: folder, env: { KUBECONFIG: kubeconfig } });
    expect(printed).toBe(renamed(output.text));
  });

/** A package that depends on this one, as a platform would. */
function consumer(): string {
  const made = scratchFolder("services-docs");
  mkdirSync(join(made, "node_modules"));
  symlinkSync(ROOT, join(made, "node_modules", "projectgitops"));
  writeFileSync(join(made, "package.json"), JSON.stringify({ name: "consumer", type: "module" }));
  return made;
}

/** The page's Role and ClusterRole for the namespace's default ServiceAccount. */
async function bindRights(): Promise<void> {
  const { namespace } = scope;
  await must(["apply", "-f", "-"], MANIFESTS.map(({ text }) => renamed(text)).join("---\n"));
  const account = `--serviceaccount=${namespace}:default`;
  await must(["create", "rolebinding", "page", `--role=${namespace}`, account, "-n", namespace]);
  await must(["create", "clusterrolebinding", namespace, `--clusterrole=${namespace}`, account]);
}

async function kubeconfigOf(serviceAccount: string): Promise<string> {
  const { cluster, admin, namespace } = scope;
  const { token } = await admin.createToken(namespace, serviceAccount);
  const path = join(scratchFolder("services-kubeconfig"), "config");
  const config = {
    clusters: [
      { name: "c", cluster: { server: cluster.server, "certificate-authority-data": btoa(cluster.caPem) } },
    ],
    users: [{ name: "u", user: { token } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u", namespace } }],
    "current-context": "x",
  };
  writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
  return path;
}

async function must(args: string[], input?: string): Promise<void> {
  const { code, stderr } = await kubectl(scope.cluster, args, input);
  if (code !== 0) throw new Error(stderr);
}
