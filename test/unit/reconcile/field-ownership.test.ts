import { expect, test } from "bun:test";
import type { ManagedFields } from "../../../src/machine/index.ts";
import { letGo, takeOverFields } from "../../../src/reconcile/field-ownership.ts";
import { desiredState, live, pick, project } from "../machine/support.ts";

const repository = pick(desiredState(project()), "GitRepository");
const ours = (operation: string, fields: object): ManagedFields => ({
  manager: "projectgitops",
  operation,
  apiVersion: "v1",
  fieldsType: "FieldsV1",
  fieldsV1: fields,
});
const theirs: ManagedFields = {
  manager: "kubectl-edit",
  operation: "Update",
  fieldsV1: { "f:spec": { "f:ignore": {} } },
};
const flux: ManagedFields = { ...ours("Update", { "f:status": {} }), subresource: "status" };

test("the Update entry of our POST becomes an Apply entry; everybody else's stays as it is", () => {
  const object = live(repository, {
    metadata: {
      resourceVersion: "42",
      managedFields: [ours("Update", { "f:spec": { "f:url": {} } }), theirs, flux],
    },
  });
  expect(takeOverFields(object)).toEqual([
    {
      op: "replace",
      path: "/metadata/managedFields",
      value: [theirs, flux, ours("Apply", { "f:spec": { "f:url": {} } })],
    },
    { op: "replace", path: "/metadata/resourceVersion", value: "42" },
  ]);
});

test("an Apply entry that is there already is joined with it, field by field", () => {
  const object = live(repository, {
    metadata: {
      managedFields: [
        ours("Apply", { "f:spec": { "f:url": {}, "f:ref": { "f:tag": {} } } }),
        ours("Update", { "f:spec": { "f:ref": { "f:branch": {} } }, "f:metadata": {} }),
      ],
    },
  });
  const [patch] = takeOverFields(object) as { value: ManagedFields[] }[];
  expect(patch?.value).toHaveLength(1);
  expect(patch?.value[0]).toMatchObject({
    operation: "Apply",
    fieldsV1: { "f:spec": { "f:url": {}, "f:ref": { "f:tag": {}, "f:branch": {} } }, "f:metadata": {} },
  });
});

test("letting an object go takes off our labels, every annotation of ours and our field ownership, and no more", () => {
  const made = live(repository);
  const object = live(repository, {
    metadata: {
      resourceVersion: "42",
      labels: { ...made.metadata.labels, team: "a" },
      annotations: { ...made.metadata.annotations, "projectgitops.dev/anything": "x", note: "b" },
      managedFields: [ours("Update", {}), theirs],
    },
  });
  expect(letGo(object)).toEqual([
    { op: "add", path: "/metadata/labels", value: { team: "a" } },
    { op: "add", path: "/metadata/annotations", value: { note: "b" } },
    { op: "replace", path: "/metadata/managedFields", value: [theirs] },
    { op: "replace", path: "/metadata/resourceVersion", value: "42" },
  ]);
});
