/**
 * `npm run picture`: draws docs/pictures/tree.svg from a real run, with real Flux and a git host: the shop after its
 * second push, production still on its tag.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processIo } from "../src/cli/io.ts";
import { runCli } from "../src/cli/program.ts";
import { shopFiles } from "./demo/app.ts";
import { watchDeployment } from "./demo/deployed.ts";
import { INTERVAL, startFluxStack } from "./demo/flux-stack.ts";
import { applySample } from "./demo/sample.ts";
import { terminalSvg } from "./picture-svg.ts";

const FOLDER = join(import.meta.dir, "..", "docs", "pictures");
const COMMAND = "tree shop -n platform";

const stack = await startFluxStack();
const { client, gitea, key, environments } = stack;
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

const screen = await run([...COMMAND.split(" "), "--kubeconfig", stack.cluster.kubeconfigPath]);
await stack.stop();
mkdirSync(FOLDER, { recursive: true });
const path = join(FOLDER, "tree.svg");
const picture = terminalSvg(
  `\u001b[2m$\u001b[0m kubectl projectgitops ${COMMAND}\n${screen}`,
  "projectgitops tree: a project with its environments, their objects, and what Flux deployed",
);
writeFileSync(path, picture);
process.stdout.write(`${path}: ${(picture.length / 1024).toFixed(1)} KiB\n`);
process.exit();

/** What the command prints on a terminal with colours. */
async function run(args: readonly string[]): Promise<string> {
  let printed = "";
  const code = await runCli(args, {
    ...processIo(),
    colour: true,
    columns: 100,
    out: (text) => {
      printed += text;
    },
  });
  if (code !== 0) throw new Error(`the command ended with exit code ${code}`);
  return printed;
}
