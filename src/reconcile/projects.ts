import type { ProjectGitOps } from "../api/schema.ts";
import type { Peer } from "../machine/index.ts";
import { projectKey } from "./resources.ts";

/** One ProjectGitOps as it was read last. */
interface Entry {
  readonly uid: string;
  readonly resourceVersion: string;
  /** As the API server gave it: not checked against the schema, defaults not filled in. */
  readonly object: ProjectGitOps;
}

/** The ProjectGitOps objects that this process has read, at the version it knows. */
export class Projects {
  readonly #entries = new Map<string, Entry>();

  get(key: string): ProjectGitOps | undefined {
    return this.#entries.get(key)?.object;
  }

  /** @returns the version that was read or written last; undefined for a project that was never read */
  version(key: string): { uid: string; resourceVersion: string } | undefined {
    return this.#entries.get(key);
  }

  remember(object: ProjectGitOps): void {
    const { uid = "", resourceVersion = "" } = object.metadata;
    this.#entries.set(projectKey(object.metadata), { uid, resourceVersion, object });
  }

  forget(key: string): void {
    this.#entries.delete(key);
  }

  keys(): string[] {
    return [...this.#entries.keys()];
  }

  /** Others that ask for the same projectId and are not on their way out. */
  peers(project: ProjectGitOps): Peer[] {
    return [...this.#entries.values()]
      .filter(
        ({ uid, object }) =>
          uid !== project.metadata.uid &&
          object.spec?.projectId === project.spec.projectId &&
          object.metadata.deletionTimestamp === undefined,
      )
      .map(({ uid, object }) => ({
        key: projectKey(object.metadata),
        uid,
        creationTimestamp: object.metadata.creationTimestamp ?? "",
      }));
  }
}
