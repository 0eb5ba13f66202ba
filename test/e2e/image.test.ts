import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Deployment } from "kubernetes-types/apps/v1";
import { BunK8sClient } from "../../src/kube/index.ts";
import { giveCredential, PROJECTS, projectObject, uniqueProject } from "../api/support/scope.ts";
import { type BuiltImage, buildImage } from "../cluster/image/build.ts";
import { type OperatorContainer, startContainer } from "../cluster/image/container.ts";
import { headOf, type PlatformImage, pathsIn, readLayout } from "../cluster/image/layout.ts";
import {
  type Cluster,
  eventually,
  kubectl,
  operatorToken,
  say,
  sharedCluster,
  uniqueName,
} from "../cluster/index.ts";

const MEGABYTE = 1e6;
const LABELS = { VERSION: "0.1.0", REVISION: "0123abc", SOURCE: "https://git.example.com/projectgitops" };
/** Of an ELF file, by its field e_machine (the ELF specification's numbers). */
const MACHINES: Record<string, number> = { amd64: 62, arm64: 183 };
const PROGRAM = "usr/local/bin/projectgitops";

let image: BuiltImage;
let platforms: PlatformImage[];
let cluster: Cluster;
let admin: BunK8sClient;

beforeAll(async () => {
  [image, cluster] = await Promise.all([buildImage(LABELS), sharedCluster()]);
  platforms = readLayout(image.layout);
  admin = new BunK8sClient(cluster.kubeconfigPath, { fieldManager: "test-admin" });
}, 600_000);
afterAll(() => admin?.close());

test("the Dockerfile makes an image for amd64 and one for arm64", () => {
  expect(platforms.map(({ architecture }) => architecture).toSorted()).toEqual(["amd64", "arm64"]);
});

describe.each(["amd64", "arm64"])("for %s", (architecture) => {
  const platform = () => platforms.find((each) => each.architecture === architecture) as PlatformImage;
  const ours = () => platform().layers.at(-1) as PlatformImage["layers"][number];

  test("it is at most 140 MB unpacked and 70 MB compressed", () => {
    const { layers } = platform();
    const unpacked = layers.reduce((sum, layer) => sum + layer.unpacked, 0) / MEGABYTE;
    const compressed = layers.reduce((sum, layer) => sum + layer.compressed, 0) / MEGABYTE;
    say(
      `image for ${architecture}: ${unpacked.toFixed(1)} MB unpacked, ${compressed.toFixed(1)} MB compressed`,
    );
    expect(unpacked).toBeLessThanOrEqual(140);
    expect(compressed).toBeLessThanOrEqual(70);
  });

  test("nothing but the program is added to the base, and it is a program for that processor", async () => {
    const files = (await pathsIn(ours())).filter((path) => !path.endsWith("/"));
    expect(files).toEqual([PROGRAM]);
    const head = await headOf(ours(), PROGRAM, 20);
    expect(new TextDecoder().decode(head.slice(1, 4))).toBe("ELF");
    expect(head[18]).toBe(MACHINES[architecture]);
  });

  test("it starts the operator as 65532, and its labels say which version of what it is, from where", () => {
    const { User, Entrypoint, Cmd, Labels } = platform().config;
    expect({ User, Entrypoint, Cmd }).toEqual({
      User: "65532:65532",
      Entrypoint: [`/${PROGRAM}`],
      Cmd: ["run"],
    });
    expect(ociLabels(Labels)).toEqual({
      title: "ProjectGitOps",
      description: expect.stringContaining("A Kubernetes operator"),
      licenses: "Apache-2.0",
      source: LABELS.SOURCE,
      version: LABELS.VERSION,
      revision: LABELS.REVISION,
    });
  });

  test("nothing of the machine that built it is in it: no private CA, no address of a registry", () => {
    const { Env, Labels } = platform().config;
    // The published base has PATH and SSL_CERT_FILE.
    expect(
      Env.map((each) => each.split("=")[0]).filter((name) => !/^(PATH|SSL_CERT_FILE)$/.test(name ?? "")),
    ).toEqual([]);
    expect(JSON.stringify(Labels)).not.toContain("npm");
  });
});

describe("run as deploy/ installs it, with in-cluster configuration alone", () => {
  let container: OperatorContainer;
  beforeAll(async () => {
    const identity = await operatorToken(cluster);
    container = await startContainer(image, await deployment(), identity);
  }, 60_000);
  afterAll(() => container?.remove());

  test("it is ready, leads, and a project becomes COMPLETED by it", async () => {
    const namespace = uniqueName("platform");
    const id = uniqueProject();
    await admin.createNamespace(namespace);
    await giveCredential({ admin, namespace });
    await admin.create(PROJECTS, projectObject(namespace, id));
    await eventually(
      async () => (await admin.get(PROJECTS, { namespace, name: id })).status?.phase === "COMPLETED",
      { deadlineMs: 40_000, description: "the project is COMPLETED" },
    );
    expect((await fetch(`${container.address}/readyz`)).status).toBe(200);
    expect(await container.metrics()).toMatch(/^projectgitops_leader 1$/m);
  });

  test("the kernel holds it to no privileges at all", async () => {
    const status = await container.kernelStatus();
    const said = (...names: string[]) => names.map((name) => status.get(name));
    expect(said("Uid", "Gid")).toEqual(["65532\t65532\t65532\t65532", "65532\t65532\t65532\t65532"]);
    const none = "0000000000000000";
    expect(said("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")).toEqual([none, none, none, none, none]);
    expect(said("NoNewPrivs", "Seccomp")).toEqual(["1", "2"]);
  });

  test("there is no place on a disk that it could write to, and it has written nothing", async () => {
    const mounts = await container.mounts();
    const writable = [...mounts].filter(([, how]) => how.split(",").includes("rw")).map(([at]) => at);
    expect(mounts.get("/")).toMatch(/^ro\b/);
    // The kernel's own, and memory: what every container has.
    expect(writable.filter((at) => !/^\/(proc|dev|sys)(\/|$)/.test(at))).toEqual([]);
    // podman makes what something is mounted on.
    const made = (await container.changes()).map((change) => change.slice(2));
    expect(made.filter((path) => ![...mounts.keys()].some((at) => `${at}/`.startsWith(`${path}/`)))).toEqual(
      [],
    );
    expect(container.output()).not.toContain("EROFS");
  });

  test("SIGTERM ends it with exit code 0 within 10 s", async () => {
    const start = performance.now();
    expect(await container.stop()).toBe(0);
    expect(performance.now() - start).toBeLessThan(10_000);
  }, 30_000);
});

const PREFIX = "org.opencontainers.image.";

function ociLabels(labels: Record<string, string>): Record<string, string> {
  const ours = Object.entries(labels).filter(([name]) => name.startsWith(PREFIX));
  return Object.fromEntries(ours.map(([name, value]) => [name.slice(PREFIX.length), value]));
}

/** As the API server has it. */
async function deployment(): Promise<Deployment> {
  const args = ["get", "deployment", "projectgitops", "-n", "projectgitops-system", "-o", "json"];
  const { code, stdout, stderr } = await kubectl(cluster, args);
  if (code !== 0) throw new Error(stderr);
  return JSON.parse(stdout);
}
