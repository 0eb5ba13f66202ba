import { generatedSecretName, namespaceName } from "../../src/api/names.ts";
import { EVENTS, NAMESPACES, SECRETS } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { placeBystanders } from "./bystanders.ts";
import { differences, type EndState, readEndState } from "./end-state.ts";
import type { Life } from "./operators.ts";
import type { Case, Plan } from "./plan.ts";
import type { Entry } from "./requests.ts";
import {
  createProject,
  ENVIRONMENTS,
  isSettled,
  SCENARIOS,
  type Scenario,
  type Subject,
  secretData,
} from "./scenarios.ts";
import { leaks } from "./secrecy.ts";
import { Track, type TrackOptions } from "./track.ts";

/** What one run of a case came to. */
export interface Result {
  /** What is wrong, one sentence each; empty when nothing is. */
  problems: string[];
  /** False when the request that was to fail was never sent: then nothing was tried. */
  wasHit: boolean;
  /** A request failed that was not to fail: the machine was too slow, and this was another plan. */
  wasDisturbed: boolean;
  endState: EndState;
  /** The requests of the scenario itself. */
  requests: Entry[];
  seconds: number;
}

/** What the undisturbed run of the same case came to. */
export type Reference = Pick<Result, "endState">;

/** Far above what a trial takes, also where the machine has other work: what is stuck stays so. */
const DEADLINE_MS = 240_000;
const LOOK_EVERY_MS = 400;

/**
 * Runs one case from nothing to its end state, with one fault or undisturbed, and judges what is there then.
 * Names are fresh, and nothing is removed afterwards.
 */
export async function runTrial(
  options: TrackOptions & { keys: readonly [string, string] },
  of: Case | Plan,
  reference?: Reference,
): Promise<Result> {
  const started = performance.now();
  const projectId = `f${crypto.randomUUID().slice(0, 8)}`;
  const scenario = SCENARIOS[of.scenario] as Scenario;
  const host = scenario.generates ? options.host : undefined;
  const subject: Subject = {
    ...(host ? { host } : {}),
    ...{ projectId, platform: `platform-${projectId}`, keys: options.keys },
    ...{ admin: options.admin, environments: of.environments },
  };
  const { host: _, ...others } = options;
  const track = new Track({ ...others, ...(host ? { host } : {}) }, subject);
  const problems: string[] = [];
  let endState: EndState = {};
  try {
    const bystanders = await prepare(subject);
    const before = scenario.before(of.environments);
    if (before.length > 0) {
      await createProject(subject, before, scenario.environment);
      await track.start();
      await untilQuiet(subject, track, isSettled, "the scenario could begin", 1);
    }
    track.arm("fault" in of ? of : undefined);
    await scenario.act(subject);
    if (before.length === 0) await track.start();
    await untilQuiet(subject, track, (project) => scenario.isDone(subject, project), "the end state");
    const secrets = await generatedSecrets(subject);
    endState = await readEndState(subject);
    if (reference) problems.push(...differences(reference.endState, endState));
    problems.push(...(await bystanders.touched()), ...track.problems());
    problems.push(...leaks([...subject.keys, ...secrets], await textsOf(subject, track.lives)));
  } catch (error) {
    problems.push(error instanceof Error ? error.message : String(error));
  } finally {
    await track.stop();
    host?.close(projectId);
  }
  if (problems.length > 0) problems.push(...track.story());
  const requests = track.scenario();
  const { wasHit, wasDisturbed } = track;
  const seconds = (performance.now() - started) / 1000;
  return { problems, wasHit, wasDisturbed, endState, requests, seconds };
}

async function prepare(subject: Subject) {
  const { admin, platform, keys, host, projectId } = subject;
  await admin.createNamespace(platform);
  if (host) {
    await host.createRepository(projectId);
    await admin.createSecret(platform, "gitea", { token: host.address.token, "ca.crt": host.caPem });
  }
  const metadata = { namespace: platform, name: "git" };
  await admin.create(SECRETS, { metadata, data: secretData(keys[0]) });
  return placeBystanders(admin, subject);
}

/**
 * The state is reached, and then nothing is written for so many resyncs: two are a whole one from its beginning on,
 * and the pass that it may have asked for.
 */
async function untilQuiet(
  subject: Subject,
  track: Track,
  isDone: (project: Awaited<ReturnType<typeof read>>) => boolean | Promise<boolean>,
  what: string,
  resyncs = 2,
): Promise<void> {
  const end = performance.now() + DEADLINE_MS;
  let reached: { writes: number; resyncs: number } | undefined;
  while (performance.now() < end) {
    await Bun.sleep(LOOK_EVERY_MS);
    const now = { writes: track.writes, resyncs: track.resyncs };
    if (reached?.writes === now.writes) {
      if (now.resyncs >= reached.resyncs + resyncs && track.pollsSinceResync >= 2 && track.isAtRest) return;
      continue;
    }
    reached = (await isDone(await read(subject))) ? now : undefined;
  }
  const project = await read(subject);
  throw new Error(
    `${what} was ${reached ? "reached, but writing goes on" : "not reached"} within ${DEADLINE_MS / 1000} s: ${JSON.stringify(project?.status)}${await terminating(subject)}`,
  );
}

/** What holds the namespaces that do not go. */
async function terminating({ admin, projectId }: Subject): Promise<string> {
  const homes = await Promise.all(
    ENVIRONMENTS.map((name) =>
      admin.get(NAMESPACES, { name: namespaceName(projectId, name) }).catch(() => undefined),
    ),
  );
  const going = homes.filter((home) => home?.metadata?.deletionTimestamp !== undefined);
  const told = going.map((home) => `${home?.metadata?.name}: ${JSON.stringify(home?.status?.conditions)}`);
  return told.length === 0 ? "" : `\n  at ${new Date().toISOString()} still Terminating: ${told.join("; ")}`;
}

const read = ({ admin, platform, projectId }: Subject) =>
  admin.get(PROJECTS, { namespace: platform, name: projectId }).catch((error: { statusCode?: number }) => {
    if (error.statusCode === 404) return undefined;
    throw error;
  });

/** What the operator has made and must not show. */
async function generatedSecrets({ admin, platform, projectId, host }: Subject): Promise<string[]> {
  if (host === undefined) return [];
  const ref = { namespace: platform, name: generatedSecretName(projectId) };
  const kept = await admin.get(SECRETS, ref).catch((error: { statusCode?: number }) => {
    if (error.statusCode === 404) return undefined;
    throw error;
  });
  const identity = Buffer.from(kept?.data?.["identity"] ?? "", "base64").toString();
  return [host.address.token, ...(identity === "" ? [] : [identity])];
}

/** Every text that leaves the operator. */
async function textsOf(subject: Subject, lives: readonly Life[]): Promise<Record<string, string>> {
  const events = await subject.admin.list(EVENTS, { namespace: subject.platform });
  const metrics = await lives.at(-1)?.metrics();
  return {
    log: lives.map((life) => life.output()).join(""),
    events: JSON.stringify(events),
    status: JSON.stringify(await read(subject)) ?? "",
    metrics: metrics ?? "",
  };
}
