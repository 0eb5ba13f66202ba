import type { Secret } from "kubernetes-types/core/v1";
import type { CredentialSlot, GeneratedState } from "../../api/generated.ts";
import { ANNOTATIONS } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { type BunK8sClient, type CallOptions, isNotFound, SECRETS } from "../../kube/index.ts";
import { STRAY } from "../../machine/index.ts";

/** Keys that a generated credential can have, under Flux's own names. */
const KEYS = ["identity", "identity.pub", "username", "password", "ca.crt"] as const;
type Key = (typeof KEYS)[number];
export type CredentialData = Partial<Record<Key, string>>;
export type SlotName = "current" | "next" | "previous";

const PREFIX = { current: "", next: "next.", previous: "previous." } as const;

/** The Secret's data as it is to be; values are base64, null takes a key out. */
type Patch = Record<string, string | null>;

/** The data of one slot, base64. */
export function dataOf(secret: Secret | undefined, slot: SlotName): CredentialData {
  const data = secret?.data ?? {};
  return Object.fromEntries(
    KEYS.flatMap((key) => {
      const value = data[PREFIX[slot] + key];
      return value === undefined ? [] : [[key, value]];
    }),
  );
}

/** What to patch so that a slot holds exactly this. */
export const setSlot = (slot: SlotName, data: CredentialData): Patch =>
  Object.fromEntries(KEYS.map((key) => [PREFIX[slot] + key, data[key] ?? null]));

/** Plain text to a Secret's base64. */
export const encoded = (texts: CredentialData): CredentialData =>
  Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text, "utf8").toString("base64")]),
  );

export const decoded = (base64: string): string => Buffer.from(base64, "base64").toString("utf8");

/** Where the Secret of a project is, and what of it was read. */
export interface Store {
  readonly namespace: string;
  readonly name: string;
  readonly secret: Secret | undefined;
  readonly state: GeneratedState;
}

/**
 * Writes state and data in one request, onto the version that was read; a first write creates the Secret.
 * @throws K8sApiError 409 when somebody was faster: then it is judged anew
 */
export function writeStore(
  client: BunK8sClient,
  project: ProjectGitOps,
  { namespace, name, secret }: Store,
  state: GeneratedState,
  data: Patch,
  options: CallOptions,
): Promise<Secret> {
  const annotations = annotationsOf(project, state);
  if (secret === undefined) {
    const metadata = { namespace, name, annotations: withoutNulls(annotations) };
    return client.create(SECRETS, { metadata, type: "Opaque", data: withoutNulls(data) }, options);
  }
  const { uid, resourceVersion } = secret.metadata ?? {};
  const patch = { metadata: { uid, resourceVersion, annotations }, data };
  return client.patch(SECRETS, { namespace, name }, patch, { ...options, type: "merge" });
}

function annotationsOf({ metadata }: ProjectGitOps, state: GeneratedState): Patch {
  const { current } = state;
  return {
    [ANNOTATIONS.owner]: `${metadata.namespace}/${metadata.name}`,
    [ANNOTATIONS.ownerUid]: metadata.uid ?? "",
    [ANNOTATIONS.generated]: JSON.stringify({ ...state, uid: metadata.uid ?? "" }),
    // Rule 10: what is in force may go to the host that it was made for, and to no other.
    [ANNOTATIONS.gitHosts]: current?.target.gitHost ?? "",
    [ANNOTATIONS.expiresAt]: current?.expiresAt ?? null,
  };
}

const withoutNulls = (patch: Patch): Record<string, string> =>
  Object.fromEntries(Object.entries(patch).flatMap(([key, value]) => (value === null ? [] : [[key, value]])));

/** Titles on the host that this project's credentials begin with. */
export const titlePrefix = (cluster: string, { metadata }: ProjectGitOps): string =>
  `projectgitops ${cluster} ${metadata.namespace}/${metadata.name} `;

/** Short, and not guessable from another: 10 characters of a-z and 0-9. */
export const shortId = (): string =>
  [...crypto.getRandomValues(new Uint8Array(10))].map((byte) => ALPHABET[byte % 32]).join("");

const ALPHABET = "abcdefghijkmnpqrstuvwxyz23456789";

/** The slots that hold something: in force, being made, just replaced. */
export const slotsOf = ({ current, next, previous }: GeneratedState): CredentialSlot[] =>
  [current, next, previous].flatMap((slot) => slot ?? []);

export function without(state: GeneratedState, slot: SlotName): GeneratedState {
  const rest = { ...state };
  delete rest[slot];
  return rest;
}

/** A place for what the host has of ours and no slot names: it goes like one that was replaced. */
export const strayOf = (
  { target, hostCredential, createdAt }: CredentialSlot,
  title: string,
): CredentialSlot => ({
  target,
  hostCredential,
  createdAt,
  id: STRAY,
  title,
  leaves: "whenProved",
});

/** Deletes the Secret as it was read; resolves where it is gone already. */
export async function deleteStore(
  client: BunK8sClient,
  { namespace, name, secret }: Store,
  options: CallOptions,
): Promise<void> {
  const { uid, resourceVersion } = secret?.metadata ?? {};
  if (uid === undefined || resourceVersion === undefined) return;
  try {
    await client.delete(
      SECRETS,
      { namespace, name },
      { ...options, preconditions: { uid, resourceVersion } },
    );
  } catch (error) {
    if (!isNotFound(error)) throw error;
  }
}
