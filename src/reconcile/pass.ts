import type { Phase, ProjectGitOps, ProjectGitOpsStatus } from "../api/schema.ts";
import type { CallOptions } from "../kube/index.ts";
import {
  type ActionStep,
  type CredentialAction,
  completedBefore,
  conclude,
  decide,
  type PhaseEntry,
  type Step,
  type Visit,
} from "../machine/index.ts";
import { consumeConfirmation, release } from "./claim.ts";
import { actOnCredential } from "./credential/act.ts";
import type { Dependencies } from "./dependencies.ts";
import { execute } from "./execute.ts";
import { type Gathered, gather } from "./gather.ts";
import { confirmUnchanged } from "./guard.ts";
import { writeStatus } from "./status.ts";
import { Teller } from "./teller.ts";
import { verifyAll } from "./verify.ts";

/** What one pass over one project came to. */
export interface PassResult {
  readonly visit: Visit;
  readonly phase: Phase;
  /** True when something was written. */
  readonly acted: boolean;
  /** The project is gone, and nothing of it is left to remember. */
  readonly released: boolean;
  readonly reason: string;
  readonly message: string;
}

/** One pass under way: what was gathered, what was found since, and what has been told of it. */
export class Pass {
  readonly #deps: Dependencies;
  readonly #options: CallOptions;
  readonly #entered: PhaseEntry[];
  readonly #startedAt: number;
  #tellAfter: number = SLOW_MS;
  readonly #teller: Teller;
  #gathered: Gathered;
  #toldPhase: Phase | undefined;
  #acted = false;

  constructor(deps: Dependencies, gathered: Gathered, options: CallOptions) {
    this.#deps = deps;
    this.#gathered = gathered;
    this.#options = options;
    this.#teller = new Teller(deps, gathered.observed.project, options);
    this.#startedAt = deps.clock();
    this.#entered = [...deps.projects.takeUntold(gathered.observed.project.metadata.uid ?? "")];
  }

  decide(): Step {
    const { desired, observed } = this.#gathered;
    const step = decide(desired, { ...observed, now: this.#deps.clock() });
    if (!this.#entered.some(({ name }) => name === step.phase))
      this.#entered.push({ name: step.phase, startedAt: new Date(this.#deps.clock()).toISOString() });
    return step;
  }

  async execute(step: ActionStep): Promise<void> {
    const { observed } = this.#gathered;
    if (step.kind !== "read") this.#acted = true;
    if (step.kind === "consume") return this.#consume(step.namespaces);
    if (isBold(step)) await confirmUnchanged(this.#deps.client, observed.project, this.#options);
    if (step.kind === "credential") return this.#actOnCredential(step.action);
    const findings = await execute(
      {
        client: this.#deps.client,
        world: this.#deps.world,
        uid: observed.project.metadata.uid ?? "",
        sightings: observed.sightings,
        now: new Date(this.#deps.clock()).toISOString(),
        options: this.#options,
      },
      step,
    );
    this.#teller.note(step, findings.written);
    // One that was refused or overtaken was not: it still differs, and must not pass for what is wanted.
    const applied = step.kind === "update" ? findings.written : [];
    this.#gathered = {
      ...this.#gathered,
      observed: {
        ...observed,
        sightings: new Map([...observed.sightings, ...findings.sightings]),
        refusals: [...observed.refusals, ...findings.refusals.map((refusal) => this.#masked(refusal))],
        applied: new Set([...observed.applied, ...applied]),
      },
    };
  }

  /** Everything that hangs on the credential is gathered anew; what this pass has seen of objects stays. */
  async #actOnCredential(action: CredentialAction): Promise<void> {
    const { observed, generatedSecret } = this.#gathered;
    const { project, generated } = observed;
    if (generated === undefined) throw new Error(`no credential is made for ${project.metadata.name}`);
    const { failure, told, isOver } = await actOnCredential(
      this.#deps,
      project,
      generated,
      generatedSecret,
      action,
      this.#options,
    );
    if (told) this.#teller.add(told);
    const again = await gather(this.#deps, project, observed.crdDeleting, this.#options);
    const { stored, ...rest } = again.observed.generated ?? generated;
    const failed = failure && { ...failure, message: again.redact(failure.message) };
    this.#gathered = {
      ...again,
      observed: {
        ...again.observed,
        sightings: new Map([...again.observed.sightings, ...observed.sightings]),
        refusals: observed.refusals,
        // Another credential in force has to reach the copies, also those that this pass has just written.
        applied: ["promote", "revert"].includes(action.do) ? new Set() : observed.applied,
        generated: {
          ...rest,
          ...(stored && !isOver ? { stored } : {}),
          ...(failed ? { failure: failed } : {}),
          succeeded: failure === undefined,
        },
      },
    };
  }

  async #consume(namespaces: readonly string[]): Promise<void> {
    const { observed } = this.#gathered;
    const written = await consumeConfirmation(this.#deps.client, observed.project, namespaces, this.#options);
    this.#deps.projects.remember(written);
    const project = { ...observed.project, metadata: written.metadata };
    this.#gathered = { ...this.#gathered, observed: { ...observed, project } };
  }

  /** A pass that lasts shows where it stands: a new phase, and not before five times as long as when it last did. */
  async tellWhenSlow(step: Step): Promise<void> {
    // Only looked so far, as after a restart: nothing is under way, and the last status still holds.
    if (step.kind === "read" && !this.#acted) return;
    // What is in force still works: a slow git host is nobody's concern yet.
    if (step.kind === "credential" && completedBefore(this.#gathered.observed)) return;
    const lasted = this.#deps.clock() - this.#startedAt;
    if (lasted < this.#tellAfter || this.#toldPhase === step.phase) return;
    this.#tellAfter = 5 * lasted;
    this.#toldPhase = step.phase;
    await this.#write(step);
  }

  async finish(step: Step): Promise<PassResult> {
    const { observed } = this.#gathered;
    verifyAll(this.#deps.world, this.#deps.drift, this.#gathered.desired, observed);
    if (observed.project.metadata.deletionTimestamp !== undefined && step.kind === "settled")
      return this.#release(step);
    const visit = await this.#write(step);
    this.#teller.tell(
      this.#gathered.observed.project,
      this.#entered.map(({ name }) => name),
    );
    return this.#result(step, visit, false);
  }

  async #release(step: Step): Promise<PassResult> {
    const { project } = this.#gathered.observed;
    await release(this.#deps.client, project, this.#options);
    this.#teller.tellOthers(project);
    this.#acted = true;
    return this.#result(step, { kind: "resync" }, true);
  }

  /** One status patch, onto the version that was judged, and only if something changed. */
  async #write(step: Step): Promise<Visit> {
    const { desired, observed } = this.#gathered;
    const { status, visit } = conclude(
      desired,
      { ...observed, now: this.#deps.clock() },
      step,
      this.#entered,
    );
    const written = await this.#patch(status);
    if (written !== observed.project) {
      this.#acted = true;
      this.#deps.projects.remember(written);
      const project = { ...observed.project, metadata: written.metadata, status: written.status ?? status };
      this.#gathered = { ...this.#gathered, observed: { ...observed, project } };
    }
    return visit;
  }

  async #patch(status: ProjectGitOpsStatus): Promise<ProjectGitOps> {
    const { project } = this.#gathered.observed;
    try {
      return await writeStatus(this.#deps.client, project, status, this.#options);
    } catch (error) {
      this.#deps.projects.keepUntold(project.metadata.uid ?? "", this.#entered);
      throw error;
    }
  }

  #masked<T extends { message: string }>(refusal: T): T {
    return { ...refusal, message: this.#gathered.redact(refusal.message) };
  }

  #result(step: Step, visit: Visit, released: boolean): PassResult {
    const { status } = this.#gathered.observed.project;
    const ready = status?.conditions?.find(({ type }) => type === "Ready");
    return {
      visit,
      phase: step.phase,
      acted: this.#acted,
      released,
      reason: ready?.reason ?? step.kind,
      message: status?.message ?? "",
    };
  }
}

/** Steps that need a fresh look at the project first (rule 5): removal and revocation, and taking over what was not ours. */
const isBold = (step: ActionStep): boolean =>
  ["delete", "orphan", "strip", "resume"].includes(step.kind) ||
  (step.kind === "credential" && (step.phase === "DELETING" || step.phase === "ROLLING_BACK")) ||
  (step.kind === "update" && step.changes.some(({ claim }) => claim !== undefined));

/** A pass that lasts longer shows the phase it stands in. */
const SLOW_MS = 1000;
