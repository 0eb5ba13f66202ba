import type { ProjectGitOps } from "../api/schema.ts";
import type { Peer, PhaseEntry } from "../machine/index.ts";
import { environmentNamespace } from "../plan/index.ts";
import { projectKey } from "./resources.ts";

/** One ProjectGitOps as it was read last. */
interface Entry {
  readonly uid: string;
  readonly resourceVersion: string;
  /** Versions that this one has replaced: a list that shows one of them is only late. */
  readonly superseded: readonly string[];
  /** As the API server gave it, without managedFields: not checked against the schema, defaults not filled in. */
  readonly object: ProjectGitOps;
  /** What it asks for, worked out once: every pass of every other project looks at it. */
  readonly namespaces: readonly string[];
}

/** The ProjectGitOps objects that this process has read, at the version it knows. */
export class Projects {
  readonly #entries = new Map<string, Entry>();
  readonly #untold = new Map<string, readonly PhaseEntry[]>();

  get(key: string): ProjectGitOps | undefined {
    return this.#entries.get(key)?.object;
  }

  /** Whether a list shows what is not known here: a new project, or a version that is not behind ours. */
  isNews(key: string, uid: string, resourceVersion: string): boolean {
    const entry = this.#entries.get(key);
    if (entry?.uid !== uid) return true;
    return entry.resourceVersion !== resourceVersion && !entry.superseded.includes(resourceVersion);
  }

  /** @param replaced the version that a write of ours has just replaced, where it was never read in full */
  remember(object: ProjectGitOps, replaced?: string): void {
    const { uid = "", resourceVersion = "" } = object.metadata;
    const key = projectKey(object.metadata);
    const before = this.#entries.get(key);
    const known = before?.uid === uid ? [before.resourceVersion, ...before.superseded] : [];
    const late = replaced === undefined ? known : [replaced, ...known];
    const superseded = late.slice(0, REMEMBERED).filter((version) => version !== resourceVersion);
    // Half of an object's bytes, and nobody here asks for them.
    const { managedFields: _unused, ...metadata } = object.metadata;
    const kept = { ...object, metadata };
    this.#entries.set(key, {
      uid,
      resourceVersion,
      superseded,
      object: kept,
      namespaces: namespacesOf(kept),
    });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  /** Keeps the phases of a pass whose status did not get through: the next pass finds all in place and enters none. */
  keepUntold(uid: string, phases: readonly PhaseEntry[]): void {
    this.#untold.set(uid, phases);
  }

  /** Phases that a pass before went through and could not tell; they are handed out once. */
  takeUntold(uid: string): readonly PhaseEntry[] {
    const phases = this.#untold.get(uid) ?? [];
    this.#untold.delete(uid);
    return phases;
  }

  /** Every project is read again when it is next listed. */
  forgetAll(): void {
    this.#entries.clear();
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** Others that want the same projectId or the same namespaces, and are not on their way out. */
  peers(project: ProjectGitOps): Peer[] {
    const wanted = new Set(namespacesOf(project));
    return [...this.#entries.values()].flatMap(({ uid, object, namespaces: asked }) => {
      if (uid === project.metadata.uid || object.metadata.deletionTimestamp !== undefined) return [];
      const sameProjectId = object.spec?.projectId === project.spec.projectId;
      const namespaces = asked.filter((name) => wanted.has(name));
      if (!sameProjectId && namespaces.length === 0) return [];
      return [
        {
          key: projectKey(object.metadata),
          uid,
          creationTimestamp: object.metadata.creationTimestamp ?? "",
          ...(object.status?.completedAt ? { completedAt: object.status.completedAt } : {}),
          sameProjectId,
          namespaces,
        },
      ];
    });
  }
}

/** Read objects are not checked against the schema. */
const namespacesOf = ({ spec }: ProjectGitOps): string[] =>
  Array.isArray(spec?.environments)
    ? spec.environments.map((environment) => environmentNamespace(spec, environment))
    : [];

/** A list can be behind by the writes of one pass: finalizer and a few statuses. */
const REMEMBERED = 8;
