import { describe, expect, test } from "bun:test";
import { API_VERSION, KIND } from "../../../src/api/names.ts";
import { parseProject } from "../../../src/api/schema.ts";

const project = (changes: object = {}) => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name: "shop", namespace: "platform", uid: "u-1", managedFields: [{ manager: "kubectl" }] },
  spec: {
    projectId: "shop",
    git: { url: "https://h/acme/shop.git" },
    environments: [{ name: "development" }],
  },
  ...changes,
});

function parsed(value: unknown) {
  const result = parseProject(value);
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result.project;
}

describe("parseProject", () => {
  test("fills in defaults and keeps the metadata whole", () => {
    const { metadata, spec } = parsed(project());
    expect(metadata).toEqual(project().metadata as typeof metadata);
    expect(spec.setup).toEqual({ timeout: "10m", onFailure: "Rollback" });
    expect(spec.environments[0]).toMatchObject({ interval: "5m", targetNamespace: true, protected: false });
  });

  test("says of something else what it should be", () => {
    expect(parseProject({ kind: "Pod", metadata: {} })).toEqual({
      ok: false,
      problems: [
        { path: "apiVersion", message: "must be projectgitops.dev/v1alpha1" },
        { path: "kind", message: "must be ProjectGitOps" },
        { path: "metadata.name", message: "is required" },
        { path: "metadata.namespace", message: "is required" },
      ],
    });
    expect(parseProject(undefined)).toMatchObject({ ok: false });
  });

  test("sees a circle of dependsOn, which admission cannot", () => {
    const environments = [
      { name: "a", dependsOn: ["c"] },
      { name: "b", dependsOn: ["a"] },
      { name: "c", dependsOn: ["b"] },
    ];
    expect(parseProject(project({ spec: { ...project().spec, environments } }))).toEqual({
      ok: false,
      problems: [
        {
          path: "spec.environments",
          message: "dependsOn goes in a circle: no environment of it would ever be applied",
        },
      ],
    });
  });

  test("drops fields that it does not know, as the API server does", () => {
    const spec = { ...project().spec, replicas: 3 };
    expect(parsed(project({ spec })).spec).not.toHaveProperty("replicas");
  });
});

describe("a status that cannot be read", () => {
  test("loses the one field, never completedAt beside it, and never the project", () => {
    const status = {
      completedAt: "2026-11-22T00:00:00Z",
      phase: "DANCING",
      conditions: "none",
      observedGeneration: 3,
    };
    expect(parsed(project({ status })).status).toEqual({
      completedAt: "2026-11-22T00:00:00Z",
      observedGeneration: 3,
    });
  });

  test("of no object at all is no status", () => {
    expect(parsed(project({ status: "x" }))).not.toHaveProperty("status");
    expect(parsed(project())).not.toHaveProperty("status");
  });
});
