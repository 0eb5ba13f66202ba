import type { ProjectGitOps } from "../api/schema.ts";
import type { CallOptions } from "../kube/index.ts";
import type { ActionStep } from "../machine/index.ts";
import { type Desired, describe, objectKey } from "../plan/index.ts";
import type { Dependencies } from "./dependencies.ts";
import { type Announcement, announce, announcement, driftRepaired, repairNote } from "./events.ts";

/** What a pass has to tell in events: repairs as they are made, and at the end the transition. */
export class Teller {
  readonly #deps: Dependencies;
  readonly #before: ProjectGitOps;
  readonly #options: CallOptions;
  readonly #repairs: string[] = [];
  readonly #others: Announcement[] = [];

  /** @param before the project as the pass found it */
  constructor(deps: Dependencies, before: ProjectGitOps, options: CallOptions) {
    this.#deps = deps;
    this.#before = before;
    this.#options = options;
  }

  /**
   * Notes what was put right though nobody has changed the spec, and who had changed it.
   * @param written keys of the objects that were: a refused repair is no fight
   */
  note(step: ActionStep, written: ReadonlySet<string>): void {
    const { drift, clock } = this.#deps;
    const isRepair = (object: Desired) =>
      written.has(objectKey(object)) && drift.isDrift(object, object.hash);
    if (step.kind === "create")
      for (const object of step.objects.filter(isRepair))
        this.#repairs.push(`${describe(object)} was deleted`);
    if (step.kind !== "update") return;
    for (const change of step.changes.filter(({ desired }) => isRepair(desired))) {
      drift.repair(change, clock());
      this.#repairs.push(repairNote(change));
    }
  }

  /** Something else that people are to be told. */
  add(told: Announcement): void {
    this.#others.push(told);
  }

  /** @param passed the phases that the pass went through */
  tell(after: ProjectGitOps, passed: readonly string[]): void {
    if (this.#repairs.length > 0) this.#send(after, driftRepaired(this.#repairs));
    this.tellOthers(after);
    const transition = announcement(this.#before, after, passed);
    if (transition) this.#send(after, transition);
  }

  /** What was added, without the transition: there is none where the project itself goes. */
  tellOthers(project: ProjectGitOps): void {
    for (const told of this.#others) this.#send(project, told);
  }

  /** Best effort, and after the status. */
  #send(project: ProjectGitOps, told: Announcement): void {
    const { client, settings, clock } = this.#deps;
    announce(client, project, told, settings.instance, new Date(clock()), this.#options).catch(
      () => undefined,
    );
  }
}
