import { type BunK8sClient, type CallOptions, isNotFound } from "../kube/index.ts";
import {
  carriesOwner,
  type LiveObject,
  type ObjectStep,
  type Refusal,
  type Sighting,
} from "../machine/index.ts";
import { type Desired, homeNamespace, MANAGED_KINDS, type ObjectId, objectKey } from "../plan/index.ts";
import { type ConfirmedNamespace, confirmNamespace } from "./confirmed-namespace.ts";
import { meaningOf } from "./refusals.ts";
import { asLive, refOf, resourceOf } from "./resources.ts";
import type { World } from "./world.ts";
import * as writes from "./writes.ts";

/** What the API server's answers to one step say of the objects. */
export interface Findings {
  readonly sightings: Map<string, Sighting>;
  readonly refusals: Refusal[];
  /** Keys of the objects whose write was answered with success. */
  readonly written: Set<string>;
}

export interface ExecuteContext {
  readonly client: BunK8sClient;
  readonly world: World;
  /** metadata.uid of the project. */
  readonly uid: string;
  /** What is known so far: says which Namespaces are there. */
  readonly sightings: ReadonlyMap<string, Sighting>;
  /** RFC 3339; the value of requestedAt where Flux has to be woken. */
  readonly now: string;
  readonly options: CallOptions;
}

/**
 * Does one step. Environments go in parallel; inside an environment wave by wave.
 * @throws what the client throws when the API server does not answer or is overloaded, after
 *   everything that was under way has ended: then nothing is concluded
 */
export async function execute(context: ExecuteContext, step: ObjectStep): Promise<Findings> {
  const run = new Run(context);
  switch (step.kind) {
    case "read":
      await run.all(step.objects.map((id) => () => run.read(id)));
      break;
    case "create":
      await run.all(byEnvironment(step.objects).map((waves) => () => run.inWaves(waves)));
      break;
    case "update":
      await run.all(
        step.changes.map(
          (change) => () =>
            run.attempt(change.desired, "update", () =>
              writes.converge(context.client, change, context.now, context.options),
            ),
        ),
      );
      break;
    case "resume":
      await run.all(
        step.objects.map(
          (doomed) => () =>
            run.attempt(doomed, "resume", () => writes.resume(context.client, doomed, context.options)),
        ),
      );
      break;
    case "orphan":
      await run.all(
        step.objects.map(
          (doomed) => () =>
            run.attempt(doomed, "let go", () => writes.orphan(context.client, doomed, context.options)),
        ),
      );
      break;
    case "strip":
      await run.all(
        step.objects.map(
          (doomed) => () =>
            run.attempt(doomed, "release", async () => {
              await writes.strip(context.client, doomed, context.options);
              return undefined; // the answer shows it as it stood before it went
            }),
        ),
      );
      break;
    case "delete":
      await run.all(
        step.objects.map(
          (doomed) => () =>
            run.attempt(doomed, "delete", async () => {
              await writes.remove(context.client, doomed, context.options);
              return undefined;
            }),
        ),
      );
  }
  return run.findings;
}

/** Environment by environment, the waves in their order. */
function byEnvironment(objects: readonly Desired[]): Desired[][][] {
  const environments = Map.groupBy(objects, ({ environment }) => environment);
  return [...environments.values()].map((own) =>
    [...Map.groupBy(own, ({ kind }) => MANAGED_KINDS[kind].wave).entries()]
      .sort(([a], [b]) => a - b)
      .map(([, wave]) => wave),
  );
}

class Run {
  readonly findings: Findings = { sightings: new Map(), refusals: [], written: new Set() };
  readonly #context: ExecuteContext;

  constructor(context: ExecuteContext) {
    this.#context = context;
  }

  /** Waits for all, also when one fails: nothing of this pass is under way when the next begins. */
  async all(tasks: readonly (() => Promise<unknown>)[]): Promise<void> {
    const results = await Promise.allSettled(tasks.map((task) => task()));
    const failed = results.find((result) => result.status === "rejected");
    if (failed) throw failed.reason;
  }

  async inWaves(waves: readonly (readonly Desired[])[]): Promise<void> {
    for (const wave of waves) {
      await this.all(wave.map((desired) => () => this.create(desired)));
      if (!wave.every((desired) => this.#isOurs(desired))) return; // what follows needs what is missing
    }
  }

  /** One that was there already under this name is judged first: it may be somebody else's. */
  #isOurs(desired: Desired): boolean {
    const sighting = this.findings.sightings.get(objectKey(desired));
    return sighting?.state === "present" && carriesOwner(sighting.object, this.#context.uid);
  }

  create(desired: Desired): Promise<void> {
    const { client, uid, options } = this.#context;
    return this.attempt(desired, "create", () => {
      if (desired.kind === "Namespace") return writes.createNamespace(client, desired, uid, options);
      const home = this.#home(desired);
      // Not there as far as is known: said like the API server's own answer, without asking it.
      if (home === undefined) {
        this.#lookAgain(desired);
        return Promise.resolve(undefined);
      }
      return writes.createInside(client, home, desired, uid, options);
    });
  }

  async read(id: ObjectId): Promise<void> {
    const { client, options } = this.#context;
    try {
      this.#found(id, asLive(await client.get(resourceOf(id.kind), refOf(id), options)));
    } catch (error) {
      if (!isNotFound(error)) throw error;
      this.#absent(id);
    }
  }

  /** One write, and what its answer or its failure says of the object. */
  async attempt(id: ObjectId, doing: string, write: () => Promise<LiveObject | undefined>): Promise<void> {
    try {
      const live = await write();
      this.findings.written.add(objectKey(id));
      if (live) this.#found(id, live);
      else this.#lookAgain(id);
    } catch (error) {
      const meaning = meaningOf(error, id, doing);
      switch (meaning.kind) {
        case "refused":
          this.findings.refusals.push(meaning.refusal);
          break;
        case "outdated":
          await this.read(id);
          break;
        case "gone":
          this.#absent(id);
          break;
        case "homeless":
          await this.read({ kind: "Namespace", namespace: "", name: homeNamespace(id) });
          break;
        case "unavailable":
          // Whether it was done is not known: the next pass looks.
          this.#context.world.distrust(id);
          throw error;
      }
    }
  }

  #home(id: ObjectId): ConfirmedNamespace | undefined {
    const home: ObjectId = { kind: "Namespace", namespace: "", name: id.namespace };
    const sighting = this.#context.sightings.get(objectKey(home));
    return sighting?.state === "present" ? confirmNamespace(sighting.object) : undefined;
  }

  #found(id: ObjectId, live: LiveObject): void {
    this.#context.world.record(id, live);
    this.findings.sightings.set(objectKey(id), { state: "present", object: live });
  }

  #absent(id: ObjectId): void {
    this.#context.world.forget(id);
    this.findings.sightings.set(objectKey(id), { state: "absent" });
  }

  #lookAgain(id: ObjectId): void {
    this.#context.world.distrust(id);
    this.findings.sightings.set(objectKey(id), { state: "listed" });
  }
}
