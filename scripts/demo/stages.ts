import { SETUP_PHASES, type SetupPhase } from "../../src/api/phases.ts";
import type { ProjectGitOps } from "../../src/api/schema.ts";
import type { BunK8sClient } from "../../src/kube/index.ts";
import { MANAGED_KINDS, plannedIds } from "../../src/plan/index.ts";
import { PROJECTS, projectRef } from "../../src/reconcile/index.ts";
import { keyOf, liveObjects, type PlannedId } from "./objects.ts";
import { happened, waiting } from "./screen.ts";

const LOOK_EVERY_MS = 30;
const GIVE_UP_MS = 120_000;

/** The project did not become COMPLETED; the message says where it stands. */
export class NotCompleted extends Error {
  override readonly name = "NotCompleted";
}

/**
 * Prints each stage when all of its objects are there, seen with a client of the demo's own.
 * @returns the project once it is COMPLETED
 * @throws NotCompleted
 */
export async function watchStages(
  client: BunK8sClient,
  project: ProjectGitOps,
  appliedAt: number,
): Promise<ProjectGitOps> {
  const open = [...SETUP_PHASES];
  let spoken = performance.now();
  for (;;) {
    const [live, current] = await Promise.all([
      liveObjects(client, project),
      client.get(PROJECTS, projectRef(project)),
    ]);
    const done = (phase: SetupPhase) => objectsOf(project, phase).filter((id) => live.has(keyOf(id)));
    for (const phase of [...open]) {
      if (done(phase).length < objectsOf(project, phase).length) break;
      happened(appliedAt, phase, describe(project, phase));
      open.shift();
      spoken = performance.now();
    }
    if (current.status?.phase === "COMPLETED" && open.length === 0) return current;
    if (current.status?.phase === "FAILED" || performance.now() - appliedAt > GIVE_UP_MS) {
      throw new NotCompleted(
        `${current.status?.phase ?? "no phase yet"}: ${current.status?.message ?? "no message"}`,
      );
    }
    if (performance.now() - spoken > 1000) {
      spoken = performance.now();
      waiting(appliedAt, whatIsOpen(open[0], done, current));
    }
    await Bun.sleep(LOOK_EVERY_MS);
  }
}

function whatIsOpen(
  phase: SetupPhase | undefined,
  done: (phase: SetupPhase) => PlannedId[],
  { spec, status }: ProjectGitOps,
): string {
  const message = status?.message ?? "the operator has not seen it yet";
  if (phase === undefined) return message;
  return `${phase} ${done(phase).length} of ${objectsOf({ spec }, phase).length}: ${message}`;
}

const objectsOf = ({ spec }: Pick<ProjectGitOps, "spec">, phase: SetupPhase): PlannedId[] =>
  plannedIds(spec).filter(({ kind }) => MANAGED_KINDS[kind].phase === phase);

function describe(project: ProjectGitOps, phase: SetupPhase): string {
  const ids = objectsOf(project, phase);
  const count = `${ids.length} of ${ids.length}`.padEnd(10);
  return `${count}${WORDS[phase](ids)}`;
}

const unique = (words: string[]): string => [...new Set(words)].join(", ");

const WORDS = {
  CREATING_NAMESPACES: shortened,
  CREATING_SECRETS: (ids) => unique(ids.map(({ name }) => name)),
  CREATING_RESOURCES: (ids) => unique(ids.map(({ kind }) => kind)),
} as const satisfies Record<SetupPhase, (ids: PlannedId[]) => string>;

/** `project-shop-development, -staging, -production`: what the names have in common is said once. */
function shortened(ids: PlannedId[]): string {
  const [first, ...others] = ids;
  if (first === undefined) return "";
  const common = first.name.slice(0, -first.environment.length - 1);
  return [first.name, ...others.map(({ name }) => name.replace(`${common}-`, "-"))].join(", ");
}
