import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { load, loadAll } from "js-yaml";
import { makeSshKey } from "../../src/git/index.ts";
import { program } from "../cluster/binaries.ts";
import type { Cluster } from "../cluster/control-plane.ts";
import { uniqueName } from "../cluster/eventually.ts";
import { kubectl, run } from "../cluster/kubectl.ts";
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
        `^error: cannot list ProjectGitOps in namespace ${namespace}\\n  the API server says: 403 Forbidden: .*\\n  next: `,
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

describe("check", () => {
  interface Checked {
    healthy: boolean;
    findings: { id: string; severity: string; object: string; fix?: string }[];
  }
  const check = async (): Promise<Checked & { code: number }> => {
    const { code, stdout } = await asAdmin("check -o json");
    return { code, ...(JSON.parse(stdout) as Checked) };
  };

  const fluxNamespace = uniqueName("flux");
  const controller = (name: string, args: string[]) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name, namespace: fluxNamespace },
    spec: {
      selector: { matchLabels: { app: name } },
      template: {
        metadata: { labels: { app: name } },
        spec: { containers: [{ name: "manager", image: `example.com/${name}:v1`, args }] },
      },
    },
  });
  // No kubelet runs here, so the test writes what it would: the one fake of this file.
  const setAvailable = (name: string, namespace: string) =>
    kubectl(cluster, [
      ...["patch", "deployment", name, "-n", namespace, "--subresource=status", "--type=merge", "-p"],
      JSON.stringify({ status: { replicas: 1, readyReplicas: 1, availableReplicas: 1 } }),
    ]);

  beforeAll(async () => {
    await kubectl(cluster, ["create", "namespace", fluxNamespace]);
  });
  afterAll(async () => {
    await kubectl(cluster, ["delete", "namespace", fluxNamespace, "--wait=false"]);
    await kubectl(cluster, ["delete", "deployment", "--all", "-n", fluxNamespace]);
  });

  test("without Flux it says what is missing, exit 1, worst first", async () => {
    const { code, healthy, findings } = await check();
    expect({ code, healthy }).toEqual({ code: 1, healthy: false });
    expect(findings[0]?.severity).toBe("error");
    expect(findings.filter(({ id }) => id === "FluxNotInstalled")).toHaveLength(2);
    expect(findings.filter(({ id }) => id === "CrdServed")).toHaveLength(3);
    expect(findings.map(({ id }) => id)).toContain("OperatorPermitted");
  });

  test("each error but those of Flux's lock-down goes when the Deployments are available; the lock-down's fix can be pasted", async () => {
    await apply(controller("source-controller", []));
    await apply(controller("kustomize-controller", ["--log-level=info", "--no-cross-namespace-refs=false"]));
    await setAvailable("source-controller", fluxNamespace);
    await setAvailable("kustomize-controller", fluxNamespace);
    await setAvailable("projectgitops", "projectgitops-system");
    const open = await check();
    const errors = open.findings.filter(({ severity }) => severity === "error");
    expect(errors.map(({ id }) => id)).toEqual(["FluxNotLockedDown"]);
    expect(open.code).toBe(1);

    const pasted = errors[0]?.fix?.replace(/^kubectl /, '"$KUBECTL" ') ?? "";
    const env = { KUBECONFIG: cluster.kubeconfigPath, KUBECTL: await program("kubectl") };
    expect((await run(["sh", "-c", pasted], { env })).stderr).toBe("");
    const closed = await check();
    expect({ code: closed.code, healthy: closed.healthy }).toEqual({ code: 0, healthy: true });
  });

  test("for a person every line has a word beside its symbol, and stays without colour where none is wanted", async () => {
    const { stdout } = await asAdmin("check");
    const lines = stdout.split("\n").filter((line) => /^\S/.test(line));
    expect(lines.slice(0, -1).filter((line) => !/^(✓ ok|! warning|✗ error) /.test(line))).toEqual([]);
    expect(lines.at(-1)).toMatch(/^\d+ looked at, \d+ wrong, \d+ to look into$/);
    expect(stdout).not.toContain("\u001b");
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
