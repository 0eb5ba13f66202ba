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
