import { expect, test } from "bun:test";
import { PROJECT_NOT_READY } from "../../../src/cli/diagnose/catalogue/set-up.ts";
import { withoutSymptoms } from "../../../src/cli/diagnose/diagnose.ts";
import { type FindingKind, type Found, found } from "../../../src/cli/diagnose/finding-kind.ts";

const SYMPTOM: FindingKind = { ...PROJECT_NOT_READY, id: "KeyRefused", area: "git" };
const CAUSE: FindingKind = {
  ...PROJECT_NOT_READY,
  id: "CopyEdited",
  area: "credential",
  explains: ["KeyRefused"],
};

const of = (kind: FindingKind, where: Partial<Found> = {}): Found =>
  found(kind, { project: "platform/shop", object: "x", what: "x", ...where });
const left = (...all: Found[]): string[] => withoutSymptoms(all).map(({ kind }) => kind.id);

test("a symptom is dropped beside its cause in the same environment, and told where the cause is in another", () => {
  const staging = of(CAUSE, { environment: "staging" });
  expect(left(staging, of(SYMPTOM, { environment: "staging" }))).toEqual(["CopyEdited"]);
  expect(left(staging, of(SYMPTOM, { environment: "production" }))).toEqual(["CopyEdited", "KeyRefused"]);
});

test("a symptom of several environments is dropped only when each of them has its cause", () => {
  const symptom = of(SYMPTOM, { environments: ["staging", "production"] });
  const causes = ["staging", "production"].map((environment) => of(CAUSE, { environment }));
  expect(left(symptom, ...causes.slice(0, 1))).toEqual(["KeyRefused", "CopyEdited"]);
  expect(left(symptom, ...causes)).toEqual(["CopyEdited", "CopyEdited"]);
  expect(left(symptom, of(CAUSE))).toEqual(["CopyEdited"]);
});

test("a cause of several environments explains nothing in the others", () => {
  const cause = of(CAUSE, { environments: ["staging", "production"] });
  expect(left(cause, of(SYMPTOM, { environment: "development" }))).toEqual(["CopyEdited", "KeyRefused"]);
});

test("another project's cause explains nothing; the cluster's explains what is in every project", () => {
  expect(left(of(CAUSE, { project: "platform/pay" }), of(SYMPTOM))).toEqual(["CopyEdited", "KeyRefused"]);
  expect(left(of(CAUSE, { project: undefined }), of(SYMPTOM))).toEqual(["CopyEdited"]);
});

test("that a project is not Ready is told only where nothing else says why", () => {
  expect(left(of(PROJECT_NOT_READY))).toEqual(["ProjectNotReady"]);
  expect(left(of(PROJECT_NOT_READY), of(SYMPTOM, { environment: "staging" }))).toEqual(["KeyRefused"]);
});
