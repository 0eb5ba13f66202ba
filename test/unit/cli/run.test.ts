import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type RunFlags, runSettings } from "../../../src/cli/run-settings.ts";
import { DEFAULTS } from "../../../src/runtime/settings.ts";
import { typed } from "./typed.ts";

const folder = mkdtempSync(join(tmpdir(), "projectgitops-run-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function kubeconfig(name: string, text: string): Promise<string> {
  const path = join(folder, name);
  await Bun.write(path, text);
  return path;
}

const withCa = (ca: string): string =>
  JSON.stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:1", "certificate-authority-data": ca } }],
    users: [{ name: "u", user: { token: "t" } }],
    contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
    "current-context": "x",
  });

test("the defaults that the help tells are those of the operator", async () => {
  const { stdout } = await typed("run --help");
  const help = stdout.replaceAll(/\s+/g, " ");
  const told = (flag: string) => new RegExp(`--${flag} .*?default: "([^"]*)"`).exec(help)?.[1] ?? "";
  const settings = await runSettings({
    pollInterval: told("poll-interval"),
    resyncInterval: told("resync-interval"),
    concurrency: told("concurrency"),
    listen: told("listen"),
    deployerClusterRole: told("deployer-cluster-role"),
    hostCalls: told("host-calls"),
    tenancy: told("tenancy") as RunFlags["tenancy"],
    leaderElect: told("leader-elect"),
    leaseNamespace: told("lease-namespace"),
    logLevel: told("log-level") as RunFlags["logLevel"],
    once: told("once"),
  });
  expect(settings).toEqual(DEFAULTS);
});

describe("a setting that cannot be used is named, with how it should look, exit 2", () => {
  test.each([
    ["--poll-interval 5", "error: --poll-interval: 5 is no duration"],
    ["--resync-interval soon", "error: --resync-interval: soon is no duration"],
    ["--git-hosts https://github.com", "error: --git-hosts: https://github.com is no host"],
    ["--concurrency 0", "error: --concurrency: 0 is no whole number"],
    [
      "--environment-defaults nowhere.yaml",
      "error: --environment-defaults: nowhere.yaml cannot be read: ENOENT",
    ],
    ["--host-calls many", "error: --host-calls: many is no whole number"],
    ["--listen 8080", "error: --listen: 8080 is no address"],
    ["--log-level loud", "error: option '--log-level <level>' argument 'loud' is invalid."],
    ["--once maybe", "error: option '--once [true|false]' argument 'maybe' is invalid."],
  ])("%s", async (flag, beginning) => {
    const { code, stdout, stderr } = await typed(`run ${flag}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toStartWith(beginning);
    expect(stderr).toEndWith("\n  next: projectgitops run --help\n");
  });
});

describe("a kubeconfig that cannot be used is one clear error, exit 2", () => {
  test.each([
    ["a missing file", () => Promise.resolve(join(folder, "nowhere")), "nowhere"],
    ["no YAML", () => kubeconfig("no-yaml", "a: ["), "no-yaml"],
    ["an empty file", () => kubeconfig("empty", ""), "empty"],
    [
      "a bad PEM",
      () => kubeconfig("bad-pem", withCa(Buffer.from("no PEM").toString("base64"))),
      "the CA certificate is not valid PEM",
    ],
  ])("%s", async (_, make, named) => {
    const { code, stdout, stderr } = await typed([
      "run",
      "--kubeconfig",
      await make(),
      "--listen",
      "127.0.0.1:0",
    ]);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toMatch(/^error: .*\n( {2}.*\n)? {2}next: .*\n$/);
    expect(stderr).toContain(named);
  });
});

describe("a file of defaults that cannot be used is named, with the field and how it should look, exit 2", () => {
  test.each([
    [
      "resourceQuota: {hard: {pods: 50}}",
      "resourceQuota.hard.pods: must be of type string: write it in quotes",
    ],
    ['resourceQuota: {hard: {pods: "many"}}', "resourceQuota.hard.pods: must be a quantity in quotes"],
    ['resourceQuota: {hard: {podz: "1"}}', "resourceQuota.hard: must be what a ResourceQuota counts"],
    [
      "podSecurity: {enforce: strict}",
      "podSecurity.enforce: must be one of privileged, baseline, restricted",
    ],
    ["podSecurity: {enforced: baseline}", "podSecurity"],
    ["networkPolicy: {ingres: Allowed}", "networkPolicy.ingres: is no field of it"],
    ["networkpolicy: {}", "networkpolicy: is no field of it"],
    [
      "limitRange: {limits: [{type: Container, max: {cpu: '1'}, min: {cpu: '2'}}]}",
      "limitRange.limits[0]: min is more than max",
    ],
    ["- a", "the whole: must be of type object"],
    ["a: [", "is no YAML"],
  ])("%s", async (text, said) => {
    const path = join(folder, "defaults.yaml");
    await Bun.write(path, text);
    const { code, stdout, stderr } = await typed(`run --environment-defaults ${path}`);
    expect({ code, stdout }).toEqual({ code: 2, stdout: "" });
    expect(stderr).toContain(`error: --environment-defaults: ${path}`);
    expect(stderr).toContain(said);
    expect(stderr).toContain("next: projectgitops run --help");
  });
});
