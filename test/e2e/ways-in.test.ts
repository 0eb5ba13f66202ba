import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEPLOYMENTS } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { eventually, type GitRemote, kubectl } from "../cluster/index.ts";
import { type Bare, openBare, paste } from "./installed-by-flux/bare.ts";
import { type FakePod, fakeKubeletRuns } from "./installed-by-flux/fake-kubelet.ts";
import {
  giveApplication,
  greeting,
  isReady,
  PLATFORM,
  projectFile,
  projects,
  untilGone,
} from "./installed-by-flux/fleet.ts";
import { fetchNow, uids } from "./installed-by-flux/watching.ts";
import { appFiles } from "./support/app.ts";
import { isGone } from "./support/project.ts";
import { installedObjects, WAYS } from "./support/ways.ts";

const OPERATOR = { namespace: "projectgitops-system", name: "projectgitops" };
const CRD = "customresourcedefinition.apiextensions.k8s.io/projectgitops.projectgitops.dev";

let bare: Bare;
let shop: GitRemote;
let pod: FakePod | undefined;

beforeAll(async () => {
  bare = await openBare();
  await bare.admin.createNamespace(PLATFORM);
  const app = await giveApplication(bare, "shop", ["production"]);
  shop = app.repository;
  await bare.gitea.api.addDeployKey("shop", app.publicKey);
}, 180_000);
afterAll(async () => {
  await pod?.stop();
  await bare?.stop();
});

// One story for each way, told in order, from an empty cluster to an empty cluster.
describe.each([...WAYS])("$name", (way) => {
  let before: Record<string, string>;

  test("into a cluster without anything of ours, and a project becomes Ready with its workload", async () => {
    expect(await installedObjects(bare.cluster)).toEqual([]);
    await shop.push(appFiles("one", ["production"]));
    await way.install(bare.cluster);
    pod = await fakeKubeletRuns(bare.cluster, bare.admin, OPERATOR);
    await paste(bare.cluster, projectFile(bare, "shop"));
    await untilReady();
    expect(await greeting(bare, "shop", "production")).toBe("one");
    before = await uids(bare);
  }, 90_000);

  test("removed, nothing of ours is left but the CRD, and Flux goes on deploying", async () => {
    const stopped = untilOperatorIsGone().then(() => pod?.stop());
    await way.uninstall(bare.cluster);
    expect(await stopped).toBe(0);
    await eventually(() => isGone(bare.admin.getNamespace(OPERATOR.namespace)), {
      description: "the operator's namespace is gone",
    });
    expect(await installedObjects(bare.cluster)).toEqual([CRD]);
    expect(await uids(bare)).toEqual(before);
    await shop.push(appFiles("two", ["production"]));
    await fetchNow(bare, "project-shop-production", "shop-repo");
    await eventually(async () => (await greeting(bare, "shop", "production")) === "two", {
      description: "Flux deploys what was pushed while no operator is there",
      deadlineMs: 60_000,
    });
  }, 120_000);

  test("installed again, the operator takes over what is there", async () => {
    await way.install(bare.cluster);
    pod = await fakeKubeletRuns(bare.cluster, bare.admin, OPERATOR);
    const requestedAt = new Date().toISOString();
    const annotations = { "reconcile.fluxcd.io/requestedAt": requestedAt };
    const ref = { namespace: PLATFORM, name: "shop" };
    await bare.admin.patch(PROJECTS, ref, { metadata: { annotations } }, { type: "merge" });
    await untilReady(requestedAt);
    expect(await uids(bare)).toEqual(before);
    expect(await greeting(bare, "shop", "production")).toBe("two");
  }, 90_000);

  test("the project deleted, the operator and the CRD removed, the cluster is as it was", async () => {
    await bare.admin.delete(PROJECTS, { namespace: PLATFORM, name: "shop" });
    await untilGone(bare, "shop");
    const stopped = untilOperatorIsGone().then(() => pod?.stop());
    await way.uninstall(bare.cluster);
    await stopped;
    await kubectl(bare.cluster, ["delete", CRD]);
    for (const name of [OPERATOR.namespace, "project-shop-production"])
      await eventually(() => isGone(bare.admin.getNamespace(name)), { description: `${name} is gone` });
    expect(await installedObjects(bare.cluster)).toEqual([]);
  }, 120_000);
});

/** Ready, by an operator that has heeded this request. */
const untilReady = (requestedAt?: string) =>
  eventually(
    async () => {
      const project = (await projects(bare)).find(({ metadata }) => metadata.name === "shop");
      return project && isReady(project) && project.status?.lastHandledReconcileAt === requestedAt;
    },
    { description: "shop is Ready", deadlineMs: 60_000 },
  );

const untilOperatorIsGone = () =>
  eventually(() => isGone(bare.admin.get(DEPLOYMENTS, OPERATOR)), {
    description: "the Deployment is gone",
    deadlineMs: 60_000,
  });
