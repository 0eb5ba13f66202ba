import type { Secret } from "kubernetes-types/core/v1";
import { readGeneratedState } from "../../src/api/generated.ts";
import { ANNOTATIONS, generatedSecretName, namespaceName } from "../../src/api/names.ts";
import { type BunK8sClient, isNotFound, type KubeObject } from "../../src/kube/index.ts";
import { MANAGED_KINDS, type ManagedKind } from "../../src/plan/index.ts";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import type { GitHostProxy } from "./git-host.ts";
import { withoutNames } from "./requests.ts";
import { ENVIRONMENTS, type Subject } from "./scenarios.ts";

/** Everything that a trial leaves in the cluster, `kind namespace/name` to the object, times and versions masked. */
export type EndState = Record<string, unknown>;

const KINDS = (Object.keys(MANAGED_KINDS) as ManagedKind[]).filter(
  (kind) => kind !== "Namespace" && kind !== "HelmRelease",
);

export async function readEndState(subject: Subject): Promise<EndState> {
  const { admin, platform, projectId } = subject;
  const project = await orAbsent(admin.get(PROJECTS, { namespace: platform, name: projectId }));
  const environments = await Promise.all(ENVIRONMENTS.map((name) => readEnvironment(subject, name)));
  const made = subject.host ? await readGenerated(subject, subject.host) : { state: {}, random: [] };
  const objects = Object.assign(
    { project: masked(project ?? "absent") },
    made.state,
    ...environments,
  ) as EndState;
  const text = made.random.reduce(
    (all, [value, name]) => all.replaceAll(value, name),
    JSON.stringify(objects),
  );
  return JSON.parse(withoutNames(text, subject)) as EndState;
}

/** The Secret of a credential that the operator makes, what the host has of it, and what is another in each trial. */
async function readGenerated(
  { admin, platform, projectId }: Subject,
  host: GitHostProxy,
): Promise<{ state: EndState; random: [string, string][] }> {
  const ref = { namespace: platform, name: generatedSecretName(projectId) };
  const secret = await orAbsent(admin.get(resourceOf("Secret"), ref));
  const keys = await host.deployKeys(projectId);
  const { data = {}, metadata } = (secret ?? {}) as Secret;
  const { current } = readGeneratedState(metadata?.annotations?.[ANNOTATIONS.generated]) ?? {};
  const publicKey = Buffer.from(data["identity.pub"] ?? "", "base64").toString();
  const state = {
    kept: masked(secret ?? "absent"),
    "on the host": keys.map(({ title, key, read_only }) => ({
      title,
      read_only,
      isKept: publicKey.startsWith(key.split(" ").slice(0, 2).join(" ")),
    })),
  };
  const random: [string | undefined, string][] = [
    [data["identity"], "IDENTITY"],
    [data["identity.pub"], "PUBLIC"],
    [current?.fingerprint, "FINGERPRINT"],
    [current?.id, "ID"],
    [current?.title.split(" ")[1], "CLUSTER"],
    [host.host, "HOST"],
    ...keys.map(({ title }): [string, string] => [title.split(" ").at(-1) ?? "", "OTHER"]),
  ];
  return { state, random: random.filter((one): one is [string, string] => Boolean(one[0])) };
}

/** Where two end states differ, one line each. */
export function differences(expected: EndState, found: EndState): string[] {
  return [...differ("", expected, found)];
}

async function readEnvironment({ admin, projectId }: Subject, environment: string): Promise<EndState> {
  const namespace = namespaceName(projectId, environment);
  const home = await orAbsent(admin.get(resourceOf("Namespace"), { name: namespace }));
  if (home === undefined) return {};
  const lists = await Promise.all(KINDS.map((kind) => objectsIn(admin, kind, namespace)));
  return Object.assign({ [`Namespace ${namespace}`]: masked(home) }, ...lists) as EndState;
}

async function objectsIn(admin: BunK8sClient, kind: ManagedKind, namespace: string): Promise<EndState> {
  const { items } = await admin.list(resourceOf(kind), { namespace });
  const made = items.filter(({ metadata }) => !(kind === "ServiceAccount" && metadata?.name === "default"));
  return Object.fromEntries(
    made.map((item) => [`${kind} ${namespace}/${item.metadata?.name}`, masked(item)]),
  );
}

async function orAbsent<T extends KubeObject>(reading: Promise<T>): Promise<T | undefined> {
  try {
    return await reading;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}

const UID = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
const TIME = /\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z/g;
/** Fields that hold a resourceVersion. */
const VERSIONS = new Set(["resourceVersion", "credentialVersion", "projectgitops.dev/credential-version"]);

function masked(value: unknown, key = ""): unknown {
  if (typeof value === "string")
    return VERSIONS.has(key) ? "VERSION" : value.replaceAll(UID, "UID").replaceAll(TIME, "TIME");
  if (key === "managedFields") return owners(value as { manager: string; operation: string }[]);
  if (Array.isArray(value)) return value.map((item) => masked(item));
  if (value === null || typeof value !== "object") return value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, masked(inner, name)]));
}

/** Whose each field is, in an order that times do not change. */
const owners = (entries: { manager: string; operation: string; subresource?: string }[]): unknown[] =>
  entries
    .map((entry) => masked(entry) as { manager: string; operation: string; subresource?: string })
    .sort((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));

const orderOf = (entry: { manager: string; operation: string; subresource?: string }): string =>
  `${entry.manager} ${entry.operation} ${entry.subresource ?? ""}`;

function* differ(path: string, expected: unknown, found: unknown): Generator<string> {
  if (Bun.deepEquals(expected, found)) return;
  if (!isRecord(expected) || !isRecord(found)) {
    yield `${path}: ${show(found)} instead of ${show(expected)}`;
    return;
  }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(found)]))
    yield* differ(`${path}/${key}`, expected[key], found[key]);
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  value !== null && typeof value === "object";
const show = (value: unknown): string =>
  value === undefined ? "nothing" : JSON.stringify(value).slice(0, 400);
