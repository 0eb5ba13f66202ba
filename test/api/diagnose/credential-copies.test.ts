import { afterAll, beforeAll, expect, test } from "bun:test";
import { SECRETS } from "../../../src/kube/index.ts";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { withKubeconfig } from "../cli-support.ts";
import { fluxSays, untilReady } from "../support/flux.ts";
import { condition, need, untilProject } from "../support/scope.ts";
import { base64, giveSecret, newKey, only, pasteIn, refused, specWith } from "./credential-support.ts";
import { type Diagnosis, type Lab, openLab } from "./lab.ts";

let lab: Lab;
let operator: Lab["operator"];
beforeAll(async () => {
  lab = await openLab();
  ({ operator } = lab);
}, 60_000);
afterAll(() => lab.stop());

const BY_HAND = { type: "merge", fieldManager: "kubectl-edit" } as const;
const copyOf = (name: string, environment = "staging") => ({
  namespace: `project-${name}-${environment}`,
  name: `${name}-git-auth`,
});

/** The operator does not see what the work does: it would put it right within a second. */
async function unseen<T>(work: () => Promise<T>): Promise<T> {
  await operator.stop();
  try {
    return await work();
  } finally {
    operator = await lab.restart();
  }
}

async function suspend(name: string): Promise<void> {
  const ref = { namespace: lab.namespace, name };
  await lab.admin.patch(PROJECTS, ref, { spec: { suspend: true } }, { type: "merge" });
  await untilProject(
    lab,
    name,
    (project) => condition(project, "Ready")?.reason === "Suspended",
    "is suspended",
  );
}

/** The fix is pasted: the operator does what it asks for, and nothing is found any more. */
async function isMended(name: string): Promise<void> {
  await eventually(
    async () => {
      await untilReady(lab, name);
      const ids = await lab.ids(name);
      if (ids.length > 0) throw new Error(`found ${ids.join(", ")}`);
      return true;
    },
    { description: `nothing is found of ${name} any more`, everyMs: 200 },
  );
}

test("CredentialCopyEdited: found when another key was put into one environment, with who did it, and the refusal that follows is not told", async () => {
  const [own, other] = [newKey(), newKey()];
  const secret = await giveSecret(lab, { identity: own.privateKey });
  const environments = [{ name: "development" }, { name: "staging" }];
  const name = await lab.project({ ...specWith(secret), environments });
  await unseen(async () => {
    const data = { identity: base64(other.privateKey), "identity.pub": base64(other.publicKey) };
    await lab.admin.patch(SECRETS, copyOf(name), { data }, BY_HAND);
    await fluxSays(lab, await need(lab.admin, "GitRepository", `project-${name}-staging`, `${name}-repo`), {
      ready: "False",
      reason: "GitOperationFailed",
      message:
        "failed to checkout and determine revision: unable to list remote for 'ssh://git@github.com/acme/shop.git': ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
    });
    const finding = await only(lab, name, "CredentialCopyEdited");
    expect(finding.object).toBe(`Secret project-${name}-staging/${name}-git-auth`);
    expect(finding.what).toBe("The copy of the git credential in staging was changed by hand");
    expect(finding.evidence).toContain('written by "kubectl-edit"');
    expect(finding.evidence).toContain(
      `it holds key ${other.fingerprint}, the project's own Secret ${own.fingerprint}`,
    );
    expect(finding.since).toBeDefined();
    expect(finding.fix).toBe(`projectgitops reconcile ${name} -n ${lab.namespace}`);
    await pasteIn(lab, finding.fix);
  });
  await isMended(name);
});

test("CredentialCopyEdited: found when known_hosts was removed from the copy of a suspended project", async () => {
  const name = await lab.project(specWith(await giveSecret(lab, { identity: newKey().privateKey })));
  await suspend(name);
  await lab.admin.patch(SECRETS, copyOf(name), { data: { known_hosts: null } }, BY_HAND);
  const finding = await lab.first(name, "CredentialCopyEdited");
  expect(finding.evidence).toContain(
    "known_hosts differs from the project's own Secret: somebody removed it",
  );
  expect(finding.cause).toContain("the project is suspended");
  await pasteIn(lab, finding.fix);
  await isMended(name);
});

test("CredentialCopyEdited: absent when a key was added beside the copied ones: it may stay", async () => {
  const name = await lab.project(specWith(await giveSecret(lab, { identity: newKey().privateKey })));
  await lab.admin.patch(SECRETS, copyOf(name), { data: { note: base64("mine") } }, BY_HAND);
  expect(await lab.ids(name)).toEqual([]);
});

test("CredentialCopyMissing: found when the copy of a suspended project was deleted", async () => {
  const name = await lab.project(specWith(await giveSecret(lab, { identity: newKey().privateKey })));
  await suspend(name);
  await lab.admin.deleteSecret(copyOf(name).namespace, copyOf(name).name);
  const finding = await lab.first(name, "CredentialCopyMissing");
  expect(finding.what).toBe("staging has lost its copy of the git credential");
  await pasteIn(lab, finding.fix);
  await isMended(name);
});

test("CredentialCopyMissing: found once when several environments have lost theirs", async () => {
  const secret = await giveSecret(lab, { identity: newKey().privateKey });
  const environments = [{ name: "development" }, { name: "staging" }, { name: "production" }];
  const name = await lab.project({ ...specWith(secret), environments });
  await suspend(name);
  for (const environment of ["staging", "production"]) {
    await lab.admin.deleteSecret(copyOf(name, environment).namespace, copyOf(name).name);
  }
  const { what } = await lab.first(name, "CredentialCopyMissing");
  expect(what).toBe("staging and production have lost their copies of the git credential");
  expect(await lab.ids(name)).toEqual(["CredentialCopyMissing", "Suspended"]);
});

test("CredentialCopyMissing: absent when the Secret that the copies are made from is gone", async () => {
  const secret = await giveSecret(lab, { identity: newKey().privateKey });
  const name = await lab.project(specWith(secret));
  await lab.admin.deleteSecret(lab.namespace, secret);
  await untilProject(
    lab,
    name,
    (project) => condition(project, "Ready")?.reason === "CredentialMissing",
    "misses its Secret",
  );
  expect(await lab.ids(name)).toEqual(["CredentialMissing"]);
});

test("CredentialCopyOutdated: found when the Secret was changed minutes ago and the copy has not followed", async () => {
  const secret = await giveSecret(lab, { identity: newKey().privateKey });
  const name = await lab.project(specWith(secret));
  await suspend(name);
  const changed = { data: { identity: base64(newKey().privateKey) } };
  await lab.admin.patch(SECRETS, { namespace: lab.namespace, name: secret }, changed, { type: "merge" });
  const { findings } = await fiveMinutesLater(name);
  const finding = findings.find(({ id }) => id === "CredentialCopyOutdated");
  expect(finding).toMatchObject({
    severity: "warning",
    what: "staging still has the git credential from before",
  });
  expect(findings.map(({ id }) => id)).not.toContain("CredentialCopyEdited");
  await pasteIn(lab, finding?.fix);
  await isMended(name);
});

test("CredentialCopyOutdated: absent when the Secret was changed a moment ago", async () => {
  const secret = await giveSecret(lab, { identity: newKey().privateKey });
  const name = await lab.project(specWith(secret));
  await suspend(name);
  const changed = { data: { identity: base64(newKey().privateKey) } };
  await lab.admin.patch(SECRETS, { namespace: lab.namespace, name: secret }, changed, { type: "merge" });
  expect(await lab.ids(name)).toEqual(["Suspended"]);
});

const DOCKER = { type: "kubernetes.io/dockerconfigjson" };
const registry = (password: string): Record<string, string> => ({
  ".dockerconfigjson": JSON.stringify({ auths: { "registry.example.com": { username: "me", password } } }),
});
const pulling = (secret: string) => ({
  environments: [{ name: "staging", imagePullSecrets: [{ name: secret }] }],
});

test("ImagePullCopyBroken: found when the copy of a suspended project was changed by hand", async () => {
  const secret = await giveSecret(lab, registry("right-word"), DOCKER);
  const name = await lab.project(pulling(secret));
  await suspend(name);
  const ref = { namespace: `project-${name}-staging`, name: secret };
  const data = { ".dockerconfigjson": base64(registry("other-word")[".dockerconfigjson"] ?? "") };
  await lab.admin.patch(SECRETS, ref, { data }, BY_HAND);
  const finding = await lab.first(name, "ImagePullCopyBroken");
  expect(finding.evidence).toContain('written by "kubectl-edit"');
  expect(JSON.stringify(finding)).not.toMatch(/right-word|other-word/);
  await pasteIn(lab, finding.fix);
  await isMended(name);
});

test("ImagePullCopyBroken: absent when the Secret that it is made from was changed", async () => {
  const secret = await giveSecret(lab, registry("right-word"), DOCKER);
  const name = await lab.project(pulling(secret));
  await suspend(name);
  const data = { ".dockerconfigjson": base64(registry("other-word")[".dockerconfigjson"] ?? "") };
  await lab.admin.patch(SECRETS, { namespace: lab.namespace, name: secret }, { data }, { type: "merge" });
  const ids = (await fiveMinutesLater(name)).findings.map(({ id }) => id);
  expect(ids).toContain("CredentialCopyOutdated");
  expect(ids).not.toContain("ImagePullCopyBroken");
});

test("ImagePullSecretMissing: found when there is no Secret of the name, and the command makes one", async () => {
  const name = await refused(lab, pulling("registry-of-nobody"), "ImagePullSecretMissing");
  const finding = await only(lab, name, "ImagePullSecretMissing");
  expect(finding.what).toContain("which staging names");
  await pasteIn(lab, finding.fix, { ".docker/config.json": registry("word")[".dockerconfigjson"] ?? "" });
  await isMended(name);
});

test("ImagePullSecretMissing: found when the name is written wrong, and the Secret that was meant is taken", async () => {
  const secret = await giveSecret(lab, registry("word"), DOCKER);
  const name = await refused(lab, pulling(`${secret}s`), "ImagePullSecretMissing");
  const finding = await only(lab, name, "ImagePullSecretMissing");
  expect(finding.what).toContain(`did you mean ${secret}`);
  await pasteIn(lab, finding.fix);
  await isMended(name);
});

test("ImagePullSecretMissing: absent when the Secret is there and of another type", async () => {
  const secret = await giveSecret(lab, registry("word"));
  const name = await refused(lab, pulling(secret), "ImagePullSecretInvalid");
  expect(await lab.ids(name)).toEqual(["ImagePullSecretInvalid"]);
});

test("ImagePullSecretInvalid: found when only the type is wrong, and the content is kept", async () => {
  const secret = await giveSecret(lab, registry("word"));
  const name = await refused(lab, pulling(secret), "ImagePullSecretInvalid");
  const finding = await only(lab, name, "ImagePullSecretInvalid");
  await pasteIn(lab, finding.fix);
  await isMended(name);
});

test("ImagePullSecretInvalid: found when a Secret of another use is named, and it is left as it is", async () => {
  const secret = await giveSecret(lab, { identity: newKey().privateKey });
  const name = await refused(lab, pulling(secret), "ImagePullSecretInvalid");
  const finding = await only(lab, name, "ImagePullSecretInvalid");
  await pasteIn(lab, finding.fix, { ".docker/config.json": registry("word")[".dockerconfigjson"] ?? "" });
  await isMended(name);
});

test("ImagePullSecretInvalid: absent when the Secret has Docker's older type", async () => {
  const values = { ".dockercfg": JSON.stringify({ "registry.example.com": { auth: base64("me:word") } }) };
  const secret = await giveSecret(lab, values, { type: "kubernetes.io/dockercfg" });
  expect(await lab.ids(await lab.project(pulling(secret)))).toEqual([]);
});

async function fiveMinutesLater(name: string): Promise<Diagnosis> {
  const typed = withKubeconfig(lab.cluster.kubeconfigPath);
  const later = { now: () => Date.now() + 300_000 };
  return JSON.parse((await typed(`diagnose ${name} -n ${lab.namespace} -o json`, later)).stdout) as Diagnosis;
}
