import { beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { makeSshKey } from "../../src/git/index.ts";
import type { Cluster } from "../cluster/control-plane.ts";
import { uniqueName } from "../cluster/eventually.ts";
import { kubectl } from "../cluster/kubectl.ts";
import { installDeploy } from "../cluster/operator-identity.ts";
import { sharedCluster } from "../cluster/shared.ts";
import { type Typed, typed } from "../unit/cli/typed.ts";

const SAMPLE = await Bun.file(join(import.meta.dir, "..", "..", "deploy", "samples", "shop.yaml")).text();

let cluster: Cluster;
const namespace = uniqueName("cli");

/** The command line as the cluster's administrator: a person's, not the operator's. */
const asAdmin = (commandLine: string): Promise<Typed> =>
  typed([...commandLine.split(" "), "--kubeconfig", cluster.kubeconfigPath]);

async function apply(manifest: unknown): Promise<void> {
  const text = typeof manifest === "string" ? manifest : JSON.stringify(manifest);
  const { code, stderr } = await kubectl(cluster, ["apply", "-f", "-"], text);
  if (code !== 0) throw new Error(stderr);
}

beforeAll(async () => {
  cluster = await sharedCluster();
  await installDeploy(cluster);
  await kubectl(cluster, ["create", "namespace", namespace]);
}, 60_000);

describe("get", () => {
  const name = uniqueName("shop");
  beforeAll(() => apply(SAMPLE.replaceAll("platform", namespace).replaceAll(": shop\n", `: ${name}\n`)));

  test("lists a project that no operator has seen, and says so", async () => {
    const { code, stdout, stderr } = await asAdmin(`get -n ${namespace}`);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    expect(stdout).toMatch(/^NAME +PHASE +READY +ENVIRONMENTS +REVISION +AGE +MESSAGE\n/);
    expect(stdout).toMatch(new RegExp(`\\n${name} .* 0/3 .* not seen by the operator yet\\n$`));
  });

  test("-A names the namespace, -o wide the project and its repository", async () => {
    const { stdout } = await asAdmin("get -A -o wide");
    expect(stdout).toMatch(/^NAMESPACE +NAME /);
    expect(stdout).toMatch(new RegExp(`${namespace} +${name} .*git@github.com:acme/shop.git`));
  });

  test("-o json is a List of the objects themselves, -o yaml of one is the object", async () => {
    const { stdout } = await asAdmin(`get -n ${namespace} -o json`);
    expect(JSON.parse(stdout)).toMatchObject({
      kind: "List",
      items: [{ kind: "ProjectGitOps", metadata: { name } }],
    });
    expect(load((await asAdmin(`get ${name} -n ${namespace} -o yaml`)).stdout)).toMatchObject({
      apiVersion: "projectgitops.dev/v1alpha1",
      metadata: { name, namespace },
    });
  });

  test("a project that is not there is a no (exit 1), an empty list is an answer (exit 0)", async () => {
    expect(await asAdmin(`get nobody -n ${namespace}`)).toEqual({
      code: 1,
      stdout: "",
      stderr: `error: there is no ProjectGitOps ${namespace}/nobody\n  next: projectgitops get -A\n`,
    });
    expect(await asAdmin("get -n default -l no=such")).toMatchObject({ code: 0, stdout: "" });
  });

  test("someone without rights gets the server's words and the next step, exit 2", async () => {
    const nobody = await kubectl(cluster, ["create", "token", "default", "-n", namespace]);
    const kubeconfig = join(cluster.folder, `${namespace}-nobody`);
    const raw = await kubectl(cluster, ["config", "view", "--raw", "--minify", "-o", "json"]);
    const config = JSON.parse(raw.stdout) as { users: { user: object }[] };
    for (const entry of config.users) entry.user = { token: nobody.stdout.trim() };
    await Bun.write(kubeconfig, JSON.stringify(config));
    const refused = await typed(["get", "-n", namespace, "--kubeconfig", kubeconfig]);
    expect(refused.code).toBe(2);
    expect(refused.stderr).toMatch(
      new RegExp(
        `^error: cannot list ProjectGitOps in namespace ${namespace}\\n  the API server says: 403 Forbidden: .*\\n  the right that is missing: .*\\n  next: kubectl create rolebinding `,
      ),
    );
  });

  test("an API server that is not there is told with its address and a hint, exit 2", async () => {
    const kubeconfig = join(cluster.folder, `${namespace}-unreachable`);
    const config = await Bun.file(cluster.kubeconfigPath).text();
    await Bun.write(kubeconfig, config.replaceAll(cluster.server, "https://127.0.0.1:1"));
    const { code, stdout, stderr } = await typed(["get", "--kubeconfig", kubeconfig]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain("error: cannot list ProjectGitOps in namespace default\n");
    expect(stderr).toContain("https://127.0.0.1:1");
    expect(stderr).toContain("\n  next: nothing listens there");
  });
});

test("what render prints passes the API server's strict validation, object by object", async () => {
  const project = uniqueName("p");
  const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "shop-git", namespace: "platform" } };
  const manifest = `${SAMPLE.replaceAll(": shop\n", `: ${project}\n`)}---\n${JSON.stringify({
    ...secret,
    stringData: { identity: makeSshKey().privateKey },
  })}`;
  const { stdout } = await typed("render -f - --show-secrets", {
    readInput: () => Promise.resolve(manifest),
  });
  const objects = loadAll(stdout) as { kind: string }[];
  const stream = (kind: (kind: string) => boolean) =>
    objects
      .filter((object) => kind(object.kind))
      .map((object) => JSON.stringify(object))
      .join("\n---\n");
  await apply(stream((kind) => kind === "Namespace"));
  const args = ["create", "--dry-run=server", "--validate=strict", "-f", "-"];
  const {
    code,
    stdout: created,
    stderr,
  } = await kubectl(
    cluster,
    args,
    stream((kind) => kind !== "Namespace"),
  );
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(created.trim().split("\n")).toHaveLength(15);
});
