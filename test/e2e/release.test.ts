import { beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { dependencies, version } from "../../package.json";
import { pinnedImage } from "../../scripts/release/chart.ts";
import type { Sbom } from "../../scripts/release/sbom.ts";
import { installManifests } from "../../src/cli/manifests.ts";
import { mustRun, program, run, scratchFolder } from "../cluster/index.ts";
import { helmRun, type Manifest } from "./support/chart.ts";

const ROOT = join(import.meta.dir, "..", "..");
const WORKFLOWS = join(ROOT, ".github", "workflows");
const IMAGE = `ghcr.example.com/acme/projectgitops@sha256:${"a1".repeat(32)}`;

interface Workflow {
  permissions: Record<string, string>;
  jobs: Record<string, { permissions?: Record<string, string>; uses?: string; steps?: Step[] }>;
}
interface Step {
  name?: string;
  uses?: string;
  run?: string;
  with?: Record<string, unknown>;
}

const workflow = (name: string) => load(readFileSync(join(WORKFLOWS, name), "utf8")) as Workflow;
const stepsOf = ({ jobs }: Workflow) => Object.values(jobs).flatMap(({ steps = [] }) => steps);

describe("the workflows", () => {
  const all = readdirSync(WORKFLOWS);

  test("are ones that GitHub's runner takes: actionlint has nothing to say", async () => {
    const files = all.map((name) => join(WORKFLOWS, name));
    const { code, stdout } = await run([await program("actionlint"), "-shellcheck=", "-pyflakes=", ...files]);
    expect({ code, stdout }).toEqual({ code: 0, stdout: "" });
  });

  test.each(all)("%s grants nothing to all jobs, and names what each may do", (name) => {
    const { permissions, jobs } = workflow(name);
    expect(permissions).toEqual({});
    expect(Object.entries(jobs).filter(([, job]) => job.permissions === undefined)).toEqual([]);
  });

  test.each(all)("%s pins every action by a version, and leaves no token in a checkout", (name) => {
    const used = stepsOf(workflow(name)).filter(({ uses }) => uses !== undefined);
    expect(used.filter(({ uses }) => !/@(v\d+|[0-9a-f]{40})/.test(uses ?? ""))).toEqual([]);
    const checkouts = used.filter(({ uses }) => uses?.startsWith("actions/checkout@"));
    expect(checkouts.filter((step) => step.with?.["persist-credentials"] !== false)).toEqual([]);
  });

  test("only the job that makes the release page may write to the repository", () => {
    const { jobs } = workflow("release.yml");
    const writers = Object.entries(jobs).filter(([, job]) => job.permissions?.["contents"] === "write");
    expect(writers.map(([name]) => name)).toEqual(["publish"]);
  });

  test("the image has the repository's name in small letters, which a registry wants, and the tag's version", async () => {
    const step = stepsOf(workflow("release.yml")).find(({ name }) => name === "Name the image");
    const output = join(scratchFolder("step"), "output");
    const env = {
      REGISTRY: "ghcr.example.com",
      GITHUB_REPOSITORY: "Acme/ProjectGitOps",
      GITHUB_REF_NAME: "v1.2.3",
      GITHUB_OUTPUT: output,
    };
    await mustRun(["bash", "-ec", step?.run ?? "false"], { env });
    const said = readFileSync(output, "utf8");
    expect(said).toBe("image=ghcr.example.com/acme/projectgitops\nversion=1.2.3\n");
  });

  test("the image is built for two processors with a bill of materials and full provenance, and signed", () => {
    const steps = workflow("release.yml").jobs["image"]?.steps ?? [];
    const build = steps.find(({ uses }) => uses?.startsWith("docker/build-push-action@"));
    expect(build?.with).toMatchObject({
      platforms: "linux/amd64,linux/arm64",
      sbom: true,
      provenance: "mode=max",
    });
    const given = [...String(build?.with?.["build-args"]).matchAll(/^(\w+)=/gm)].map(([, name]) => name);
    const dockerfile = readFileSync(join(ROOT, "Dockerfile"), "utf8");
    const taken = [...dockerfile.matchAll(/^ARG (\w+)/gm)].map(([, name]) => name);
    expect(taken).toEqual(expect.arrayContaining(given));
    expect(steps.some(({ run }) => run?.startsWith("cosign sign "))).toBe(true);
  });
});

describe("what the workflow makes beside the image, by its own command line", () => {
  let out: string;
  let made: string[];
  const read = (name: string) => readFileSync(join(out, name), "utf8");
  const file = (end: string) => made.find((name) => name.endsWith(end)) ?? "";

  beforeAll(async () => {
    out = join(scratchFolder("release"), "release");
    // Two of the four: a program for this system, and one for another.
    const two = `${commandOf("release.yml", "assets.ts")} --platform linux/amd64 --platform darwin/arm64`;
    const command = two
      .replace("--out release", `--out ${out}`)
      .replace("node scripts/with-bun.mjs", process.execPath);
    await mustRun(["sh", "-ec", command], { cwd: ROOT, env: { IMAGE } });
    made = readdirSync(out);
  }, 120_000);

  test("the checksums are those of everything else", async () => {
    const sums = read(file("_checksums.txt"));
    expect(sums.match(/\n/g)).toHaveLength(made.length - 1);
    const { code, stderr } = await run(["sha256sum", "--check", "--strict", file("_checksums.txt")], {
      cwd: out,
    });
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  });

  test("an archive has the program, which says its version, and the license", async () => {
    const folder = scratchFolder("unpacked");
    await mustRun(["tar", "-xzf", join(out, file("_linux_amd64.tar.gz")), "-C", folder]);
    expect(readdirSync(folder).toSorted()).toEqual(["LICENSE", "projectgitops"]);
    expect(await mustRun([join(folder, "projectgitops"), "version"])).toContain(version);
  });

  test("the archive for macOS has a program for it", async () => {
    const archive = join(out, file("_darwin_arm64.tar.gz"));
    const child = Bun.spawn(["tar", "-xzOf", archive, "projectgitops"], { stdout: "pipe" });
    const head = new DataView((await new Response(child.stdout).arrayBuffer()).slice(0, 8));
    // Mach-O of 64 bits, for ARM64 (mach/machine.h).
    expect([head.getUint32(0, true), head.getUint32(4, true)]).toEqual([0xfeedfacf, 0x0100000c]);
  });

  test("the manifests are those of `install --export`, with the image by its digest", () => {
    const manifests = read(file("_install.yaml"));
    expect(manifests).toBe(installManifests(IMAGE));
    expect(imagesIn(loadAll(manifests) as Manifest[])).toEqual([IMAGE]);
  });

  test("the chart is packed in this version and installs that image without a further value", async () => {
    const archive = join(out, file(".tgz"));
    const { code, stdout } = await helmRun(["template", "projectgitops", archive]);
    expect(code).toBe(0);
    expect(imagesIn(loadAll(stdout) as Manifest[])).toEqual([IMAGE]);
    const { stdout: about } = await helmRun(["show", "chart", archive]);
    expect(load(about)).toMatchObject({ version, appVersion: version });
    expect(await mustRun(["tar", "-tzf", archive])).not.toContain("/tests/");
  });

  test("the bill of materials has what is in the program, Bun with it, and nothing that only builds or tests it", () => {
    const sbom = JSON.parse(read(file("_sbom.cdx.json"))) as Sbom;
    expect(sbom.bomFormat).toBe("CycloneDX");
    expect(sbom.metadata.component).toMatchObject({ name: "projectgitops", version, type: "application" });
    const names = sbom.components.map(({ name }) => name);
    expect(names).toEqual(expect.arrayContaining(Object.keys(dependencies)));
    expect(names.filter((name) => /biome|typescript|ajv|fast-check/.test(name))).toEqual([]);
  });

  test("the schema for editors is that of the repository", () => {
    expect(read("projectgitops_v1alpha1.json")).toBe(
      readFileSync(join(ROOT, "docs/schema/projectgitops_v1alpha1.json"), "utf8"),
    );
  });
});

test.each(["registry.acme.dev/projectgitops:0.1.0", "", "projectgitops@sha256:1"])(
  "an image that is not named by its digest is refused: %p",
  (reference) => expect(() => pinnedImage(reference)).toThrow("is no image with a digest"),
);

test("a tag that is not this version ends the workflow's first step with exit code 1", async () => {
  const command = commandOf("release.yml", "check.ts").replace("node scripts/with-bun.mjs", process.execPath);
  const { code, stderr } = await run(["sh", "-ec", command], {
    cwd: ROOT,
    env: { GITHUB_REF_NAME: "v99.0.0" },
  });
  expect(code).toBe(1);
  expect(stderr).toStartWith("error: v99.0.0 cannot be released\n  package.json, version: ");
});

/** The first command line of a workflow that runs this script. */
function commandOf(name: string, script: string): string {
  const step = stepsOf(workflow(name)).find((each) => each.run?.includes(`scripts/release/${script}`));
  if (step?.run === undefined) throw new Error(`${name} does not run scripts/release/${script}`);
  return step.run;
}

function imagesIn(manifests: readonly (Manifest | null)[]): string[] {
  const found = manifests.filter((each) => each?.kind === "Deployment");
  return found.map((each) => JSON.stringify(each).match(/"image":"([^"]+)"/)?.[1] ?? "");
}
