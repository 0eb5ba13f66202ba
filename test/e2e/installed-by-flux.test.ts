import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ObjectMeta } from "kubernetes-types/meta/v1";
import { CUSTOM_RESOURCE_DEFINITIONS, DEPLOYMENTS, NAMESPACES } from "../../src/kube/index.ts";
import { PROJECTS, resourceOf } from "../../src/reconcile/index.ts";
import { withKubeconfig } from "../api/cli-support.ts";
import { condition } from "../api/support/scope.ts";
import { eventually, type GitRemote, operatorRequests } from "../cluster/index.ts";
import { blockWith, readPage, replacedOnce } from "../docs/page.ts";
import { type Bare, CRD, openBare, operatorFiles, paste } from "./installed-by-flux/bare.ts";
import { type FakePod, fakeKubeletRuns } from "./installed-by-flux/fake-kubelet.ts";
import {
  giveApplication,
  greeting,
  isReady,
  PLATFORM,
  projectFile,
  projects,
  sample,
  untilGone,
} from "./installed-by-flux/fleet.ts";
import {
  fetchNow,
  kustomization,
  readyAfterProjects,
  uids,
  untilApplied,
} from "./installed-by-flux/watching.ts";
import { appFiles } from "./support/app.ts";
import { isGone } from "./support/project.ts";
import { stopwatch } from "./support/times.ts";
import { installedObjects } from "./support/ways.ts";

// One story, told in order: each test goes on where the one before it ended.

const PAGE = readPage("docs/install-flux.md");
const OPERATOR = { namespace: "projectgitops-system", name: "projectgitops" };
const SHOP = ["development", "staging", "production"];
const NOTHING_OF_OURS = "configMapGenerator: [{name: left, namespace: flux-system, literals: [a=b]}]\n";

let bare: Bare;
let operatorRepository: GitRemote;
let fleet: GitRemote;
let shop: GitRemote;
let payKey: string;
let pod: FakePod;

beforeAll(async () => {
  bare = await openBare();
  [operatorRepository, fleet] = await Promise.all([
    bare.gitea.createRepository("projectgitops", { private: false }),
    bare.gitea.createRepository("fleet", { private: false }),
  ]);
}, 180_000);
afterAll(async () => {
  await pod?.stop();
  await bare?.stop();
});

describe("Flux installs the operator from deploy/", () => {
  let installed: string;

  test("with its CRD, and is not Ready while the operator does not run", async () => {
    expect(await installedObjects(bare.cluster)).toEqual([]);
    installed = await release("v0.1.0");
    const block = blockWith(PAGE, "path: ./deploy");
    await paste(
      bare.cluster,
      replacedOnce(block.text, {
        "https://git.acme.dev/platform/projectgitops.git": `${bare.gitea.url}/acme/projectgitops.git`,
        // A resync also looks at Flux's objects; nobody wants to wait for it here.
        "value: 30s": "value: 5s",
      }),
    );
    await eventually(async () => /^Running health checks/.test((await operatorIsSaid()).doing), {
      description: "all is applied and Flux waits for health",
    });
    expect(await operatorIsSaid()).toMatchObject({ ready: "Unknown", applied: undefined });
    const crd = await bare.admin.get(CUSTOM_RESOURCE_DEFINITIONS, CRD);
    expect(crd.status?.conditions).toContainEqual(
      expect.objectContaining({ type: "Established", status: "True" }),
    );
    expect(labelsOf(crd)).toMatchObject({ "kustomize.toolkit.fluxcd.io/name": "projectgitops" });
    const deployment = await bare.admin.get(DEPLOYMENTS, OPERATOR);
    const [container] = deployment.spec?.template.spec?.containers ?? [];
    expect(container).toMatchObject({
      image: "registry.acme.dev/projectgitops:0.1.0",
      env: [{ name: "PROJECTGITOPS_RESYNC_INTERVAL", value: "5s" }],
    });
  });

  test("and is Ready when the operator is", async () => {
    const done = stopwatch("start of the operator to Ready of Flux's Kustomization");
    pod = await fakeKubeletRuns(bare.cluster, bare.admin, OPERATOR);
    await untilApplied(bare, "flux-system", "projectgitops", installed);
    done();
    expect((await operatorIsSaid()).applied).toBe(`v0.1.0@sha1:${installed}`);
    expect(JSON.parse(pod.output().split("\n")[0] ?? "")).toMatchObject({ resyncMs: 5000 });
  });

  test("and projectgitops install and uninstall leave it to Flux, with Flux's commands", async () => {
    const asAdmin = withKubeconfig(bare.cluster.kubeconfigPath);
    const by = "by Flux, with Kustomization flux-system/projectgitops";
    const install = await asAdmin("install --image registry.acme.dev/projectgitops:0.2.0");
    expect(install.stderr).toStartWith(`error: the operator is installed already, ${by}\n`);
    const uninstall = await asAdmin("uninstall --yes");
    expect(uninstall.stderr).toStartWith(`error: nothing was removed: the operator is installed ${by}\n`);
    expect(uninstall.stderr).toEndWith("flux delete kustomization projectgitops -n flux-system\n");
    expect([install.code, uninstall.code]).toEqual([1, 1]);
  });

  test("which has the ServiceAccount's rights, and they are enough", async () => {
    const requests = await eventually(
      () => operatorRequests(bare.cluster).length > 5 && operatorRequests(bare.cluster),
      {
        description: "the API server has seen the operator under its own name",
      },
    );
    expect(requests.filter(({ responseStatus }) => responseStatus?.code === 403)).toEqual([]);
  });
});

describe("a Flux Kustomization with wait: true over ProjectGitOps objects", () => {
  let commit: string;

  beforeAll(async () => {
    await paste(bare.cluster, blockWith(PAGE, "kind: RoleBinding").text);
    const apps = await Promise.all([
      giveApplication(bare, "shop", SHOP),
      giveApplication(bare, "pay", ["production"]),
      giveApplication(bare, "blog", ["production"]),
    ]);
    const [shopApp, payApp, blogApp] = apps;
    shop = shopApp.repository;
    payKey = payApp.publicKey;
    await bare.gitea.api.addDeployKey("shop", shopApp.publicKey);
    await bare.gitea.api.addDeployKey("blog", blogApp.publicKey);
    commit = await fleet.push({
      "projects/shop.yaml": await sample(bare),
      "projects/pay.yaml": projectFile(bare, "pay", "  deletionPolicy: Orphan\n"),
      "projects/blog.yaml": projectFile(bare, "blog"),
    });
    const block = blockWith(PAGE, "path: ./projects");
    await paste(
      bare.cluster,
      replacedOnce(block.text, {
        "https://git.acme.dev/platform/fleet.git": `${bare.gitea.url}/acme/fleet.git`,
        "timeout: 5m": "timeout: 30s", // Flux's least
        "retryInterval: 1m": "retryInterval: 5s",
      }),
    );
  }, 60_000);

  test("is not Ready while one of them fails, and names that one", async () => {
    const everReady: boolean[] = [];
    const said = await eventually(
      async () => {
        const now = await fleetIsSaid();
        everReady.push(now.ready === "True");
        return (
          now.ready === "False" && /platform\/pay/.test(now.message) && !/shop|blog/.test(now.message) && now
        );
      },
      { description: "the Kustomization names pay, whose key nobody has registered", deadlineMs: 90_000 },
    );
    expect(said).toMatchObject({ reason: "HealthCheckFailed", applied: undefined });
    // As docs/install-flux.md shows it.
    expect(said.message).toEndWith("timeout waiting for: [ProjectGitOps/platform/pay status: 'InProgress']");
    expect(everReady).not.toContain(true);
    const states = Object.fromEntries((await projects(bare)).map((one) => [one.metadata.name, isReady(one)]));
    expect(states).toEqual({ shop: true, pay: false, blog: true });
    const pay = (await projects(bare)).find(({ metadata }) => metadata.name === "pay");
    expect(pay?.status?.phase).toBe("COMPLETED");
    expect(pay && condition(pay, "Ready")?.message).toMatch(/unable to authenticate/);
  }, 120_000);

  test("turns Ready when the last of them does, not before", async () => {
    await bare.gitea.api.addDeployKey("pay", payKey);
    await fetchNow(bare, "project-pay-production", "pay-repo");
    const after = await readyAfterProjects(bare, commit);
    expect(after).toBeLessThan(15_000);
    process.stdout.write(
      `  time: Ready of the last project to Ready of the Kustomization over it: ${(after / 1000).toFixed(1)} s\n`,
    );
  }, 90_000);

  test("is not Ready for a commit whose change is not delivered yet, though all was Ready before", async () => {
    const onRelease = (await sample(bare)).replace("ref: {branch: main}", "ref: {branch: release}");
    const next = await fleet.push({ "projects/shop.yaml": onRelease });
    await fetchNow(bare, PLATFORM, "fleet");
    await eventually(
      async () => {
        const { doing } = await fleetIsSaid();
        const project = (await projects(bare)).find(({ metadata }) => metadata.name === "shop");
        const message = (project && condition(project, "Ready")?.message) ?? "";
        return doing.includes(`Running health checks for revision main@sha1:${next}`) && /ref/.test(message);
      },
      { description: "the branch is not there, and Flux waits", deadlineMs: 60_000 },
    );
    const waiting = await fleetIsSaid();
    expect({ ...waiting, ready: waiting.ready === "True" }).toMatchObject({
      ready: false,
      applied: `main@sha1:${commit}`,
    });
    await shop.push(appFiles("two", SHOP), { branch: "release" });
    for (const environment of SHOP) await fetchNow(bare, `project-shop-${environment}`, "shop-repo");
    await readyAfterProjects(bare, next);
    expect(await greeting(bare, "shop", "development")).toBe("two");
  }, 120_000);

  test("fails at once when a project is stalled: its namespace belongs to someone else", async () => {
    const { metadata } = await bare.admin.createNamespace("project-taken-production");
    await giveApplication(bare, "taken", ["production"]);
    await fleet.push({ "projects/taken.yaml": projectFile(bare, "taken") });
    await fetchNow(bare, PLATFORM, "fleet");
    const said = await eventually(
      async () => {
        const now = await fleetIsSaid();
        return now.ready === "False" && now.message.includes("platform/taken") && now;
      },
      { description: "the Kustomization names the stalled project", deadlineMs: 60_000 },
    );
    expect(said.message).toContain("failed early due to stalled resources: [ProjectGitOps/platform/taken");
    const corrected = await fleet.push({ "projects/taken.yaml": null });
    await fetchNow(bare, PLATFORM, "fleet");
    await untilApplied(bare, PLATFORM, "projects", corrected);
    await untilGone(bare, "taken");
    const foreign = await bare.admin.getNamespace("project-taken-production");
    expect(foreign.metadata?.resourceVersion).toBe(metadata?.resourceVersion ?? "");
  }, 120_000);
});

describe("a bad commit", () => {
  test("that drops the CRD removes neither it nor a project nor a workload", async () => {
    const before = await uids(bare);
    const { "deploy/kustomization.yaml": base } = await operatorFiles();
    const commit = await release("v0.1.1", {
      "deploy/kustomization.yaml": String(base).replace("  - ../crds\n", ""),
    });
    await untilApplied(bare, "flux-system", "projectgitops", commit);
    const crd = await bare.admin.get(CUSTOM_RESOURCE_DEFINITIONS, CRD);
    expect(crd.metadata?.deletionTimestamp).toBeUndefined();
    expect(await uids(bare)).toEqual(before);
  }, 90_000);

  test("that drops projects removes or keeps their environments as their deletionPolicy says", async () => {
    const payBefore = await greeting(bare, "pay", "production");
    const done = stopwatch("a project removed from git to its namespaces gone");
    const commit = await fleet.push({ "projects/shop.yaml": null, "projects/pay.yaml": null });
    await fetchNow(bare, PLATFORM, "fleet");
    await untilApplied(bare, PLATFORM, "projects", commit);
    for (const name of ["shop", "pay"]) await untilGone(bare, name);
    for (const environment of SHOP) {
      await eventually(() => isGone(bare.admin.getNamespace(`project-shop-${environment}`)), {
        description: `the namespace of ${environment} is gone`,
      });
    }
    done();
    expect(await greeting(bare, "pay", "production")).toBe(payBefore);
    const namespace = await bare.admin.getNamespace("project-pay-production");
    expect(namespace.metadata?.deletionTimestamp).toBeUndefined();
    const kept = { namespace: "project-pay-production", name: "pay-production" };
    expect((await bare.admin.get(resourceOf("Kustomization"), kept)).metadata?.name).toBe(kept.name);
    expect((await projects(bare)).map(({ metadata }) => metadata.name)).toEqual(["blog"]);
  }, 120_000);

  test("that drops the whole operator removes no workload, and the next one goes on where it stood", async () => {
    const before = await uids(bare);
    const bad = await release("v0.1.2", { "deploy/kustomization.yaml": NOTHING_OF_OURS });
    await eventually(() => isGone(bare.admin.get(DEPLOYMENTS, OPERATOR)), {
      description: "Flux has pruned the Deployment",
    });
    expect(await pod.stop()).toBe(0);
    await untilApplied(bare, "flux-system", "projectgitops", bad);
    await eventually(() => isGone(bare.admin.get(NAMESPACES, { name: OPERATOR.namespace })), {
      description: "the operator's namespace is gone",
    });
    expect(await installedObjects(bare.cluster)).toEqual([
      `customresourcedefinition.apiextensions.k8s.io/${CRD.name}`,
    ]);
    expect(await uids(bare)).toEqual(before);

    const good = await release("v0.1.3", await operatorFiles());
    await eventually(async () => !(await isGone(bare.admin.get(DEPLOYMENTS, OPERATOR))), {
      description: "Flux has installed the operator again",
    });
    const [blog] = await projects(bare);
    const requestedAt = new Date().toISOString();
    const annotations = { "reconcile.fluxcd.io/requestedAt": requestedAt };
    const ref = { namespace: PLATFORM, name: "blog" };
    await bare.admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
    pod = await fakeKubeletRuns(bare.cluster, bare.admin, OPERATOR);
    await untilApplied(bare, "flux-system", "projectgitops", good);
    const after = await eventually(
      async () => {
        const [project] = await projects(bare);
        return (
          project && project.status?.lastHandledReconcileAt === requestedAt && isReady(project) && project
        );
      },
      { description: "the new operator has looked at blog and finds it Ready" },
    );
    expect(after.status?.completedAt).toBe(blog?.status?.completedAt ?? "");
    expect(await uids(bare)).toEqual(before);
  }, 120_000);
});

const operatorIsSaid = () => kustomization(bare, "flux-system", "projectgitops");
const fleetIsSaid = () => kustomization(bare, PLATFORM, "projects");

/** Publishes a version of the operator's repository, by default as this one is, and has Flux fetch it where it does. */
async function release(tag: string, files?: Record<string, string | null>): Promise<string> {
  const commit = await operatorRepository.push(files ?? (await operatorFiles()), { message: tag });
  await operatorRepository.tag(tag);
  const source = { namespace: "flux-system", name: "projectgitops" };
  if (!(await isGone(bare.admin.get(resourceOf("GitRepository"), source))))
    await fetchNow(bare, source.namespace, source.name);
  return commit;
}

const labelsOf = ({ metadata }: { metadata?: ObjectMeta }) => metadata?.labels;
