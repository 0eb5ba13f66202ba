import { afterAll, beforeAll, expect, test } from "bun:test";
import { makeSshKey } from "../../src/git/index.ts";
import { EVENTS } from "../../src/kube/index.ts";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { uniqueName } from "../cluster/index.ts";
import { deny } from "./support/policy.ts";
import { untilResynced } from "./support/requests.ts";
import {
  condition,
  find,
  getProject,
  idsOf,
  openScope,
  projectObject,
  type Scope,
  SECRETS,
  uniqueProject,
  untilPhase,
  untilProject,
} from "./support/scope.ts";

let scope: Scope;
beforeAll(async () => {
  scope = await openScope({ args: ["--log-level", "trace"] });
});
afterAll(() => scope.stop());

/** Characters that look different in a URL, in JSON and in base64. */
const PASSWORD = 'Tr0ub4dor&3/"+ü%?=#secret';
const KEY = makeSshKey("secrecy").privateKey;
const REGISTRY = "registry-Pa55word!";

/** Each form in which a secret could slip through, in texts long enough to be telling. */
function formsOf(secret: string): string[] {
  const lines = secret.split("\n").filter((line) => line.length > 16 && !line.startsWith("-----"));
  return [secret, ...lines].flatMap((text) => [
    text,
    btoa(String.fromCharCode(...Buffer.from(text))),
    Buffer.from(text).toString("base64url"),
    encodeURIComponent(text),
    JSON.stringify(text).slice(1, -1),
    new Bun.CryptoHasher("sha256").update(text).digest("hex"),
  ]);
}

const FORMS = [PASSWORD, KEY, REGISTRY].flatMap(formsOf);

/** Counts, so that a failure prints no secret. */
const leaksIn = (text: string): number => FORMS.filter((form) => text.includes(form)).length;

async function everythingSaid(id: string): Promise<Record<string, string>> {
  const { admin, namespace, operator } = scope;
  const project = await getProject(scope, id);
  const { items } = await admin.list(EVENTS, { namespace });
  const objects = await Promise.all(
    idsOf(project).map(async (object) => {
      const live = await find(admin, object);
      // Only a Secret's data may hold it.
      return JSON.stringify({ ...live, ...(object.kind === "Secret" ? { data: null } : {}) });
    }),
  );
  return {
    status: JSON.stringify(project),
    events: JSON.stringify(items),
    log: operator.output(),
    metrics: await operator.metrics(),
    objects: objects.join("\n"),
  };
}

async function expectNoLeak(id: string): Promise<void> {
  for (const [where, text] of Object.entries(await everythingSaid(id)))
    expect({ where, leaks: leaksIn(text) }).toEqual({ where, leaks: 0 });
}

async function secret(data: Record<string, string>, type = "Opaque"): Promise<string> {
  const name = uniqueName("secret");
  await scope.admin.createSecret(scope.namespace, name, data, type);
  return name;
}

async function applied(name: string, url: string, pull?: string): Promise<string> {
  const id = uniqueProject();
  const environments = [{ name: "development", ...(pull ? { imagePullSecrets: [{ name: pull }] } : {}) }];
  const git = { url, credential: { secretRef: { name } } };
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { git, environments }));
  return id;
}

const HTTPS = "https://git.example.com/acme/shop.git";

test("a set-up says nothing of a password, a private key or a registry's password anywhere", async () => {
  const registry = JSON.stringify({ auths: { "r.example.com": { username: "u", password: REGISTRY } } });
  const pull = await secret({ ".dockerconfigjson": registry }, "kubernetes.io/dockerconfigjson");
  const https = await applied(await secret({ username: "git", password: PASSWORD }), HTTPS, pull);
  const ssh = await applied(await secret({ identity: KEY }), "git@github.com:acme/shop.git");
  for (const id of [https, ssh]) {
    await untilPhase(scope, id, "COMPLETED");
    await untilResynced(scope, 1);
    await expectNoLeak(id);
  }
});

test("a malformed Secret is named by its key, and none of its bytes", async () => {
  const name = await secret({ username: "git", bearerToken: PASSWORD, password: PASSWORD });
  const id = await applied(name, HTTPS);
  await untilProject(scope, id, (one) => condition(one, "Ready")?.reason === "CredentialInvalid", "says so");
  const broken = await applied(await secret({ identity: KEY.slice(0, -60) }), "git@github.com:acme/shop.git");
  await untilProject(scope, broken, (one) => condition(one, "Ready")?.status === "False", "says so");
  await expectNoLeak(id);
  await expectNoLeak(broken);
});

test.each(["Forbidden", "Invalid"] as const)(
  "an API server that echoes a Secret as it refuses it (%s) does not get its bytes into status, events or logs",
  async (reason) => {
    const id = uniqueProject();
    const allow = await deny(scope, {
      projectId: id,
      kind: "Secret",
      reason,
      messageExpression:
        "has(object.data) && 'password' in object.data ? 'refused: ' + string(object.data.password) : 'refused'",
    });
    const name = await secret({ username: "git", password: PASSWORD });
    const git = { url: HTTPS, credential: { secretRef: { name } } };
    const environments = [{ name: "development" }];
    await scope.admin.create(PROJECTS, projectObject(scope.namespace, id, { git, environments }));
    const project = await untilProject(
      scope,
      id,
      (one) => condition(one, "Ready")?.status === "False",
      "tells of the refusal",
    );
    expect(condition(project, "Ready")?.message).toContain(`Secret project-${id}-development/${id}-git-auth`);
    // The words of a 403 are shown, masked; of a 422 only the fields are.
    if (reason === "Forbidden") expect(condition(project, "Ready")?.message).toContain("refused: [redacted]");
    await expectNoLeak(id);
    await allow();
    await untilPhase(scope, id, "COMPLETED");
  },
);

test("a copy holds the secret itself: the search above would find it", async () => {
  const id = await applied(await secret({ username: "git", password: PASSWORD }), HTTPS);
  await untilPhase(scope, id, "COMPLETED");
  const ref = { namespace: `project-${id}-development`, name: `${id}-git-auth` };
  expect(leaksIn(JSON.stringify(await scope.admin.get(SECRETS, ref)))).toBeGreaterThan(0);
});
