import { afterAll, beforeAll, expect, test } from "bun:test";
import { gitSecretName, repositoryName } from "../../../src/api/names.ts";
import { CUSTOM_RESOURCE_DEFINITIONS } from "../../../src/kube/index.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { eventually, scratchFolder } from "../../cluster/index.ts";
import { PROJECTS, uniqueProject } from "../support/scope.ts";
import { deployFails, fetchFails, mendedBy, untilMended } from "./git-support.ts";
import { type Lab, openLab } from "./lab.ts";
import { applyAs, homeOf, ONE, untilReason } from "./support.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

const NO_SUCH_HOST = "dial tcp: lookup githbu.com on 10.96.0.10:53: no such host";
const REFUSED = "dial tcp 10.0.0.7:2222: connect: connection refused";
const TIMEOUT = "dial tcp 140.82.121.3:22: i/o timeout";
const DNS_TIMEOUT =
  "dial tcp: lookup github.com on 10.96.0.10:53: read udp 10.244.0.5:41234->10.96.0.10:53: i/o timeout";
const UNKNOWN_AUTHORITY =
  'Get "https://github.com/acme/shop.git/info/refs?service=git-upload-pack": tls: failed to verify certificate: x509: certificate signed by unknown authority';

/** The CRD as it was before a rule of the URL was made. */
async function withoutUrlRules<T>(work: () => Promise<T>): Promise<T> {
  const ref = { name: "projectgitops.projectgitops.dev" };
  const { spec } = await lab.admin.get(CUSTOM_RESOURCE_DEFINITIONS, ref);
  const path =
    "/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties/git/x-kubernetes-validations";
  const git = spec?.versions[0]?.schema?.openAPIV3Schema?.properties?.["spec"]?.properties?.["git"];
  const put = (value: unknown) =>
    lab.admin.patch(CUSTOM_RESOURCE_DEFINITIONS, ref, [{ op: "replace", path, value }], { type: "json" });
  await put([]);
  try {
    return await work();
  } finally {
    await put((git as Record<string, unknown>)["x-kubernetes-validations"]);
  }
}

async function slipThrough(url: string): Promise<string> {
  const name = uniqueProject();
  const git = { url, credential: { secretRef: { name: "git" } } };
  await withoutUrlRules(() =>
    eventually(() => applyAs(lab, name, { ...ONE, git }).catch(() => false), { description: "it is stored" }),
  );
  await untilReason(lab, name, "InvalidSpec");
  return name;
}

test("GitUrlRefused: found when a port in the scp-like form slipped through admission, and its fix writes the port right", async () => {
  const name = await slipThrough("git@github.com:22/acme/shop.git");
  const first = await lab.first(name, "GitUrlRefused");
  expect(first.cause).toContain("nearly always meant as a port");
  expect(await lab.ids(name)).toEqual(["GitUrlRefused"]);
  await eventually(() => lab.paste(first.fix), { description: "the rules are back, and the fix keeps them" });
  expect((await lab.admin.get(PROJECTS, { namespace: lab.namespace, name })).spec.git.url).toBe(
    "ssh://git@github.com:22/acme/shop.git",
  );
  await mendedBy(lab, name, first);
}, 60_000);

test("GitUrlRefused: a password in the URL is not repeated", async () => {
  const name = await slipThrough("https://acme:hunter2hunter2@github.com/acme/shop.git");
  expect((await lab.first(name, "GitUrlRefused")).cause).toContain("must not contain a password");
  expect(JSON.stringify(await lab.diagnose(name))).not.toContain("hunter2");
}, 60_000);

test("GitUrlRefused: absent when the form is right and the host does not know the repository", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, "repository not found: git repository: 'ssh://git@github.com/acme/shop.git'");
  expect(await lab.ids(name)).toEqual(["RepositoryNotFound"]);
});

test("GitRepositoryMissing: found when somebody deleted it while the operator does not run", async () => {
  const name = await lab.project(ONE);
  await lab.operator.stop();
  try {
    const ref = { namespace: homeOf(name), name: repositoryName(name) };
    await lab.admin.delete(resourceOf("GitRepository"), ref);
    const { findings } = await lab.diagnose(name);
    const found = findings.find(({ id }) => id === "GitRepositoryMissing");
    expect(found).toMatchObject({
      severity: "error",
      object: `GitRepository ${ref.namespace}/${ref.name}`,
      fix: `projectgitops reconcile ${name} -n ${lab.namespace}`,
    });
  } finally {
    await lab.restart();
  }
  await untilMended(lab, name);
}, 60_000);

test("GitRepositoryMissing: absent when the project is being set up and has none yet", async () => {
  const name = await lab.apply({
    ...ONE,
    git: { url: "git@github.com:acme/shop.git", credential: { secretRef: { name: "none" } } },
  });
  await untilReason(lab, name, "CredentialMissing");
  expect(await lab.ids(name)).not.toContain("GitRepositoryMissing");
});

test("GitHostNotFound: found when the name of the host does not resolve, and its fix names the one that was meant", async () => {
  const secret = `${uniqueProject()}-token`;
  await lab.admin.createSecret(lab.namespace, secret, { username: "git", password: "glpat-made-for-this" });
  const git = { url: "https://githbu.com/acme/shop.git", credential: { secretRef: { name: secret } } };
  const name = await lab.project({ ...ONE, git });
  await fetchFails(lab, name, NO_SUCH_HOST);
  const first = await lab.first(name, "GitHostNotFound");
  expect(first.what).toBe("The name githbu.com does not resolve in the cluster, so development cannot fetch");
  expect(first.evidence).toBe(`GitOperationFailed: ${NO_SUCH_HOST}`);
  await mendedBy(lab, name, first);
});

test("GitHostNotFound: absent when it is the name server that does not answer", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, DNS_TIMEOUT);
  const first = await lab.first(name, "GitHostTimeout");
  expect(first.what).toContain("name server does not answer");
  expect(await lab.ids(name)).toEqual(["GitHostTimeout"]);
});

test("GitConnectionRefused: found when nobody listens at the port", async () => {
  const name = await lab.project({ ...ONE, git: { url: "https://github.com:8443/acme/shop.git" } });
  await fetchFails(lab, name, REFUSED);
  const first = await lab.first(name, "GitConnectionRefused");
  expect(first.what).toBe("Nobody listens at github.com:8443, so development cannot fetch");
  expect(first.cause).toContain("at port 443");
  await mendedBy(lab, name, first);
});

test("GitConnectionRefused: absent when there is no answer at all", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, TIMEOUT);
  expect(await lab.ids(name)).toEqual(["GitHostTimeout"]);
});

test("GitHostTimeout: found when no answer comes, once for all environments that have it", async () => {
  const name = await lab.project();
  await fetchFails(lab, name, TIMEOUT, ["staging", "production"]);
  const { findings } = await lab.diagnose(name);
  expect(findings.map(({ id }) => id)).toEqual(["GitHostTimeout"]);
  expect(findings[0]?.what).toBe(
    "The git host does not answer at github.com:22, so staging and production cannot fetch",
  );
  expect(findings[0]?.fix).toBe(
    "kubectl exec -n flux-system deployment/source-controller -- nc -zvw 5 github.com 22",
  );
});

test("GitHostTimeout: absent when the host answers with a refusal", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, REFUSED);
  expect(await lab.ids(name)).toEqual(["GitConnectionRefused"]);
});

test("GitCertificateUntrusted: found when nobody vouches for the host's authority, and its fix stores the authority's certificate", async () => {
  const name = await lab.project({ ...ONE, git: { url: "https://git.example.com/acme/shop.git" } });
  await fetchFails(lab, name, UNKNOWN_AUTHORITY);
  const first = await lab.first(name, "GitCertificateUntrusted");
  expect(await lab.ids(name)).toEqual(["GitCertificateUntrusted"]);
  const folder = scratchFolder("authority");
  await Bun.write(`${folder}/ca.crt`, lab.cluster.caPem);
  await lab.paste(`cd ${folder}\n${first.fix}`);
  await untilMended(lab, name);
  const copy = await lab.admin.getSecret(homeOf(name), gitSecretName(name));
  expect(Object.keys(copy.data ?? {})).toEqual(["ca.crt"]);
});

test("GitCertificateUntrusted: absent when the certificate is trusted and the sign-in is refused", async () => {
  const name = await lab.project({ ...ONE, git: { url: "https://git.example.com/acme/shop.git" } });
  await fetchFails(lab, name, "authentication required: ");
  expect(await lab.ids(name)).toEqual(["SignInRequired"]);
});

test("SourceFailing: found when Flux fails in words that no other check knows", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, "unknown error: The server is on fire");
  const first = await lab.first(name, "SourceFailing");
  expect(first.evidence).toContain("The server is on fire");
  expect(await lab.ids(name)).toEqual(["SourceFailing"]);
});

test("SourceFailing: absent when only the delivery of a good source fails", async () => {
  const name = await lab.project(ONE);
  await deployFails(
    lab,
    name,
    "kustomization path not found: stat /tmp/kustomization-42/nowhere: no such file or directory",
  );
  expect(await lab.ids(name)).toEqual(["PathNotFound"]);
});
