import { afterAll, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { configFromEnvironment, inClusterConfig, isInCluster } from "../../../src/kube/index.ts";

const folder = mkdtempSync(join(tmpdir(), "in-cluster-"));
afterAll(() => rmSync(folder, { recursive: true }));
const env = { KUBERNETES_SERVICE_HOST: "10.43.0.1", KUBERNETES_SERVICE_PORT: "443" };

test("a Pod's environment and files are a configuration", () => {
  for (const [name, text] of [
    ["token", "t"],
    ["ca.crt", "CA"],
    ["namespace", "shop\n"],
  ] as const) {
    writeFileSync(join(folder, name), text);
  }
  expect(isInCluster(env, folder)).toBe(true);
  expect(inClusterConfig(env, folder)).toEqual({
    server: "https://10.43.0.1:443",
    caFile: join(folder, "ca.crt"),
    namespace: "shop",
    credential: { tokenFile: join(folder, "token") },
  });
});

test("an IPv6 service address is put in brackets", () => {
  const config = inClusterConfig({ ...env, KUBERNETES_SERVICE_HOST: "fd00::1" }, folder);
  expect(config.server).toBe("https://[fd00::1]:443");
});

test("a Pod without a token is told about automountServiceAccountToken", () => {
  expect(() => inClusterConfig(env, join(folder, "none"))).toThrow(/automountServiceAccountToken: true/);
});

test("outside a Pod it says so", () => {
  expect(isInCluster({}, folder)).toBe(false);
  expect(() => inClusterConfig({}, folder)).toThrow(/not in a cluster/);
});

test("in a Pod without token and kubeconfig, the missing token is what is told", () => {
  expect(() => configFromEnvironment(undefined, { ...env, HOME: folder })).toThrow(
    /automountServiceAccountToken/,
  );
});
