/**
 * `npm run picture`: draws docs/pictures from a real run, with real Flux and a git host. tree.svg: the shop after its
 * second push, production still on its tag. diagnose.svg: the same shop when somebody has broken two things.
 */
import { standInstallation } from "../test/api/diagnose/installation.ts";
import { startOperator } from "../test/cluster/index.ts";
import { shopFiles } from "./demo/app.ts";
import { watchDeployment } from "./demo/deployed.ts";
import { INTERVAL, startFluxStack } from "./demo/flux-stack.ts";
import { applySample } from "./demo/sample.ts";
import { breakShop } from "./picture/broken.ts";
import { draw, screenOf } from "./picture/shot.ts";

/** The operator of the second picture repairs once in ten minutes: a hand's work is still there when it is taken. */
const OPERATOR = ["--poll-interval", "1s", "--resync-interval", "10m", "--leader-elect"];

const stack = await startFluxStack();
const { client, cluster, gitea, key, environments } = stack;
const { project, appliedAt } = await applySample(client, {
  url: gitea.sshUrl("shop"),
  interval: INTERVAL,
  knownHosts: gitea.knownHosts,
  key,
});
await watchDeployment(client, project, stack.commit, environments, appliedAt);
const commit = await stack.repository.push(shopFiles("hello again", environments), { message: "again" });
const onMain = environments.filter((name) => name !== "production");
await watchDeployment(client, project, commit, onMain, performance.now());

const tree = await screenOf("tree shop -n platform", cluster, 100);
if (tree.code !== 0) throw new Error(`tree ended with exit code ${tree.code}`);

await stack.operator.stop();
const slow = await startOperator(cluster, { args: OPERATOR });
await breakShop(stack, project);
// Flux and the operator run as processes here: their Deployments say so.
await standInstallation(client, OPERATOR.slice(0, 4));
const diagnosis = await screenOf("diagnose shop -n platform", cluster, 100);
if (diagnosis.code !== 1) throw new Error(`diagnose ended with exit code ${diagnosis.code}`);
await slow.stop();
await stack.stop();

draw(
  "tree",
  "projectgitops tree: a project with its environments, their objects, and what Flux deployed",
  "tree shop -n platform",
  tree.printed,
);
draw(
  "diagnose",
  "projectgitops diagnose: what is wrong with a project, what was seen, why, and the command that mends it",
  "diagnose shop -n platform",
  diagnosis.printed,
);
process.exit();
