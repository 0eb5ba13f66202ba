import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { K8sApiError, type KubeObject } from "../../src/kube/index.ts";
import { resourceOf } from "../../src/reconcile/index.ts";
import {
  FluxCliService,
  FluxSyncService,
  K3sService,
  NotInTime,
  NotReadyError,
} from "../../src/services/index.ts";
import { eventually } from "../cluster/index.ts";
import { failure } from "./kube/helpers.ts";
import { fluxSucceeds, REVISION, untilReady } from "./support/flux.ts";
import {
  getProject,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

let scope: Scope;
let k3s: K3sService;
let name: string;
let namespace: string;
const sync = () => new FluxSyncService(k3s);
const cli = () => new FluxCliService(k3s);

beforeAll(async () => {
  scope = await openScope();
  namespace = scope.namespace;
  k3s = new K3sService(scope.cluster.kubeconfigPath);
  await giveCredential(scope);
  name = await project();
}, 60_000);
afterAll(async () => {
  k3s.close();
  await scope.stop();
});

async function project(): Promise<string> {
  const made = uniqueProject();
  await scope.admin.create(PROJECTS, projectObject(namespace, made, { environments: [{ name: "staging" }] }));
  await untilPhase(scope, made, "COMPLETED");
  return made;
}

describe("FluxSyncService.status", () => {
  test("tells what Flux has applied where, and that waiting helps until then", async () => {
    expect(await sync().status(name, { namespace })).toMatchObject({
      phase: "COMPLETED",
      standing: "under way",
    });
    await untilReady(scope, name);
    expect(await sync().status(name, { namespace })).toMatchObject({
      phase: "COMPLETED",
      standing: "ready",
      ready: "True",
      environments: [{ name: "staging", delivery: { ready: "True", revision: REVISION } }],
    });
  });

  test("a project that is not there rejects with 404", async () => {
    const error = await failure(sync().status("nobody", { namespace }));
    expect(error).toBeInstanceOf(K8sApiError);
    expect(error).toMatchObject({ statusCode: 404 });
  });
});

describe("FluxCliService", () => {
  test("suspend makes the project stuck for whoever waits, resume ends it; both may be repeated", async () => {
    await cli().suspend(name, { namespace });
    await eventually(async () => (await sync().status(name, { namespace })).reason === "Suspended");
    expect(await sync().status(name, { namespace })).toMatchObject({
      standing: "stuck",
      reason: "Suspended",
    });
    const { metadata } = await getProject(scope, name);
    await cli().suspend(name, { namespace });
    expect((await getProject(scope, name)).metadata.generation).toBe(metadata.generation ?? 0);

    const error = await failure(cli().reconcile(name, { namespace }));
    expect(error).toBeInstanceOf(NotReadyError);
    expect(error).toMatchObject({ reason: "Suspended", project: `${namespace}/${name}` });

    await cli().resume(name, { namespace });
    await untilReady(scope, name);
    expect((await sync().status(name, { namespace })).standing).toBe("ready");
  });

  test("reconcile has the operator answer, and touches no Flux object", async () => {
    const id = { namespace: `project-${name}-staging`, name: `${name}-repo` };
    const before = await scope.admin.get(resourceOf("GitRepository"), id);
    const asked = await cli().reconcile(name, { namespace });
    expect(asked.standing).toBe("under way");
    await eventually(async () => (await sync().status(name, { namespace })).standing === "ready");
    const after = await scope.admin.get(resourceOf("GitRepository"), id);
    expect(after.metadata?.resourceVersion).toBe(before.metadata?.resourceVersion ?? "");
  });

  test("reconcile with source and wait resolves when Flux has answered everywhere, source before delivery", async () => {
    const at = { namespace: `project-${name}-staging` };
    const source = () => scope.admin.get(resourceOf("GitRepository"), { ...at, name: `${name}-repo` });
    const delivery = () => scope.admin.get(resourceOf("Kustomization"), { ...at, name: `${name}-staging` });
    const requested = (object: KubeObject) =>
      object.metadata?.annotations?.["reconcile.fluxcd.io/requestedAt"];

    const before = requested(await delivery());
    const reconciling = cli().reconcile(name, { namespace, withSource: true, wait: true });
    const first = await eventually(async () => {
      const asked = requested(await source());
      return asked !== before && asked;
    });
    // The source has not answered: for as long as that is so the delivery is left alone.
    for (let look = 0; look < 30; look++) expect(requested(await delivery())).toBe(before as string);

    const answers = new AbortController();
    const flux = (async () => {
      while (!answers.signal.aborted) {
        await fluxSucceeds(scope, await getProject(scope, name));
        await Bun.sleep(50);
      }
    })();
    expect(await reconciling).toMatchObject({ standing: "ready", ready: "True" });
    answers.abort();
    await flux;
    expect(requested(await delivery())).toBe(first);
  });

  test("without Flux the wait ends with NotInTime, which names what did not answer", async () => {
    const error = await failure(
      cli().reconcile(name, { namespace, withSource: true, wait: true, timeoutMs: 500 }),
    );
    expect(error).toBeInstanceOf(NotInTime);
    expect((error as Error).message).toContain(
      `Flux has looked at GitRepository project-${name}-staging/${name}-repo`,
    );
  });

  test("a signal ends the wait with its reason", async () => {
    const stop = new AbortController();
    const waiting = cli().reconcile(name, { namespace, withSource: true, wait: true, signal: stop.signal });
    const reason = new Error("enough");
    await eventually(async () => (await getProject(scope, name)) !== undefined);
    stop.abort(reason);
    expect(await failure(waiting)).toBe(reason);
  });
});
