import { describe, expect, test } from "bun:test";
import { documentsOf } from "../../../src/cli/manifest/documents.ts";
import { lineOf } from "../../../src/cli/manifest/positions.ts";
import { placed, problemsIn } from "../../../src/cli/manifest/problems.ts";

const TWO = `# first
apiVersion: v1
kind: Secret
metadata: {name: git}
---
apiVersion: projectgitops.dev/v1alpha1
kind: ProjectGitOps
metadata:
  name: shop
  labels:
    example.com/team: blue
spec:
  projectId: 8888
  git:
    url: https://git.example.com/acme/shop.git
  environments:
    - name: development
      ref: {tag: 1.0}
    - {name: staging,
       pathh: ./x}
`;

describe("the line of a field", () => {
  test.each([
    ["spec", 12],
    ["spec.projectId", 13],
    ["spec.environments[0]", 17],
    ["spec.environments[0].ref.tag", 18],
    ["spec.environments[1].pathh", 20],
    ["metadata.labels.example.com/team", 11],
  ])("%s is in line %d", async (path, line) => {
    const [, project] = await documentsOf(TWO, "shop.yaml");
    expect(lineOf(project?.lines ?? new Map(), path)).toBe(line);
  });

  test("of one that is not written is that of the field around it", async () => {
    const [, project] = await documentsOf(TWO, "shop.yaml");
    const lines = project?.lines ?? new Map();
    expect(lineOf(lines, "spec.git.credential.secretRef")).toBe(14);
    expect(lineOf(lines, "spec.environments[7].name")).toBe(16);
    expect(lineOf(lines, "status")).toBe(6);
  });

  test("in a List begins at its item", async () => {
    const list = `kind: List\nitems:\n- kind: A\n- kind: ProjectGitOps\n  spec:\n    projectId: x\n`;
    const documents = await documentsOf(list, "-");
    expect(documents).toHaveLength(2);
    const [, second] = documents;
    if (second === undefined) throw new Error("no second");
    expect(placed(second, { path: "spec.projectId", message: "m" })).toBe(
      "standard input, document 1, line 6, spec.projectId: m",
    );
  });
});

test("numbers in place of text are told to be quoted, unknown fields are named, each with its place", async () => {
  const [, project] = await documentsOf(TWO, "shop.yaml");
  if (project === undefined) throw new Error("no project");
  const said = problemsIn(project.object, "platform").map((problem) => placed(project, problem));
  expect(said).toEqual([
    "shop.yaml, document 2, line 13, spec.projectId: must be of type string: write it in quotes",
    "shop.yaml, document 2, line 18, spec.environments[0].ref.tag: must be of type string: write it in quotes",
  ]);
  const { spec } = project.object as { spec: { environments: object[] } };
  const mended = {
    ...project.object,
    spec: { ...spec, projectId: "8888", environments: spec.environments.slice(1) },
  };
  expect(problemsIn(mended, "platform")).toEqual([
    { path: "spec.environments[0].pathh", message: "unknown field" },
  ]);
});

test("what is no YAML is told with file, line and column; what is no object with its document", async () => {
  await expect(documentsOf("a: b\nc: [", "x.yaml")).rejects.toMatchObject({
    message: "x.yaml is no YAML",
    details: [expect.stringMatching(/^x\.yaml, line \d+, column \d+: /)],
  });
  await expect(documentsOf("kind: A\n---\n- a\n", "x.yaml")).rejects.toMatchObject({
    message: "document 2 of x.yaml is no Kubernetes object",
    details: ["x.yaml, line 3: it has no apiVersion and kind"],
  });
  await expect(documentsOf("kind: List\nitems:\n- kind: A\n- null\n", "x.yaml")).rejects.toMatchObject({
    details: ["x.yaml, line 4: it has no apiVersion and kind"],
  });
});
