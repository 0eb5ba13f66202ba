import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import Ajv from "ajv";
import { loadAll } from "js-yaml";
import { CREDENTIAL_ACCEPTED } from "../../api/admission-credential-cases.ts";
import { object, spec } from "../../api/admission-support.ts";
import { pages } from "../../docs/page.ts";

const ROOT = join(import.meta.dir, "..", "..", "..");
const FILE = "docs/schema/projectgitops_v1alpha1.json";
// Formats of numbers (int64) are OpenAPI's; strict refuses a word that means nothing.
const validate = new Ajv({
  strict: true,
  validateFormats: false,
  allErrors: true,
  allowUnionTypes: true,
}).compile(JSON.parse(readFileSync(join(ROOT, FILE), "utf8")));

/** What is wrong, each with where it is. */
function complaints(project: unknown): string[] {
  validate(project);
  return (validate.errors ?? []).map(({ instancePath, message, params }) =>
    [instancePath, message, Object.values(params)[0]].join(" "),
  );
}

describe("the schema for editors accepts", () => {
  const written = [...samples(), ...documented()];
  test("there are samples and manifests in the docs to ask about", () => {
    expect(written.map(([what]) => what)).toContain("deploy/samples/shop.yaml");
    expect(written.map(([what]) => what).join()).toContain("README.md");
  });
  test.each(written)("%s", (_, project) => expect(complaints(project)).toEqual([]));
  test.each(CREDENTIAL_ACCEPTED)("%s", (_, specification) =>
    expect(complaints(object(specification, "shop"))).toEqual([]),
  );
  test("what kubectl get prints: status, uid and managed fields", () => {
    const printed = object(spec(), "shop") as { metadata: object };
    Object.assign(printed.metadata, {
      uid: "1",
      managedFields: [{ manager: "kubectl" }],
      finalizers: ["a/b"],
    });
    const status = {
      observedGeneration: 1,
      phase: "COMPLETED",
      environments: [],
      inventory: { entries: [] },
    };
    expect(complaints({ ...printed, status })).toEqual([]);
  });
});

describe("the schema for editors refuses, with the place", () => {
  const WRONG: [what: string, project: unknown, complaint: string][] = [
    [
      "a field that nobody knows",
      changed({ enviroments: [] }),
      "/spec must NOT have additional properties enviroments",
    ],
    [
      "an unknown field deep inside",
      changed({ environments: [{ name: "development", pth: "./k8s" }] }),
      "/spec/environments/0 must NOT have additional properties pth",
    ],
    ["a wrong type", changed({ suspend: "yes" }), "/spec/suspend must be boolean boolean"],
    [
      "no environment",
      changed({ environments: [] }),
      "/spec/environments must NOT have fewer than 1 items 1",
    ],
    [
      "a missing project",
      changed({ projectId: undefined }),
      "/spec must have required property 'projectId' projectId",
    ],
    [
      "a word that is none of those",
      changed({ deletionPolicy: "Keep" }),
      "/spec/deletionPolicy must be equal to one of",
    ],
    [
      "another version",
      { ...object(spec(), "a"), apiVersion: "projectgitops.dev/v1" },
      "/apiVersion must be equal to",
    ],
    ["another kind", { ...object(spec(), "a"), kind: "Kustomization" }, "/kind must be equal to"],
    [
      "a field beside spec",
      { ...object(spec(), "a"), specs: {} },
      " must NOT have additional properties specs",
    ],
    [
      "a label that is no text",
      { ...object(spec(), "a"), metadata: { labels: { a: 1 } } },
      "/metadata/labels/a must be string",
    ],
  ];
  test.each(WRONG)("%s", (_, project, complaint) =>
    expect(complaints(project)).toContainEqual(expect.stringContaining(complaint)),
  );
});

function changed(changes: object): unknown {
  return JSON.parse(JSON.stringify(object({ ...spec(), ...changes }, "shop")));
}

type Named = [what: string, project: unknown];

function samples(): Named[] {
  const names = readdirSync(join(ROOT, "deploy/samples"), { recursive: true, encoding: "utf8" });
  const files = names.filter((name) => name.endsWith(".yaml") && !name.includes("chart/"));
  return files.flatMap((name) =>
    projectsIn(`deploy/samples/${name}`, readFileSync(join(ROOT, "deploy/samples", name), "utf8")),
  );
}

/** Every ProjectGitOps that a page shows whole. */
function documented(): Named[] {
  return pages().flatMap(({ path, blocks }) =>
    blocks
      .filter(({ language }) => language === "yaml")
      .flatMap(({ line, text }) => projectsIn(`${path}, line ${line}`, text)),
  );
}

function projectsIn(where: string, text: string): Named[] {
  const all = loadAll(text) as ({ kind?: string; apiVersion?: string } | undefined)[];
  return all.filter((each) => each?.kind === "ProjectGitOps" && each.apiVersion).map((each) => [where, each]);
}
