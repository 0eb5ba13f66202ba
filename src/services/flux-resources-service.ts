import { ANNOTATIONS } from "../api/names.ts";
import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient } from "../kube/index.ts";
import { PROJECTS, projectRef } from "../reconcile/index.ts";
import { SERVICES_MANAGER, storeCredential } from "./credential-secret.ts";
import { type ProjectSetup, projectOf, type SetupResult } from "./project-setup.ts";
import { outcomeOf } from "./setup-outcome.ts";
import { untilCompleted } from "./until-completed.ts";

/** Sets a project up by one ProjectGitOps; what is made of it, and in which order, is the operator's. */
export class FluxResourcesService {
  readonly #client: BunK8sClient;

  constructor(client: BunK8sClient) {
    this.#client = client;
  }

  /**
   * Writes the credential's Secret `{projectId}-git` and the ProjectGitOps `{projectId}`, and waits for COMPLETED:
   * every object is there; Flux may still be fetching. Safe to repeat: the same call changes nothing, another one
   * changes the project (environments that it no longer names are removed), and after FAILED it tries again.
   * @throws before anything is written: CredentialError, and K8sApiError with statusCode 403, 404 (no such namespace,
   * or no CRD), 409 (fields that someone else has written) or 422 (refused, with the field and the fix); then
   * SetupFailedError with the cause of FAILED, NotInTime, or the signal's reason
   */
  async setupProjectGitOps(setup: ProjectSetup): Promise<SetupResult> {
    const { projectId, git, credential, namespace = this.#client.namespace, signal } = setup;
    const project = projectOf(setup, namespace);
    const options = { fieldManager: SERVICES_MANAGER, ...(signal && { signal }) };
    await this.#client.apply(PROJECTS, project, { ...options, dryRun: true });
    if (credential) await storeCredential(this.#client, { namespace, projectId }, git, credential, options);
    const written = await this.#client.apply(PROJECTS, project, options);
    if (outcomeOf(written).kind === "failed") await this.#tryAgain(written, signal);
    return untilCompleted(this.#client, written, setup);
  }

  /** FAILED ends by a change, or by this annotation. No apply: the command line and Flux's write the same one. */
  async #tryAgain(project: ProjectGitOps, signal: AbortSignal | undefined): Promise<void> {
    const annotations = { [ANNOTATIONS.requestedAt]: new Date().toISOString() };
    const options = { type: "merge", ...(signal && { signal }) } as const;
    await this.#client.patch(PROJECTS, projectRef(project), { metadata: { annotations } }, options);
  }
}
