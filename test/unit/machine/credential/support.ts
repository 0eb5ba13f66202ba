import type { CredentialSlot, CredentialTarget, GeneratedState } from "../../../../src/api/generated.ts";
import type {
  CredentialStatus,
  ProjectGitOps,
  ProjectGitOpsSpecInput,
  ProjectGitOpsStatus,
} from "../../../../src/api/schema.ts";
import {
  type CredentialAction,
  decide,
  type GeneratedCredential,
  type Observed,
  type Sighting,
  type Step,
} from "../../../../src/machine/index.ts";
import type { Desired } from "../../../../src/plan/index.ts";
import { conclude } from "../kstatus.ts";
import { allPresent, desiredState, live, NOW, observed, present, project, UID } from "../support.ts";

export const HOUR = 3_600_000;
export const MINUTE = 60_000;
export const at = (time: number): string => new Date(time).toISOString().replace(".000Z", "Z");
export const ago = (ms: number): string => at(NOW - ms);

const GENERATE = { provider: "github" as const, hostCredentialRef: { name: "host" } };
export const SPEC = {
  git: { url: "git@github.com:acme/shop.git", credential: { generate: GENERATE } },
} satisfies Partial<ProjectGitOpsSpecInput>;

export const TARGET: CredentialTarget = {
  provider: "github",
  apiURL: "https://github.com",
  path: "acme/shop",
  gitHost: "github.com",
  kind: "deployKey",
  readOnly: true,
};

/** A key that was registered and put into force an hour ago, unless said otherwise. */
export const slot = (id: string, more: Partial<CredentialSlot> = {}): CredentialSlot => ({
  target: TARGET,
  id,
  title: `projectgitops 0a1b2c3d platform/shop ${id}`,
  createdAt: ago(HOUR),
  promotedAt: ago(HOUR),
  hostCredential: "host",
  url: `https://github.com/acme/shop/settings/keys/${id}`,
  fingerprint: `SHA256:${id}`,
  ...more,
});

/** One that was begun: without a url it is not registered yet. */
export function begun(id: string, more: Partial<CredentialSlot> = {}): CredentialSlot {
  const { promotedAt: _p, url: _u, ...rest } = slot(id);
  return { ...rest, ...more };
}

type Slots = Partial<Omit<GeneratedState, "uid">>;

/** @param slots undefined: there is no Secret */
export const generated = (
  slots: Slots | undefined,
  more: Partial<GeneratedCredential> = {},
): GeneratedCredential => ({
  wanted: { target: TARGET, hostCredential: "host", interval: 720 * HOUR, overlap: HOUR },
  secretName: "shop-git-credential",
  isForeign: false,
  succeeded: false,
  revokeTimeout: 10 * MINUTE,
  keepOnOrphan: true,
  ...(slots ? { stored: { uid: UID, ...slots } } : {}),
  ...more,
});

/** What the spec no longer asks for, or what is on its way out. */
export function unwanted(slots: Slots | undefined, more: Partial<GeneratedCredential> = {}) {
  const { wanted: _, ...rest } = generated(slots, more);
  return rest;
}

export const FAILURE = {
  reason: "HostUnauthorized",
  message: "GitHub at github.com: 401 “Bad credentials”",
} as const;

/** What status.credential said of an earlier failure. */
export const failed = (
  retryAt: number,
  more: Partial<NonNullable<CredentialStatus["failure"]>> = {},
  told: Partial<CredentialStatus> = {},
): Pick<ProjectGitOpsStatus, "credential"> => ({
  credential: {
    kind: "deployKey",
    provider: "github",
    secretName: "shop-git-credential",
    title: "projectgitops 0a1b2c3d platform/shop a",
    failure: { ...FAILURE, since: ago(MINUTE), retryAt: at(retryAt), ...more },
    ...told,
  },
});

type Metadata = Partial<ProjectGitOps["metadata"]>;

/** A new project whose credential is to be made. */
export const fresh = (spec: Partial<ProjectGitOpsSpecInput> = {}, metadata: Metadata = {}): ProjectGitOps =>
  project({ ...SPEC, ...spec }, metadata);

/** One that was COMPLETED half an hour ago. */
export const settled = (
  spec: Partial<ProjectGitOpsSpecInput> = {},
  metadata: Metadata = {},
  status: Partial<ProjectGitOpsStatus> = {},
): ProjectGitOps =>
  project({ ...SPEC, ...spec }, metadata, {
    observedGeneration: 1,
    phase: "COMPLETED",
    completedAt: ago(30 * MINUTE),
    ...status,
  });

type Says = (object: Desired) => Sighting | undefined;

/** Flux's objects with Ready as given, everywhere or by environment. */
export const flux =
  (ready: string | Record<string, string>, message = "said Flux"): Says =>
  (object) => {
    if (object.kind !== "GitRepository" && object.kind !== "Kustomization") return undefined;
    const status = typeof ready === "string" ? ready : (ready[object.environment] ?? "True");
    const conditions = [{ type: "Ready", status, reason: "Said", message, observedGeneration: 1 }];
    return present(live(object, { status: { conditions } }));
  };

/** Everything in place and Ready, or as `says` has it. */
export function world(
  given: ProjectGitOps,
  credential: GeneratedCredential | undefined,
  says: Says = flux("True"),
  more: Partial<Observed> = {},
): Observed {
  const generated = credential ? { generated: credential } : {};
  return observed(given, allPresent(desiredState(given), says), { ...generated, ...more });
}

/** Nothing of the project is there, or all is gone. */
export const empty = (
  given: ProjectGitOps,
  credential: GeneratedCredential,
  more: Partial<Observed> = {},
) => {
  const absent = desiredState(given).objects.map((object) => [object, { state: "absent" }] as const);
  return observed(given, absent, { generated: credential, ...more });
};

export const next = (seen: Observed): Step => decide(desiredState(seen.project), seen);

/** The step of the credential's life that is decided; undefined where it is something else. */
export function action(seen: Observed): CredentialAction | undefined {
  const step = next(seen);
  return step.kind === "credential" ? step.action : undefined;
}

/** Decides and concludes at once, as a pass does at its end. */
export function outcome(seen: Observed) {
  const desired = desiredState(seen.project);
  const step = decide(desired, seen);
  const { status, visit } = conclude(desired, seen, step);
  const condition = (type: string) => status.conditions?.find((one) => one.type === type);
  return { step, status, visit, ready: condition("Ready"), credential: condition("CredentialReady") };
}
