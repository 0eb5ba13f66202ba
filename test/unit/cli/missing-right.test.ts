import { expect, test } from "bun:test";
import { grantCommand, missingRight, rightText } from "../../../src/cli/missing-right.ts";

/** The authorizer's words, as API server 1.36 writes them. */
const said = (user: string, verb: string, resource: string, group: string, where: string) =>
  `${resource}.${group} "shop" is forbidden: User "${user}" cannot ${verb} resource "${resource}" in API group "${group}" ${where}`;
const IN_PLATFORM = 'in the namespace "platform"';

test.each([
  [
    said("jane", "patch", "projectgitops", "projectgitops.dev", IN_PLATFORM),
    "patch projectgitops.projectgitops.dev in namespace platform",
    "kubectl create rolebinding jane-patch-projectgitops -n platform --clusterrole=projectgitops-edit --user=jane",
  ],
  [
    said(
      "system:serviceaccount:ci:bot",
      "list",
      "projectgitops",
      "projectgitops.dev",
      "at the cluster scope",
    ),
    "list projectgitops.projectgitops.dev in the cluster",
    "kubectl create clusterrolebinding bot-list-projectgitops --clusterrole=projectgitops-view --serviceaccount=ci:bot",
  ],
  [
    said("jane@acme.dev", "get", "secrets", "", IN_PLATFORM),
    "get secrets in namespace platform",
    "kubectl create role jane-acme-dev-get-secrets -n platform --verb=get --resource=secrets && kubectl create rolebinding jane-acme-dev-get-secrets -n platform --role=jane-acme-dev-get-secrets --user=jane@acme.dev",
  ],
  [
    said("it's me", "patch", "kustomizations/status", "kustomize.toolkit.fluxcd.io", "at the cluster scope"),
    "patch kustomizations/status.kustomize.toolkit.fluxcd.io in the cluster",
    "kubectl create clusterrole it-s-me-patch-kustomizations-status --verb=patch --resource=kustomizations.kustomize.toolkit.fluxcd.io/status && kubectl create clusterrolebinding it-s-me-patch-kustomizations-status --clusterrole=it-s-me-patch-kustomizations-status --user='it'\\''s me'",
  ],
])("%s", (message, text, command) => {
  const right = missingRight(message);
  if (right === undefined) throw new Error("no right was read");
  expect(rightText(right)).toBe(text);
  expect(grantCommand(right)).toBe(command);
});

test("a 403 that no right would have helped with names none", () => {
  expect(
    missingRight('secrets "a" is forbidden: exceeded quota: compute, requested: secrets=1'),
  ).toBeUndefined();
});
