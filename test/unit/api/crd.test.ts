import { expect, test } from "bun:test";
import { customResourceDefinition } from "../../../src/api/crd.ts";
import { structural } from "../../../src/api/structural.ts";

type Node = {
  [key: string]: unknown;
  properties?: Record<string, Node>;
  items?: Node;
  additionalProperties?: Node;
};

const { metadata, spec } = customResourceDefinition();
const root = spec.versions[0]?.schema.openAPIV3Schema as Node;

function* fields(node: Node, path: string): Generator<[path: string, node: Node]> {
  yield [path, node];
  for (const [name, child] of Object.entries(node.properties ?? {})) yield* fields(child, `${path}.${name}`);
  if (node.items) yield* fields(node.items, `${path}[]`);
  if (node.additionalProperties) yield* fields(node.additionalProperties, `${path}{}`);
}
const inSpec = [...fields(root.properties?.["spec"] ?? {}, "spec")];

test("every field has a description that kubectl explain can show", () => {
  const bare = [...fields(root, "")]
    .filter(([path, { description }]) => /\.\w+$/.test(path) && path !== ".metadata" && !description)
    .map(([path]) => path);
  expect(bare).toEqual([]);
});

test("every text, list and map of the spec has a maximum, which CEL's cost estimate needs", () => {
  const unbounded = inSpec
    .filter(([, node]) => {
      if (node["x-kubernetes-preserve-unknown-fields"] || node["enum"]) return false;
      if (node["type"] === "string") return node["maxLength"] === undefined;
      if (node["type"] === "array") return node["maxItems"] === undefined;
      return node.additionalProperties !== undefined && node["maxProperties"] === undefined;
    })
    .map(([path]) => path);
  expect(unbounded).toEqual([]);
});

test("no default stands inside a one-of, nor on a field that depends on another", () => {
  const defaults = inSpec.filter(([, node]) => node["default"] !== undefined).map(([path]) => path);
  expect(
    defaults.filter((path) => /ref\.|\.(path|namespace|wait)$|environments\[\]\.deletionPolicy$/.test(path)),
  ).toEqual([]);
});

test("neither Helm nor Flux takes the CRD away, and Flux replaces no variable in it", () => {
  expect(metadata.annotations).toEqual({
    "helm.sh/resource-policy": "keep",
    "kustomize.toolkit.fluxcd.io/prune": "disabled",
    "kustomize.toolkit.fluxcd.io/substitute": "disabled",
  });
});

test("a keyword that the API server would ignore stops the generator", () => {
  const schema = { type: "object", properties: { a: { anyOf: [{ type: "string" }] } } };
  expect(() => structural(schema)).toThrow("openAPIV3Schema.a: anyOf cannot stand in a CRD");
});
