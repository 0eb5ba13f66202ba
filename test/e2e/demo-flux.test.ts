import { afterAll, expect, test } from "bun:test";
import { join } from "node:path";
import { notPrinted } from "../docs/likeness.ts";
import { blockWith, readPage } from "../docs/page.ts";

const DEMO = join(import.meta.dir, "..", "..", "scripts", "demo.ts");

let demo: Bun.Subprocess<"ignore", "pipe", "inherit"> | undefined;
afterAll(() => demo?.kill("SIGKILL"));

test("the demo with Flux deploys a push and then another one, production stays on its tag, and it ends by itself", async () => {
  demo = Bun.spawn([process.execPath, DEMO, "--flux", "--once"], { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(demo.stdout).text();
  expect(await demo.exited).toBe(0);

  const [first, second] = [...text.matchAll(/^ {2}(?:first|second) push +([0-9a-f]{7}) /gm)].map(
    ([, commit]) => commit,
  );
  const expected = [
    `development main@${first}`,
    `staging main@${first}`,
    `production v1.0.0@${first}`,
    `development main@${second}`,
    `staging main@${second}`,
  ];
  expect(applied(text)).toEqual(expected.toSorted());
  const trees = text.split("ProjectGitOps platform/shop").slice(1);
  expect(trees.map(environments)).toEqual([
    [`main@${first}`, `main@${first}`, `v1.0.0@${first}`],
    [`main@${second}`, `main@${second}`, `v1.0.0@${first}`],
  ]);
  expect(trees[0]?.match(/─ (ConfigMap|Service) +shop$/gm)).toHaveLength(6);
  expect(text).toContain("what was pushed is deployed, by a second client\n");
  const sample = blockWith(readPage("README.md"), "$ npm run demo -- --flux --once").text;
  expect(notPrinted(inAnyOrder(sample), inAnyOrder(text))).toEqual([]);
}, 180_000);

/** Environments are told in the order in which Flux is done with them. */
const inAnyOrder = (text: string): string =>
  text
    .split("\n")
    .map((line) => line.replace(/ s +applied .*/, " s applied"))
    .join("\n");

/** Environment and revision of each line that tells what Flux applied. */
const applied = (text: string): string[] =>
  [...text.matchAll(/ s {2}applied +(\S+) +(\S+)$/gm)]
    .map(([, environment, revision]) => `${environment} ${revision}`)
    .toSorted();

/** Revisions that a tree shows, environment by environment. */
const environments = (tree: string): (string | undefined)[] =>
  [...tree.matchAll(/^ {2}[├└]─ \S+ +\S+ +✓ Ready +(\S+)$/gm)].map(([, revision]) => revision);
