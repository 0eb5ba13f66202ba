import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { basename, join } from "node:path";
import { loadAll } from "js-yaml";
import { type AdminAccess, adminCall, adminRequest } from "./admin.ts";
import { cacheFolder, withLock } from "./cache.ts";
import { downloadText, officialDownloads } from "./download.ts";
import { eventually } from "./eventually.ts";
import { go, goVersion, moduleFolder } from "./go.ts";
import { PROGRAMS } from "./programs.ts";
import { progress } from "./progress.ts";

const FLUX = ["source-controller", "kustomize-controller"] as const;
const PROMETHEUS_OPERATOR = "v0.85.0"; // pinned in modules/prometheus-operator
const HELM_CONTROLLER = "v1.6.5"; // of github.com/fluxcd/helm-controller/api, pinned in modules/crds

/** Our CRDs: every YAML file under crds/. */
export function ourCrds(): string[] {
  return yamlFiles(join(import.meta.dir, "..", "..", "crds"));
}

/**
 * The CRDs of Flux's sources and kustomize-controller as YAML files in the cache, got first where they are
 * missing: copied from the Go modules, without Go from Flux's releases with their checksums.
 */
export function fluxCrds(): Promise<string[]> {
  return cached(`flux-${FLUX.map((name) => PROGRAMS[name].version).join("-")}`, async (folder, hasGo) => {
    for (const name of FLUX) {
      if (hasGo) await copyFromModule(name, folder);
      else await downloadRelease(name, PROGRAMS[name].version, folder);
    }
  });
}

/**
 * The CRD of HelmRelease, in the same way: helm-controller itself cannot be had as a module but its API can, and
 * the CRD is generated from that (a minute, once).
 */
export function helmCrds(): Promise<string[]> {
  return cached(`helm-${HELM_CONTROLLER}`, async (folder, hasGo) => {
    if (!hasGo) return downloadRelease("helm-controller", HELM_CONTROLLER, folder);
    const paths = "paths=github.com/fluxcd/helm-controller/api/v2";
    const args = ["tool", "controller-gen", "crd", paths, `output:crd:dir=${folder}`];
    await progress("generating the CRD of HelmRelease", () => go(args, "crds"));
  });
}

/** The CRDs of PodMonitor, ServiceMonitor and PrometheusRule, copied from the Prometheus operator's Go module. */
export function monitoringCrds(): Promise<string[]> {
  return cached(`prometheus-operator-${PROMETHEUS_OPERATOR}`, async (folder, hasGo) => {
    if (!hasGo)
      throw new Error(
        "cannot get the CRDs of the Prometheus operator: no Go on this machine\n  next: install Go 1.26 or later",
      );
    const path = "github.com/prometheus-operator/prometheus-operator";
    const module = await moduleFolder("prometheus-operator", path);
    const all = yamlFiles(join(module, "example", "prometheus-operator-crd"));
    for (const file of all.filter((each) => /_(pod|service)monitors|_prometheusrules/.test(each)))
      copyFileSync(file, join(folder, basename(file)));
  });
}

/** Creates or replaces the CRDs of these files and folders, and waits until all are established. */
export async function applyCrds(access: AdminAccess, paths: string[]): Promise<void> {
  const files = paths.flatMap((path) => (/\.ya?ml$/.test(path) ? [path] : yamlFiles(path)));
  const crds = files.flatMap((file) => loadAll(readFileSync(file, "utf8")) as Crd[]).filter(isCrd);
  await Promise.all(
    crds.map(async (crd) => {
      const path = `${CRDS}/${crd.metadata.name}?fieldManager=test-cluster&force=true`;
      await adminCall(access, "PATCH", path, crd, "application/apply-patch+yaml");
      await eventually(() => established(access, crd.metadata.name), {
        deadlineMs: 30_000,
        description: `CRD ${crd.metadata.name} is established`,
      });
    }),
  );
}

const CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

interface Crd {
  kind: string;
  metadata: { name: string };
  status?: { conditions?: { type: string; status: string }[] };
}

function isCrd(object: Crd | null): object is Crd {
  return object?.kind === "CustomResourceDefinition";
}

async function established(access: AdminAccess, name: string): Promise<boolean> {
  const { body } = await adminRequest<Crd>(access, "GET", `${CRDS}/${name}`);
  return body.status?.conditions?.some((c) => c.type === "Established" && c.status === "True") ?? false;
}

/** Files of a folder in the cache that `fill` makes, whole or not at all. */
async function cached(
  name: string,
  fill: (folder: string, hasGo: boolean) => Promise<void>,
): Promise<string[]> {
  const folder = join(cacheFolder("crds"), name);
  if (!existsSync(folder)) {
    await withLock(name, async () => {
      if (existsSync(folder)) return;
      const unfinished = `${folder}.${process.pid}`;
      mkdirSync(unfinished, { recursive: true });
      try {
        await fill(unfinished, (await goVersion()) !== undefined);
        renameSync(unfinished, folder);
      } finally {
        rmSync(unfinished, { recursive: true, force: true });
      }
    });
  }
  return yamlFiles(folder);
}

async function copyFromModule(name: (typeof FLUX)[number], folder: string): Promise<void> {
  const { module, package: path } = PROGRAMS[name];
  for (const file of yamlFiles(join(await moduleFolder(module, path), "config", "crd", "bases"))) {
    copyFileSync(file, join(folder, basename(file)));
  }
}

async function downloadRelease(name: string, version: string, folder: string): Promise<void> {
  const official = await officialDownloads();
  if (!official.reachable) {
    throw new Error(
      `cannot get the CRDs of ${name}: no Go on this machine, and ${official.reason}\n  next: install Go 1.26 or later`,
    );
  }
  const base = `https://github.com/fluxcd/${name}/releases/download/${version}`;
  const sums = `${base}/${name}_${version.slice(1)}_checksums.txt`;
  await Bun.write(join(folder, `${name}.yaml`), await downloadText(`${base}/${name}.crds.yaml`, sums));
}

function yamlFiles(folder: string): string[] {
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .sort()
    .map((name) => join(folder, name));
}
