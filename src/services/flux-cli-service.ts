import type { ProjectGitOps } from "../api/schema.ts";
import type { BunK8sClient, CallOptions } from "../kube/index.ts";
import { PROJECTS, projectKey } from "../reconcile/index.ts";
import { changeProject, deliveriesOf, requestLook, requestPass, sourcesOf } from "../reconcile/requests.ts";
import { SERVICES_MANAGER } from "./credential-secret.ts";
import { type SyncStatus, syncStatus } from "./flux-sync-service.ts";
import { NotReadyError } from "./not-ready-error.ts";
import { untilHandled, untilReady } from "./until-ready.ts";

/** Of every call: which namespace, default that of the client's context, and when to give up. */
export type Target = CallOptions & { namespace?: string };

export interface Reconcile extends Target {
  /** True: first has Flux fetch from git and deploy in every environment. Default false. */
  withSource?: boolean;
  /** True: resolves when the project is Ready with what that brought. Default false: when it is asked for. */
  wait?: boolean;
  /** Milliseconds for all the waiting; default five minutes. */
  timeoutMs?: number;
}

const FIVE_MINUTES_MS = 300_000;

/** What people do with the flux program, without a child process. A project is named by its ProjectGitOps. */
export class FluxCliService {
  readonly #client: BunK8sClient;

  constructor(client: BunK8sClient) {
    this.#client = client;
  }

  /**
   * Has the operator look at a project now. It also ends FAILED: a set-up that was given up begins again.
   * @returns where the project stands then
   * @throws NotReadyError: it is suspended, or waiting does not help; NotInTime; K8sApiError; the signal's reason
   */
  async reconcile(project: string, options: Reconcile = {}): Promise<SyncStatus> {
    const { withSource = false, wait = false, timeoutMs = FIVE_MINUTES_MS, signal } = options;
    const read = await this.#read(project, options);
    if (read.spec.suspend) throw new NotReadyError(projectKey(read.metadata), "Suspended", "resume it first");
    const asking = { fieldManager: SERVICES_MANAGER, ...(signal && { signal }) };
    const at = new Date().toISOString();
    const patience = { ends: performance.now() + timeoutMs, signal };
    // The deliveries come after: else one may answer with what was fetched before.
    for (const ids of withSource ? [sourcesOf(read), deliveriesOf(read)] : []) {
      const answers = await Promise.all(ids.map((id) => requestLook(this.#client, id, at, asking)));
      const answering = ids.filter((_, place) => answers[place]);
      if (wait) await Promise.all(answering.map((id) => untilHandled(this.#client, id, at, patience)));
    }
    const asked = await requestPass(this.#client, read, at, asking);
    return wait ? untilReady(this.#client, asked, patience) : syncStatus(asked);
  }

  /** The operator leaves the project alone until `resume`; deleting it still works. @throws K8sApiError */
  suspend = (project: string, target: Target = {}): Promise<SyncStatus> =>
    this.#suspend(project, true, target);

  /** The operator takes it up again, and puts right what was changed meanwhile. @throws K8sApiError */
  resume = (project: string, target: Target = {}): Promise<SyncStatus> =>
    this.#suspend(project, false, target);

  async #suspend(project: string, suspend: boolean, target: Target): Promise<SyncStatus> {
    const { namespace: _, ...rest } = target;
    const read = await this.#read(project, target);
    if (read.spec.suspend === suspend) return syncStatus(read);
    const asking = { ...rest, fieldManager: SERVICES_MANAGER };
    return syncStatus(await changeProject(this.#client, read, { spec: { suspend } }, asking));
  }

  #read(name: string, { namespace = this.#client.namespace, signal }: Target): Promise<ProjectGitOps> {
    return this.#client.get(PROJECTS, { namespace, name }, signal ? { signal } : {});
  }
}
