import { afterEach, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { eventually, kubectl } from "../cluster/index.ts";
import { notPrinted } from "../docs/likeness.ts";
import { blockWith, ROOT, readPage } from "../docs/page.ts";

const README = readPage("README.md");
const WITHIN = 120_000;

interface Demo {
  process: Bun.Subprocess;
  stdout(): string;
}

let running: Demo | undefined;
afterEach(() => running?.process.kill("SIGKILL"));

/** Starts the demo as the README says, with a control plane of its own. */
function start(command: string): Demo {
  // A terminal's Ctrl-C reaches npm's child; a signal to npm alone does not always.
  const child = Bun.spawn(
    ["bash", "-c", command.replace("npm run demo", "exec node scripts/with-bun.mjs scripts/demo.ts")],
    {
      cwd: ROOT,
      stdout: "pipe",
      stderr: "inherit",
    },
  );
  let text = "";
  const reading = async () => {
    for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) text += chunk;
  };
  void reading();
  running = { process: child, stdout: () => text };
  return running;
}

test(
  "the demo with --once ends by itself, exit 0, with each phase in its order and every object read back, as the README shows",
  async () => {
    const sample = blockWith(README, "$ npm run demo -- --once").text;
    const demo = start(/^\$ (.*)$/m.exec(sample)?.[1] ?? "");
    expect(await demo.process.exited).toBe(0);
    const phases = [...demo.stdout().matchAll(/^ +\d+\.\d s {2}([A-Z_]+)/gm)].map(([, phase]) => phase);
    expect(phases).toEqual(["CREATING_NAMESPACES", "CREATING_SECRETS", "CREATING_RESOURCES", "COMPLETED"]);
    expect(demo.stdout()).toMatch(/COMPLETED +\d+ requests: 18 create, 1 get, [12] patch; none refused\n/);
    expect(demo.stdout()).toContain("all 18 objects are there, by a second client\n");
    expect(notPrinted(sample, demo.stdout())).toEqual([]);
  },
  WITHIN,
);

test(
  "the demo stays, tells of a Secret that comes back, and ends by Ctrl-C without leaving anything",
  async () => {
    const demo = start(blockWith(README, "npm run demo\n").text);
    const invited = () => demo.stdout().includes("Ctrl-C ends everything.");
    await eventually(invited, { deadlineMs: WITHIN, description: "the demo invites to look around" });
    const kubeconfigPath = /KUBECONFIG=(\S+)/.exec(demo.stdout())?.[1] ?? "";
    const secret = ["secret", "shop-git-auth", "-n", "project-shop-staging"];
    expect((await kubectl({ kubeconfigPath }, ["delete", ...secret])).code).toBe(0);
    await eventually(() => /back +Secret project-shop-staging\/shop-git-auth/.test(demo.stdout()), {
      description: "the demo says that the Secret is back",
    });
    expect((await kubectl({ kubeconfigPath }, ["get", ...secret])).code).toBe(0);
    demo.process.kill("SIGINT");
    expect(await demo.process.exited).toBe(0);
    await eventually(() => !existsSync(dirname(dirname(kubeconfigPath))), {
      description: "its folder is gone",
    });
  },
  WITHIN,
);
