import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { dashboard } from "../dashboard.ts";
import { chartReadme } from "./readme.ts";

const ROOT = join(import.meta.dir, "..", "..");
const read = (path: string) => readFileSync(join(ROOT, path), "utf8");
const CONFINEMENT = readdirSync(join(ROOT, "deploy/confinement")).filter(
  (name) => name !== "kustomization.yaml",
);
const ALERTS = ["operator-alerts.yaml", "credential-alerts.yaml"];

/**
 * What the chart carries of other folders, for a chart can read no file outside its own: the CRD, the policies that
 * confine the operator, the alerts and the dashboard. Also its README.
 * @param crd the text of the CRD's file
 */
export function chartFiles(crd: () => string): Record<string, () => string> {
  const board = () => `${JSON.stringify(dashboard(), null, 2)}\n`;
  const alerts = ALERTS.map((name) => [
    `deploy/chart/files/${name}`,
    () =>
      `# A copy of deploy/monitoring/${name}, made by: npm run generate\n${read(`deploy/monitoring/${name}`)}`,
  ]);
  const policies = CONFINEMENT.map((name) => [
    `deploy/chart/files/confinement/${name}`,
    () =>
      `# A copy of deploy/confinement/${name}, made by: npm run generate\n${read(`deploy/confinement/${name}`)}`,
  ]);
  return {
    "deploy/chart/files/crd.yaml": crd,
    "deploy/chart/files/dashboard.json": board,
    "deploy/monitoring/dashboard.json": board,
    ...Object.fromEntries(alerts),
    ...Object.fromEntries(policies),
    "deploy/chart/README.md": () => chartReadme(read("deploy/chart/values.yaml")),
  };
}
