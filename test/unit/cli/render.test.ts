import { expect, test } from "bun:test";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { makeSshKey } from "../../../src/git/index.ts";
import { typed } from "./typed.ts";

const SAMPLE = join(import.meta.dir, "..", "..", "..", "deploy", "samples", "shop.yaml");
const sample = await Bun.file(SAMPLE).text();
const key = makeSshKey();
const secret = { apiVersion: "v1", kind: "Secret", metadata: { name: "shop-git", namespace: "platform" } };
const withSecret = `${sample}---\n${JSON.stringify({ ...secret, stringData: { identity: key.privateKey } })}`;

const render = (manifest: string, flags = "") =>
  typed(`render -f - ${flags}`, { readInput: () => Promise.resolve(manifest) });

test("the sample becomes seven objects for each environment, Namespaces first", async () => {
  const { code, stdout, stderr } = await render(withSecret);
  const kinds = (loadAll(stdout) as { kind: string }[]).map(({ kind }) => kind);
  const each = ["Namespace", "Secret", "ServiceAccount", "RoleBinding", "GitRepository", "Kustomization"];
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
  expect(kinds).toEqual([...each, ...each, ...each]);
});

test("Secret data is masked unless it is asked for", async () => {
  const encoded = Buffer.from(key.privateKey).toString("base64");
  const masked = await render(withSecret);
  expect(masked.stdout).not.toContain(encoded);
  expect(masked.stdout).toMatch(/identity: '?\(masked: \d+ bytes\)/);
  expect((await render(withSecret, "--show-secrets")).stdout).toContain(encoded);
});

test("without the Secret its copies are left out, with a note on stderr", async () => {
  const { code, stdout, stderr } = await render(sample, "-o json");
  const kinds = (JSON.parse(stdout) as { items: { kind: string }[] }).items.map(({ kind }) => kind);
  expect(code).toBe(0);
  expect(kinds).not.toContain("Secret");
  expect(stderr).toContain("Secret platform/shop-git are left out");
});

test("a Secret that the operator would refuse is refused, without its bytes", async () => {
  const bad = `${sample}---\n${JSON.stringify({ ...secret, stringData: { identity: "no key at all" } })}`;
  const { code, stdout, stderr } = await render(bad);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toContain("CredentialInvalid: Secret platform/shop-git, key identity: ");
  expect(stderr).not.toContain("no key at all");
});

test("what admission would refuse is refused with the path of the field", async () => {
  const { code, stderr } = await render(sample.replace("projectId: shop", "projectId: Shop"));
  expect(code).toBe(1);
  expect(stderr).toContain(
    "\n  standard input, document 1, line 9, spec.projectId: must be 1 to 40 lower-case letters",
  );
});

test("an unknown field is refused, as kubectl does", async () => {
  const { code, stderr } = await render(
    sample.replace("- name: staging", "- name: staging\n      pathh: ./x"),
  );
  expect(code).toBe(1);
  expect(stderr).toContain(", line 18, spec.environments[1].pathh: unknown field\n");
});

test("a missing file, no YAML and no ProjectGitOps are each one clear error, exit 2", async () => {
  expect(await typed("render -f /nowhere/shop.yaml")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error: cannot read /nowhere/shop.yaml\n  there is no such file\n"),
  });
  expect(await render("a: [")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error: standard input is no YAML\n  standard input, line 1, column "),
  });
  expect(await render("kind: Pod")).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error: there is no ProjectGitOps in -\n"),
  });
});

const LIMITED = `apiVersion: projectgitops.dev/v1alpha1
kind: ProjectGitOps
metadata: {name: shop, namespace: platform}
spec:
  projectId: shop
  git: {url: "https://git.example.com/acme/shop.git"}
  environments:
    - name: production
      resourceQuota: {hard: {pods: "500"}}
      metadata: {labels: {pod-security.kubernetes.io/enforce: privileged, pod-security.kubernetes.io/enforce-version: v1.20}}
`;
const DEFAULTS = join(SAMPLE, "..", "..", "components", "environment-defaults", "environment-defaults.yaml");

test("with the operator's defaults the stricter is printed, and what the spec asks for beyond them is noted", async () => {
  const { code, stdout, stderr } = await render(LIMITED, `--environment-defaults ${DEFAULTS}`);
  const objects = loadAll(stdout) as { kind: string; spec?: { hard?: Record<string, string> } }[];
  expect(code).toBe(0);
  expect(objects.map(({ kind }) => kind)).toContain("NetworkPolicy");
  expect(objects.find(({ kind }) => kind === "ResourceQuota")?.spec?.hard?.["pods"]).toBe("50");
  expect(stderr.trim().split("\n")).toEqual([
    "note: production: resourceQuota.hard.pods: 500 asked, 50 holds",
    "note: production: metadata.labels.pod-security.kubernetes.io/enforce: privileged asked, baseline holds",
    "note: production: metadata.labels.pod-security.kubernetes.io/enforce-version: v1.20 asked, the latest holds",
  ]);
});

test("without them the spec alone is printed, and a file that is none of them is refused with the field", async () => {
  const { stdout, stderr } = await render(LIMITED);
  expect(stderr).toBe("");
  expect((loadAll(stdout) as { kind: string }[]).map(({ kind }) => kind)).not.toContain("NetworkPolicy");
  expect(stdout).toContain('pods: "500"'.replaceAll('"', "'"));
  const wrong = await render(LIMITED, `--environment-defaults ${SAMPLE}`);
  expect({ code: wrong.code, stdout: wrong.stdout }).toEqual({ code: 2, stdout: "" });
  expect(wrong.stderr).toContain("apiVersion: is no field of it");
});
