import { afterAll, beforeAll, expect, test } from "bun:test";
import { networkInterfaces } from "node:os";
import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { PODS } from "../../../src/kube/index.ts";
import { eventually } from "../../cluster/index.ts";
import { PROJECTS, uniqueProject } from "../support/scope.ts";
import { deployFails, fetchFails, mendedBy, openGitHost, serveArtifact } from "./git-support.ts";
import { type Lab, openLab } from "./lab.ts";
import { ONE } from "./support.ts";

let lab: Lab;
let host: Awaited<ReturnType<typeof openGitHost>>;
beforeAll(async () => {
  lab = await openLab();
  host = await openGitHost([
    "refs/heads/trunk",
    "refs/heads/feature/login",
    "refs/tags/v1.9.0",
    "refs/tags/v1.10.0",
    "refs/tags/v1.10.0^{}",
  ]);
}, 60_000);
afterAll(async () => {
  await host.stop();
  await lab.stop();
});

type Git = ProjectGitOpsSpecInput["git"];

/** From the git host that can be asked, with its token. */
async function overHttps(ref: Git["ref"]): Promise<Git> {
  const name = `${uniqueProject()}-token`;
  await lab.admin.createSecret(lab.namespace, name, host.secret);
  return { url: host.url, ...(ref ? { ref } : {}), credential: { secretRef: { name } } };
}

const refOf = async (name: string) =>
  (await lab.admin.get(PROJECTS, { namespace: lab.namespace, name })).spec.git.ref;

const noBranch = (branch: string) => `couldn't find remote ref "refs/heads/${branch}"`;
const noTag = (tag: string) => `couldn't find remote ref "refs/tags/${tag}"`;

test("RepositoryEmpty: found when nothing was pushed yet", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, "git repository is empty", ["development"], "EmptyGitRepository");
  const first = await lab.first(name, "RepositoryEmpty");
  expect(first.fix).toBe("git push git@github.com:acme/shop.git HEAD:refs/heads/main");
  expect(await lab.ids(name)).toEqual(["RepositoryEmpty"]);
});

test("RepositoryEmpty: absent when there are other branches", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, noBranch("main"));
  expect(await lab.ids(name)).toEqual(["BranchNotFound"]);
});

test("BranchNotFound: found when the branch is not there, with those that are and the nearest one, asked with the project's own token", async () => {
  const name = await lab.project({ ...ONE, git: await overHttps({ branch: "feature/logn" }) });
  await fetchFails(lab, name, noBranch("feature/logn"));
  const first = await lab.first(name, "BranchNotFound");
  expect(first.what).toBe("The repository has no branch feature/logn, which development follows");
  expect(first.cause).toBe("it has branches feature/login, trunk");
  expect(host.asked).toContain("GET /acme/shop.git/info/refs?service=git-upload-pack");
  expect(JSON.stringify(await lab.diagnose(name))).not.toContain(host.token);
  await mendedBy(lab, name, first);
  expect(await refOf(name)).toEqual({ branch: "feature/login" });
});

test("BranchNotFound: of one environment's own ref, the fix leaves the others alone", async () => {
  const git = await overHttps({ branch: "trunk" });
  const environments = [{ name: "development" }, { name: "staging", ref: { branch: "main" } }];
  const name = await lab.project({ git, environments });
  await fetchFails(lab, name, noBranch("main"), ["staging"]);
  const first = await lab.first(name, "BranchNotFound");
  await mendedBy(lab, name, first);
  const { spec } = await lab.admin.get(PROJECTS, { namespace: lab.namespace, name });
  // Nothing is like main: the host's own HEAD is what people mean by it.
  expect([spec.git.ref, spec.environments[1]?.ref]).toEqual([{ branch: "trunk" }, { branch: "trunk" }]);
});

test("BranchNotFound: absent when it is a tag that is not there", async () => {
  const name = await lab.project({
    ...ONE,
    git: { url: "https://git.example.com/a/b.git", ref: { tag: "v2" } },
  });
  await fetchFails(lab, name, noTag("v2"));
  expect(await lab.ids(name)).toEqual(["TagNotFound"]);
});

test("TagNotFound: found when the tag is not there, with the nearest one", async () => {
  const name = await lab.project({ ...ONE, git: await overHttps({ tag: "1.10.0" }) });
  await fetchFails(lab, name, noTag("1.10.0"));
  const first = await lab.first(name, "TagNotFound");
  expect(first.cause).toStartWith("it has tags v1.10.0, v1.9.0.");
  await mendedBy(lab, name, first);
  expect(await refOf(name)).toEqual({ tag: "v1.10.0" });
});

test("TagNotFound: absent when a range is given that no tag fits", async () => {
  const name = await lab.project({ ...ONE, git: await overHttps({ semver: "9.x" }) });
  await fetchFails(lab, name, "no match found for semver: 9.x");
  expect(await lab.ids(name)).toEqual(["SemverNotMatched"]);
});

test("SemverNotMatched: found when no tag fits the range, and its fix takes the newest there is", async () => {
  const name = await lab.project({ ...ONE, git: await overHttps({ semver: "9.x" }) });
  await fetchFails(lab, name, "no match found for semver: 9.x");
  const first = await lab.first(name, "SemverNotMatched");
  expect(first.what).toBe('No tag of the repository fits "9.x", which development follows');
  await mendedBy(lab, name, first);
  expect(await refOf(name)).toEqual({ semver: ">=1.10.0" });
});

test("SemverNotMatched: absent when one tag is named, and no range", async () => {
  const name = await lab.project({ ...ONE, git: await overHttps({ tag: "v9.0.0" }) });
  await fetchFails(lab, name, noTag("v9.0.0"));
  expect(await lab.ids(name)).toEqual(["TagNotFound"]);
});

const COMMIT = "0123456789abcdef0123456789abcdef01234567";

test("CommitNotFound: found when no branch or tag leads to the commit", async () => {
  const name = await lab.project({ ...ONE, git: await overHttps({ commit: COMMIT }) });
  await fetchFails(
    lab,
    name,
    `failed to checkout and determine revision: unable to resolve commit object for '${COMMIT}': object not found`,
  );
  const first = await lab.first(name, "CommitNotFound");
  expect(first.what).toBe("The repository has no commit 0123456789ab, on which development stays");
  await mendedBy(lab, name, first);
  expect(await refOf(name)).toEqual({ branch: "trunk" });
});

test("CommitNotFound: absent when it is a reference that is not there", async () => {
  const name = await lab.project({ ...ONE, git: await overHttps({ name: "refs/pull/9/head" }) });
  await fetchFails(
    lab,
    name,
    "failed to checkout and determine revision: unable to resolve ref 'refs/pull/9/head' to a specific commit",
  );
  expect(await lab.ids(name)).toEqual(["RefNotFound"]);
});

test("RefNotFound: found when the whole reference is not there", async () => {
  const name = await lab.project({ ...ONE, git: await overHttps({ name: "refs/pull/9/head" }) });
  await fetchFails(
    lab,
    name,
    "failed to checkout and determine revision: unable to resolve ref 'refs/pull/9/head' to a specific commit",
  );
  const first = await lab.first(name, "RefNotFound");
  expect(first.fix).toBe(`git ls-remote ${host.url}`);
});

test("RefNotFound: absent when the ref is a branch, of which over ssh only the command to ask can be told", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, noBranch("main"));
  expect((await lab.first(name, "BranchNotFound")).fix).toBe(
    "git ls-remote --heads ssh://git@github.com/acme/shop.git",
  );
  expect(await lab.ids(name)).toEqual(["BranchNotFound"]);
});

const missing = (path: string) =>
  `kustomization path not found: stat /tmp/kustomization-283/${path}: no such file or directory`;
const FILES = [
  "k8s/base/kustomization.yaml",
  "k8s/overlays/dev/kustomization.yaml",
  "k8s/overlays/qa/kustomization.yaml",
];

test("PathNotFound: found when the folder is not in what Flux fetched, with those that are, and its fix takes the nearest", async () => {
  const name = await lab.project(ONE);
  await deployFails(lab, name, missing("k8s/overlays/development"));
  const source = await serveArtifact(lab, name, FILES);
  const first = await lab.first(name, "PathNotFound");
  expect(first.what).toBe(
    "The repository has no folder ./k8s/overlays/development, which development deploys",
  );
  expect(first.evidence).not.toContain("/tmp/");
  expect(first.cause).toContain("manifests in ./k8s/overlays/dev, ./k8s/base, ./k8s/overlays/qa");
  await source.stop();
  await mendedBy(lab, name, first);
  const { spec } = await lab.admin.get(PROJECTS, { namespace: lab.namespace, name });
  expect(spec.environments[0]?.path).toBe("./k8s/overlays/dev");
});

test("PathNotFound: what was fetched comes through the API server where there is no other way to source-controller", async () => {
  const address = Object.values(networkInterfaces())
    .flat()
    .find((one) => one?.family === "IPv4" && !one.internal)?.address;
  if (address === undefined) return;
  const name = await lab.project(ONE);
  await deployFails(lab, name, missing("k8s/overlays/development"));
  const url = "http://source-controller.flux-system.svc.cluster.local./x.tar.gz";
  const source = await serveArtifact(lab, name, FILES, { url, hostname: address });
  await standService(address, source.port);
  const proxy = "/api/v1/namespaces/flux-system/services/http:source-controller:80/proxy/x.tar.gz";
  await eventually(() => lab.admin.getRawBytes(proxy), {
    description: "the API server has seen the endpoint",
  });
  expect((await lab.first(name, "PathNotFound")).cause).toContain("./k8s/overlays/dev");
  await source.stop();
});

/** source-controller's Service and Pod at this address: the API server goes to what is a Pod only. */
async function standService(ip: string, port: number): Promise<void> {
  const ref = { namespace: "flux-system", name: "source-controller" };
  await lab.paste(`kubectl apply -f - <<'EOF'
apiVersion: v1
kind: Service
metadata: {name: ${ref.name}, namespace: ${ref.namespace}}
spec: {ports: [{name: http, port: 80, targetPort: ${port}}]}
---
apiVersion: v1
kind: Pod
metadata: {name: ${ref.name}, namespace: ${ref.namespace}}
spec: {containers: [{name: manager, image: fluxcd/source-controller}]}
---
apiVersion: v1
kind: Endpoints
metadata: {name: ${ref.name}, namespace: ${ref.namespace}}
subsets:
  - addresses: [{ip: ${ip}, targetRef: {kind: Pod, name: ${ref.name}, namespace: ${ref.namespace}}}]
    ports: [{name: http, port: ${port}}]
EOF`);
  const status = { podIP: ip, podIPs: [{ ip }] };
  await lab.admin.patch(PODS, ref, { status }, { type: "merge", subresource: "status" });
}

test("PathNotFound: what has another digest than the status says is not believed", async () => {
  const name = await lab.project(ONE);
  await deployFails(lab, name, missing("k8s/overlays/development"));
  const source = await serveArtifact(lab, name, FILES);
  const other = await serveArtifact(lab, name, ["evil/kustomization.yaml"], {
    url: `http://127.0.0.1:${source.port}/x`,
  });
  const first = await lab.first(name, "PathNotFound");
  expect(first.cause).not.toContain("manifests in");
  expect(first.fix).toBe(`kubectl edit pgops ${name} -n ${lab.namespace}`);
  await Promise.all([source.stop(), other.stop()]);
});

test("PathNotFound: absent when the folder is there and cannot be built", async () => {
  const name = await lab.project(ONE);
  await deployFails(
    lab,
    name,
    "kustomize build failed: accumulating resources: accumulation err='accumulating resources from 'web.yaml': open /tmp/kustomization-1/k8s/web.yaml: no such file or directory'",
  );
  expect(await lab.ids(name)).not.toContain("PathNotFound");
});
