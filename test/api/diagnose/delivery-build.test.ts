import { afterAll, beforeAll, expect, test } from "bun:test";
import { deliverySays, mendedBy, namespaceOf, only, STAGING } from "./delivery.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

const TMP = "/tmp/kustomization-709260061";
const FOLDER = "k8s/overlays/staging";

/** A Ready project whose build then fails with these words. */
async function buildFails(message: string, environment: object = {}): Promise<string> {
  const name = await lab.project({ environments: [{ name: "staging", ...environment }] });
  await deliverySays(lab, name, { reason: "BuildFailed", message: message.replaceAll("NAME", name) });
  return name;
}

const noFile = (file: string): string =>
  `kustomize build failed: accumulating resources: accumulation err='accumulating resources from '${file}': open ${TMP}/${FOLDER}/${file}: no such file or directory': must build at directory: not a valid directory: evalsymlink failure on '${TMP}/${FOLDER}/${file}' : lstat ${TMP}/${FOLDER}/${file}: no such file or directory`;
const badYaml = (line: number): string =>
  `kustomize build failed: accumulating resources: accumulating resources from 'app.yaml': MalformedYAMLError: yaml: line ${line}: did not find expected key in File: app.yaml`;

test("FileMissing: found when a kustomization.yaml names a file that is not there, and is named once for all environments", async () => {
  const name = await lab.project({ environments: [{ name: "staging" }, { name: "production" }] });
  for (const environment of ["staging", "production"]) {
    const message = noFile("../base/web.yaml");
    await deliverySays(lab, name, { reason: "BuildFailed", message, environment });
  }
  const finding = await only(lab, name, "FileMissing");
  expect(finding.what).toBe(
    "staging and production cannot be built: k8s/overlays/base/web.yaml is not in the repository at main@1f3c9ab",
  );
  expect(finding.evidence).not.toContain("/tmp/");
  await mendedBy(lab, name, finding);
}, 60_000);

test("FileMissing: absent when the environment's own folder is not there, which is the path's trouble", async () => {
  const name = await lab.project(STAGING);
  const message = `kustomization path not found: stat ${TMP}/${FOLDER}: no such file or directory`;
  await deliverySays(lab, name, { reason: "ArtifactFailed", message });
  expect(await lab.ids(name)).toEqual(["PathNotFound"]);
}, 60_000);

test("YamlInvalid: found when a manifest is no YAML, with its file and line", async () => {
  const name = await buildFails(badYaml(4));
  const finding = await only(lab, name, "YamlInvalid");
  expect(finding.what).toBe(`staging cannot be built: ${FOLDER}/app.yaml is no YAML, near line 4`);
  await mendedBy(lab, name, finding);
}, 60_000);

test("YamlInvalid: absent when good YAML has no name, of which kustomize makes nothing", async () => {
  const name = await buildFails(
    `kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'app.yaml': missing metadata.name in object {{v1 Secret} {{ } map[] map[password:hunter2]}}': must build at directory: '${TMP}/${FOLDER}/app.yaml': file is not directory`,
  );
  const { evidence } = await only(lab, name, "BuildFailed");
  expect(evidence).not.toContain("hunter2");
}, 60_000);

test("SubstitutionFailed: found when postBuild gives a variable no value", async () => {
  const name = await buildFails(
    `post build failed for 'ConfigMap.v1.[noGrp]/app': envsubst error: variable substitution failed: variable not set (strict mode): "region"`,
    { postBuild: {} },
  );
  const finding = await only(lab, name, "SubstitutionFailed");
  expect(finding.what).toBe("staging cannot be built: the variable region has no value");
}, 60_000);

test("SubstitutionFailed: found when substituteFrom names a ConfigMap that nobody has made, which the fix makes", async () => {
  const name = await buildFails(
    `post build failed for 'ConfigMap.v1.[noGrp]/app': substitute from 'ConfigMap/variables' error: configmaps "variables" not found`,
    { postBuild: { substituteFrom: [{ kind: "ConfigMap", name: "variables" }] } },
  );
  const finding = await only(lab, name, "SubstitutionFailed");
  expect(finding.object).toBe(`ConfigMap ${namespaceOf(name)}/variables`);
  await mendedBy(lab, name, finding);
}, 60_000);

test("SubstitutionFailed: absent when the manifest with the variable is no YAML at all", async () => {
  await only(lab, await buildFails(badYaml(2), { postBuild: {} }), "YamlInvalid");
}, 60_000);

const SOPS = { decryption: { provider: "sops", secretRef: { name: "sops-age" } } };
const NO_KEY = `decryption failed for 'Secret.v1.[noGrp]/database': failed to decrypt and format 'project-NAME-staging/database' Secret data: cannot get sops data key: Failed to get the data key required to decrypt the SOPS file.\n\nGroup 0: FAILED\n  age170fjnd6m0: FAILED\n    - | failed to load age identities.`;

test("DecryptionFailed: found when no key opens what SOPS has encrypted", async () => {
  const name = await buildFails(NO_KEY, SOPS);
  await lab.admin.createSecret(namespaceOf(name), "sops-age", { "other.agekey": "another" });
  const finding = await only(lab, name, "DecryptionFailed");
  expect(finding.what).toBe("staging cannot be decrypted: no key opens what SOPS has encrypted");
  expect(finding.evidence).not.toContain("Group 0");
  await mendedBy(lab, name, finding);
}, 60_000);

test("DecryptionFailed: found when the Secret with the key is missing", async () => {
  const name = await buildFails(`secrets "sops-age" not found`, SOPS);
  const finding = await only(lab, name, "DecryptionFailed");
  expect(finding.object).toBe(`Secret ${namespaceOf(name)}/sops-age`);
  expect(finding.fix).toContain(`kubectl create secret generic sops-age -n ${namespaceOf(name)}`);
}, 60_000);

test("DecryptionFailed: found when an encrypted Secret stands there and nobody asks for decryption", async () => {
  const name = await lab.project(STAGING);
  const message = `Secret/${namespaceOf(name)}/database is SOPS encrypted, configuring decryption is required for this secret to be reconciled`;
  await deliverySays(lab, name, { reason: "ReconciliationFailed", message });
  const finding = await only(lab, name, "DecryptionFailed");
  expect(finding.what).toBe("staging is not decrypted: Secret database is encrypted with SOPS");
}, 60_000);

test("DecryptionFailed: absent when another Secret is missing, which variables should come from", async () => {
  const message = `post build failed for 'ConfigMap.v1.[noGrp]/app': substitute from 'Secret/values' error: secrets "values" not found`;
  const name = await buildFails(message, {
    ...SOPS,
    postBuild: { substituteFrom: [{ kind: "Secret", name: "values" }] },
  });
  await only(lab, name, "SubstitutionFailed");
}, 60_000);

test("BuildFailed: found when kustomize has a patch without a target", async () => {
  const name = await buildFails(
    `kustomize build failed: no resource matches strategic merge patch "ConfigMap.v1.[noGrp]/other.[noNs]": no matches for Id ConfigMap.v1.[noGrp]/other.[noNs]; failed to find unique target for patch ConfigMap.v1.[noGrp]/other.[noNs]`,
  );
  const finding = await only(lab, name, "BuildFailed");
  expect(finding.evidence).toContain("no resource matches strategic merge patch");
  await mendedBy(lab, name, finding);
}, 60_000);

test("BuildFailed: absent when a file is to blame", async () => {
  await only(lab, await buildFails(noFile("gone.yaml")), "FileMissing");
}, 60_000);

test("A failure stays found while Flux tries again, though Ready is Unknown meanwhile", async () => {
  const name = await buildFails(badYaml(4));
  const message = "Reconciliation in progress";
  await deliverySays(lab, name, { ready: "Unknown", reason: "Progressing", message });
  await only(lab, name, "YamlInvalid");
}, 60_000);
