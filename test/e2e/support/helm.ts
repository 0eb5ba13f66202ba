import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { parseProject } from "../../../src/api/schema.ts";
import { defineResource, type KubeObject } from "../../../src/kube/index.ts";
import type { LiveObject } from "../../../src/machine/index.ts";
import { desiredObjects, isFlux, type Manifest } from "../../../src/plan/index.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { eventually, mustRun, program, scratchFolder } from "../../cluster/index.ts";
import type { E2e } from "./project.ts";

/** A chart that source-controller packages. */
export interface HelmChart extends KubeObject {
  spec: object;
  status?: { artifact?: { url: string; revision: string } };
}

export const HELM_CHARTS = defineResource<HelmChart>({
  group: "source.toolkit.fluxcd.io",
  version: "v1",
  plural: "helmcharts",
  kind: "HelmChart",
  namespaced: true,
});

/** The part of a HelmRelease that its controller would read. */
export interface ReleaseSpec {
  releaseName: string;
  interval: string;
  chart: { spec: Record<string, unknown> };
  values?: object;
  serviceAccountName: string;
  targetNamespace?: string;
}

/** The Flux objects that the plan renders for a manifest of a ProjectGitOps. */
export function fluxManifests(manifest: unknown): Manifest[] {
  const parsed = parseProject(manifest);
  if (!parsed.ok) throw new Error(Bun.inspect(parsed.problems));
  const inputs = {
    gitUrl: "ssh://git@github.com/acme/shop.git",
    pullSecrets: {},
    deployerClusterRole: "admin",
  };
  return desiredObjects(parsed.project as ProjectGitOps, inputs)
    .filter(({ kind }) => isFlux(kind))
    .map(({ manifest: object }) => object);
}

/** Runs helm with nothing of the person's own settings. @returns its stdout @throws Error with its stderr */
export async function helm(args: string[], values: object = {}): Promise<string> {
  const home = scratchFolder("helm");
  const env = { HOME: home, KUBECONFIG: "/dev/null", HELM_CACHE_HOME: home, HELM_CONFIG_HOME: home };
  return mustRun([await program("helm"), ...args, "--values", "-"], { env, input: JSON.stringify(values) });
}

/**
 * Does helm-controller's work, which cannot be had as a Go module: makes the HelmChart of this release for
 * source-controller, installs what that packaged with the rights of the release's ServiceAccount, and reports. This
 * is the one fake of these tests.
 * @returns the version that source-controller gave the chart
 */
export async function playHelmController(e2e: E2e, release: LiveObject): Promise<string> {
  const { name, namespace = "" } = release.metadata;
  const spec = release["spec"] as ReleaseSpec;
  const chart = { namespace, name: `${namespace}-${name}` };
  await e2e.admin.create(HELM_CHARTS, {
    metadata: chart,
    spec: { interval: spec.interval, version: "*", ...spec.chart.spec },
  });
  const artifact = await eventually(async () => (await e2e.admin.get(HELM_CHARTS, chart)).status?.artifact, {
    description: "source-controller has packaged the chart",
    deadlineMs: 30_000,
  });
  const folder = scratchFolder("chart");
  const [tarball, ca] = [join(folder, "chart.tgz"), join(folder, "ca.crt")];
  writeFileSync(tarball, new Uint8Array(await (await fetch(artifact.url)).arrayBuffer()));
  writeFileSync(ca, e2e.cluster.caPem);
  const { token } = await e2e.admin.createToken(namespace, spec.serviceAccountName);
  const login = ["--kube-apiserver", e2e.cluster.server, "--kube-ca-file", ca, "--kube-token", token];
  const target = ["--namespace", spec.targetNamespace ?? namespace];
  await helm(["upgrade", "--install", spec.releaseName, tarball, ...target, ...login], spec.values);
  await report(e2e, release, artifact.revision);
  return artifact.revision;
}

async function report(e2e: E2e, { metadata }: LiveObject, chartVersion: string): Promise<void> {
  const { name, namespace = "", generation = 1 } = metadata;
  const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
  const digest = `sha256:${"0".repeat(64)}`;
  const status = {
    observedGeneration: generation,
    conditions: [
      {
        type: "Ready",
        status: "True",
        reason: "InstallSucceeded",
        message: `Helm install succeeded for release ${namespace}/${name}.v1 with chart shop@${chartVersion}`,
        lastTransitionTime: now,
        observedGeneration: generation,
      },
    ],
    history: [
      {
        chartName: "shop",
        chartVersion,
        configDigest: digest,
        digest,
        firstDeployed: now,
        lastDeployed: now,
        name,
        namespace,
        status: "deployed",
        version: 1,
      },
    ],
  };
  const ref = { namespace, name };
  const o = { type: "merge", subresource: "status" } as const;
  await e2e.admin.patch(resourceOf("HelmRelease"), ref, { status }, o);
}
