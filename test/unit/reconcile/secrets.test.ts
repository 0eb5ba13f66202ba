import { expect, test } from "bun:test";
import type { BunK8sClient } from "../../../src/kube/index.ts";
import { K8sApiError } from "../../../src/kube/index.ts";
import { Secrets } from "../../../src/reconcile/index.ts";

/** A client that knows nothing but Secrets, and counts who asked for them. */
function clientWith(versions: Record<string, string>) {
  const asked: string[] = [];
  const get = async (_resource: unknown, { namespace, name }: { namespace: string; name: string }) => {
    asked.push(`${namespace}/${name}`);
    const resourceVersion = versions[`${namespace}/${name}`];
    if (resourceVersion) return { metadata: { namespace, name, resourceVersion } };
    throw new K8sApiError({
      statusCode: 404,
      reason: "NotFound",
      serverMessage: "no",
      verb: "get",
      path: "/x",
    });
  };
  return { client: { get } as unknown as BunK8sClient, asked };
}
const everywhere = () => true;
const read = (secrets: Secrets, client: BunK8sClient, project: string, name = "git") =>
  secrets.read(client, project, "platform", name, {});

test("a Secret is read once, however many projects and passes use it", async () => {
  const { client, asked } = clientWith({ "platform/git": "1" });
  const secrets = new Secrets();
  await Promise.all([read(secrets, client, "platform/a"), read(secrets, client, "platform/b")]);
  expect((await read(secrets, client, "platform/a"))?.version).toBe("1");
  expect(asked).toEqual(["platform/git"]);
});

test("a missing Secret is asked for again at each pass", async () => {
  const versions: Record<string, string> = {};
  const { client, asked } = clientWith(versions);
  const secrets = new Secrets();
  expect(await read(secrets, client, "platform/a")).toBeUndefined();
  versions["platform/git"] = "1";
  expect((await read(secrets, client, "platform/a"))?.version).toBe("1");
  expect(asked).toHaveLength(2);
});

test("a failed read is an error to all who wait for it, and is tried again", async () => {
  const secrets = new Secrets();
  const broken = { get: () => Promise.reject(new Error("down")) } as unknown as BunK8sClient;
  expect(read(secrets, broken, "platform/a")).rejects.toThrow("down");
  await read(secrets, broken, "platform/b").catch(() => undefined);
  const { client } = clientWith({ "platform/git": "1" });
  expect((await read(secrets, client, "platform/a"))?.version).toBe("1");
});

test("a list with another version names the projects that used the old one, and has it read again", async () => {
  const { client, asked } = clientWith({ "platform/git": "1", "platform/other": "9" });
  const secrets = new Secrets();
  await read(secrets, client, "platform/a");
  await read(secrets, client, "platform/b", "other");
  const versions = new Map([
    ["platform/git", "2"],
    ["platform/other", "9"],
  ]);
  expect(secrets.observe(versions, everywhere)).toEqual(new Set(["platform/a"]));
  await read(secrets, client, "platform/a");
  expect(asked.filter((key) => key === "platform/git")).toHaveLength(2);
});

test("a Secret that appears or disappears is a change; one in a namespace that was not listed is none", async () => {
  const { client } = clientWith({ "platform/git": "1" });
  const secrets = new Secrets();
  await read(secrets, client, "platform/a");
  await read(secrets, client, "platform/b", "missing");
  expect(secrets.namespaces()).toEqual({ all: new Set(["platform"]), waiting: new Set(["platform"]) });
  expect(secrets.observe(new Map(), () => false)).toEqual(new Set());
  const appeared = new Map([
    ["platform/git", "1"],
    ["platform/missing", "1"],
  ]);
  expect(secrets.observe(appeared, everywhere)).toEqual(new Set(["platform/b"]));
  expect(secrets.observe(new Map(), everywhere)).toEqual(new Set(["platform/a"]));
});

test("a pass that no longer uses a Secret is not woken by it", async () => {
  const { client } = clientWith({ "platform/git": "1" });
  const secrets = new Secrets();
  await read(secrets, client, "platform/a");
  secrets.beginPass("platform/a");
  expect(secrets.observe(new Map(), everywhere)).toEqual(new Set());
  expect(secrets.namespaces().all).toEqual(new Set());
});
