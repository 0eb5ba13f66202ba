import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { load } from "js-yaml";
import { documentedValues } from "../../../scripts/chart/readme.ts";
import { helpTexts } from "../../../src/cli/program.ts";

const CHART = join(import.meta.dir, "..", "..", "..", "deploy", "chart");
const text = await Bun.file(join(CHART, "values.yaml")).text();
const values = load(text) as Record<string, unknown>;
const schema = (await Bun.file(join(CHART, "values.schema.json")).json()) as Schema;

interface Schema {
  type?: unknown;
  properties?: Record<string, Schema>;
  additionalProperties?: unknown;
}

/** Flags that make no sense in a Deployment, each for its reason; `listen`'s port is the container's. */
const NOT_IN_A_POD: Record<string, string> = {
  "--kubeconfig": "a Pod has its ServiceAccount",
  "--context": "of a kubeconfig",
  "--once": "a Deployment starts what ends again",
};
/** Flags that are no setting of their own. */
const ELSEWHERE: Record<string, string> = {
  "--namespace": "namespaced",
  "--lease-namespace": "the release's namespace",
  "--leader-elect": "leaderElect",
  "--deployer-cluster-role": "deployerClusterRole",
  "--environment-defaults": "environmentDefaults",
};

test("every flag of run is a value of the chart, or cannot be one", async () => {
  const help = helpTexts().find(({ name }) => name === "run")?.help ?? "";
  const flags = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag = ""]) => flag);
  expect(flags.length).toBeGreaterThan(10);
  const settings = Object.keys(values["settings"] as object).map(flagOf);
  expect([...settings, ...Object.keys(NOT_IN_A_POD), ...Object.keys(ELSEWHERE)].sort()).toEqual(flags.sort());
  const args = await Bun.file(join(CHART, "templates", "_helpers.tpl")).text();
  for (const flag of [...settings, ...Object.keys(ELSEWHERE)]) expect(args).toContain(flag);
});

describe("values.schema.json", () => {
  test("has every value of values.yaml, and no other", () => {
    expect(paths(values)).toEqual(schemaPaths(schema));
  });

  test("lets nothing else in, at any depth that the chart knows", () => {
    expect(open(schema)).toEqual([]);
  });
});

describe("the chart's README", () => {
  test("has every value", () => {
    const documented = documentedValues(text).map(({ path }) => path);
    const leaves = paths(values).filter(
      (path) => !documented.some((each) => path === each || within(path, each)),
    );
    expect(leaves).toEqual([]);
    expect(documented.length).toBeGreaterThan(40);
  });

  test("would not be made of a value that nothing is said of", () => {
    expect(() => documentedValues("# Said\na: 1\nb: 2\n")).toThrow("nothing is said of b");
  });
});

/** Of what values.yaml nests but the schema leaves to Kubernetes, such as a node selector. */
const FREE = ["global", "resources", "environmentDefaults", "monitoring.dashboard.labels"];

function paths(value: unknown, prefix = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [prefix];
  const entries = Object.entries(value);
  if (FREE.includes(prefix) || entries.length === 0) return [prefix];
  return entries.flatMap(([key, each]) => paths(each, dotted(prefix, key))).sort();
}

function schemaPaths({ properties }: Schema, prefix = ""): string[] {
  if (properties === undefined || FREE.includes(prefix)) return [prefix];
  return Object.entries(properties)
    .filter(([key]) => prefix !== "" || key !== "global")
    .flatMap(([key, each]) => schemaPaths(each, dotted(prefix, key)))
    .sort();
}

/** Objects of the schema with named properties that would take others. */
function open({ properties, additionalProperties }: Schema, prefix = ""): string[] {
  if (properties === undefined) return [];
  const below = Object.entries(properties).flatMap(([key, each]) => open(each, dotted(prefix, key)));
  return additionalProperties === false ? below : [prefix, ...below];
}

const dotted = (prefix: string, key: string): string => (prefix === "" ? key : `${prefix}.${key}`);
const within = (path: string, outer: string): boolean => path.startsWith(`${outer}.`);
const flagOf = (setting: string): string =>
  `--${setting.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;
