import type { CredentialStatus, ProjectGitOps } from "../../api/schema.ts";
import { expiryOf, type GitCredential } from "../../git/index.ts";
import type { Look } from "../diagnose/look.ts";
import { type CredentialRead, readCredential } from "../diagnose/reads/credential.ts";

/** What may be said of a git credential: no byte of its secret parts. Times are RFC 3339. */
export interface CredentialReport {
  /** `namespace/name` of the Secret. */
  secret: string;
  /** Null where it cannot be used or read. */
  kind: GitCredential["kind"] | null;
  /** `SHA256:…` of an SSH key's public part. */
  fingerprint: string | null;
  /** Of the operator's own: since when it is in force; else when the Secret was made. */
  createdAt: string | null;
  /** When it ends by itself, where that is known. */
  expiresAt: string | null;
  /** Why it cannot be used, or is not known. */
  problem: string | null;
  /** Null where people keep it themselves. */
  generated: GeneratedReport | null;
}

/** What the operator says of a credential that it made. */
export interface GeneratedReport {
  kind: CredentialStatus["kind"];
  provider: CredentialStatus["provider"];
  /** At the git host. */
  title: string | null;
  url: string | null;
  lastRotated: string | null;
  nextRotation: string | null;
  /** Why the last step of its life did not succeed. */
  failure: CredentialStatus["failure"] | null;
}

/** Looks at the Secret that the project names; null for a public repository. */
export async function reportCredential(look: Look, project: ProjectGitOps): Promise<CredentialReport | null> {
  const seen = await readCredential(look, project);
  if (seen.state === "none") return null;
  const report = reportSecret(seen);
  return project.spec.git.credential?.generate ? ofOwnMaking(project, seen, report) : report;
}

function reportSecret(seen: Exclude<CredentialRead, { state: "none" }>): CredentialReport {
  const { ref } = seen;
  const report: CredentialReport = {
    secret: `${ref.namespace}/${ref.name}`,
    kind: null,
    fingerprint: null,
    createdAt: null,
    expiresAt: null,
    problem: null,
    generated: null,
  };
  if (seen.state === "noUrl") return { ...report, problem: seen.message };
  if (seen.state === "closed") return { ...report, problem: "you may not read it" };
  if (seen.secret === undefined) return { ...report, problem: "it does not exist" };
  const expiry = expiryOf(seen.secret);
  const common = {
    ...report,
    createdAt: seen.secret.metadata?.creationTimestamp ?? null,
    expiresAt: expiry.kind === "at" ? new Date(expiry.time).toISOString().replace(".000Z", "Z") : null,
  };
  if (seen.state === "problem") return { ...common, problem: seen.problem.message };
  const { credential } = seen.read;
  const fingerprint = credential.kind === "ssh" ? credential.fingerprint : null;
  return { ...common, kind: credential.kind, fingerprint };
}

/** The status tells the same to who may not read the Secret, and what no Secret says. */
function ofOwnMaking(
  { spec, status }: ProjectGitOps,
  seen: CredentialRead,
  report: CredentialReport,
): CredentialReport {
  const generate = spec.git.credential?.generate;
  if (generate === undefined) return report;
  const told = status?.credential;
  const isMade = told?.lastRotated !== undefined;
  const kind = told?.kind ?? generate.kind;
  const inForce = isMade ? (kind === "deployKey" ? "ssh" : "basic") : null;
  return {
    ...report,
    kind: report.kind ?? inForce,
    fingerprint: report.fingerprint ?? (isMade ? (told.fingerprint ?? null) : null),
    createdAt: told?.lastRotated ?? null,
    expiresAt: told?.expiresAt ?? report.expiresAt,
    problem: problemOf(isMade, seen, report),
    generated: {
      kind,
      provider: told?.provider ?? generate.provider,
      title: told?.title ?? null,
      url: told?.url ?? null,
      lastRotated: told?.lastRotated ?? null,
      nextRotation: told?.nextRotation ?? null,
      failure: told?.failure ?? null,
    },
  };
}

/** A Secret that may not be read hides nothing that the status does not say. */
function problemOf(isMade: boolean, seen: CredentialRead, { problem }: CredentialReport): string | null {
  if (!isMade && seen.state !== "noUrl") return "not made yet";
  return seen.state === "closed" ? null : problem;
}
