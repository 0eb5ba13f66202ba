/**
 * The yardstick: a program that writes the very same objects as the operator, and does nothing else: no looking, no
 * judging, no recovery. 32 requests at once, namespaces first, one finalizer patch and one status patch a project.
 * `bun bench/setup/raw-writer.ts KUBECONFIG NAMESPACE WRITER STATUS`, where STATUS is a file with a status to write.
 * Prints {"ms", "requests", "cpu"}: milliseconds and processor milliseconds of the writing alone.
 */
import { readFileSync } from "node:fs";
import { credentialSecretOf } from "../../src/api/credential.ts";
import { parseGitUrl } from "../../src/api/git-url.ts";
import { ANNOTATIONS, FINALIZER } from "../../src/api/names.ts";
import { type ProjectGitOps, parseProject } from "../../src/api/schema.ts";
import { readGitSecret } from "../../src/git/index.ts";
import { BunK8sClient, type KubeObject, SECRETS } from "../../src/kube/index.ts";
import { type Desired, desiredObjects } from "../../src/plan/index.ts";
import { PROJECTS, projectRef, resourceOf } from "../../src/reconcile/index.ts";
import { WRITERS } from "./writers.ts";

const [kubeconfig = "", namespace = "", name = "", statusFile = ""] = process.argv.slice(2);
const makeWriter = WRITERS[name];
if (!makeWriter) throw new Error(`no writer ${name}: one of ${Object.keys(WRITERS).join(", ")}`);

const projects = await read();
const objects = (await Promise.all(projects.map(render))).flat();
const statusText = readFileSync(statusFile, "utf8");
const writer = makeWriter(kubeconfig);
let requests = 0;

const started = performance.now();
const before = process.cpuUsage();
await Promise.all(projects.map((project) => patch(project, { finalizers: [FINALIZER] })));
await Promise.all(objects.filter(({ kind }) => kind === "Namespace").map(create));
await Promise.all(objects.filter(({ kind }) => kind !== "Namespace").map(create));
await Promise.all(projects.map((project) => patch(project, {}, statusOf(project))));
const ms = performance.now() - started;
const { user, system } = process.cpuUsage(before);
writer.close();
process.stdout.write(`${JSON.stringify({ ms, requests, cpu: (user + system) / 1000 })}\n`);
process.exit(0);

function create(desired: Desired) {
  requests++;
  return writer.create(resourceOf(desired.kind), body(desired));
}

function patch(project: ProjectGitOps, metadata: object, status?: object) {
  requests++;
  const { uid } = project.metadata;
  const change = { metadata: { uid, ...metadata }, ...(status ? { status } : {}) };
  return writer.patch(PROJECTS, projectRef(project), change, status ? "status" : undefined);
}

/** With created-by, as the operator sends it. */
function body({ manifest, environment }: Desired): KubeObject {
  const uid = manifest.metadata.annotations[ANNOTATIONS.ownerUid] ?? environment;
  const annotations = { ...manifest.metadata.annotations, [ANNOTATIONS.createdBy]: uid };
  return { ...manifest, metadata: { ...manifest.metadata, annotations } } as KubeObject;
}

/** Another project's status under this one's name: the same bytes as the operator writes. */
function statusOf({ metadata }: ProjectGitOps): object {
  const [, other] = /"namespace":"project-([a-z0-9]+)-/.exec(statusText) ?? [];
  return JSON.parse(other ? statusText.replaceAll(other, metadata.name) : statusText) as object;
}

async function read(): Promise<ProjectGitOps[]> {
  const client = new BunK8sClient(kubeconfig);
  const { items } = await client.list(PROJECTS, { namespace });
  client.close();
  return items.flatMap((item) => {
    const parsed = parseProject(item);
    return parsed.ok ? [parsed.project] : [];
  });
}

async function render(project: ProjectGitOps): Promise<Desired[]> {
  const url = parseGitUrl(project.spec.git.url);
  if (url.kind === "refused") throw new Error(url.message);
  const client = new BunK8sClient(kubeconfig);
  const secret = await client.get(SECRETS, {
    namespace,
    name: credentialSecretOf(project.spec) ?? "",
  });
  client.close();
  const read = readGitSecret(secret, url, undefined);
  if (read.kind !== "ok") throw new Error(read.message);
  return desiredObjects(project, {
    gitUrl: url.url,
    gitSecret: read.payload,
    credentialVersion: secret.metadata?.resourceVersion ?? "",
    pullSecrets: {},
    deployerClusterRole: "admin",
  });
}
