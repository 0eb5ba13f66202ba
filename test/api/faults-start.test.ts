import { afterAll, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { freePort, run, scratchFolder, sharedCluster, uniqueName } from "../cluster/index.ts";

const MAIN = join(import.meta.dir, "..", "..", "src", "main.ts");
const folder = scratchFolder("start");

/** `projectgitops run` with this kubeconfig, to its end. */
const start = (kubeconfig: string, ...args: string[]) =>
  run([process.execPath, MAIN, "run", "--kubeconfig", kubeconfig, "--listen", "127.0.0.1:0", ...args]);

function file(content: string | object): string {
  const path = join(folder, uniqueName("kubeconfig"));
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
  return path;
}

const config = (cluster: object, user: object = {}) => ({
  apiVersion: "v1",
  kind: "Config",
  clusters: [{ name: "c", cluster: { server: "https://127.0.0.1:6443", ...cluster } }],
  users: [{ name: "u", user }],
  contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
  "current-context": "x",
});

/** A certificate and key that belong to nobody here, to be broken in one place each. */
const { certs } = await sharedCluster();
const pem = async (name: string) => await Bun.file(join(certs, name)).text();
const [ca, cert, key] = await Promise.all([pem("ca.crt"), pem("admin.crt"), pem("admin.key")]);
const base64 = (text: string) => Buffer.from(text).toString("base64");
const GARBAGE = "-----BEGIN CERTIFICATE-----\nMIIgarbage\n-----END CERTIFICATE-----\n";

const REFUSED: [string, string, RegExp][] = [
  ["a file that is not there", join(folder, "nowhere"), /nowhere/],
  ["a folder", folder, /start/],
  ["an empty file", file(""), /kubeconfig/],
  ["a file that is no YAML", file("a: [b"), /kubeconfig/],
  ["a file that is no kubeconfig", file({ kind: "Pod" }), /kubeconfig/],
  ["a current-context that is not there", file({ ...config({}), "current-context": "y" }), /y/],
  ["a server that is no URL", file(config({ server: "not a url" })), /server/],
  [
    "a CA that is no base64",
    file(config({ "certificate-authority-data": "%%%" })),
    /certificate-authority-data/,
  ],
  [
    "a CA that is no certificate",
    file(config({ "certificate-authority-data": base64(GARBAGE) })),
    /the CA certificate is not valid PEM/,
  ],
  ["a CA file that is not there", file(config({ "certificate-authority": "missing.crt" })), /missing\.crt/],
  [
    "a client certificate that is none",
    file(config({}, { "client-certificate-data": base64(GARBAGE), "client-key-data": base64(key) })),
    /the client certificate is not valid PEM/,
  ],
  [
    "a client key that is none",
    file(config({}, { "client-certificate-data": base64(cert), "client-key-data": base64("garbage") })),
    /the client key is not valid PEM/,
  ],
  [
    "a client certificate without its key",
    file(config({ "certificate-authority-data": base64(ca) }, { "client-certificate-data": base64(cert) })),
    /client certificate without its key/,
  ],
  ["a token file that is not there", file(config({}, { tokenFile: "missing-token" })), /missing-token/],
  [
    "a server that is not verified, for the operator always does",
    file(config({ "insecure-skip-tls-verify": true }, { token: "t" })),
    /insecure-skip-tls-verify/,
  ],
  [
    "an exec plugin, for the operator starts no child process",
    file(config({}, { exec: { apiVersion: "client.authentication.k8s.io/v1", command: "aws" } })),
    /asks to run "aws"/,
  ],
];

test.each(REFUSED)("%s ends run with one clear error and exit code 2", async (_what, kubeconfig, named) => {
  const { code, stderr } = await start(kubeconfig);
  expect(code).toBe(2);
  const [first = "", ...others] = stderr.trimEnd().split("\n");
  expect(first).toStartWith("error: ");
  expect(stderr).toMatch(named);
  expect(others.filter((line) => !line.startsWith("  "))).toEqual([]);
  expect(stderr).not.toMatch(/\bat .*\.ts:\d+/); // no stack
  expect(stderr).not.toContain("garbage");
});

const FLAGS: [string, string[], RegExp][] = [
  ["an interval that is no duration", ["--poll-interval", "soon"], /--poll-interval/],
  ["an interval that is too short", ["--resync-interval", "1ms"], /--resync-interval/],
  ["a concurrency of none", ["--concurrency", "0"], /--concurrency/],
  ["an address that is none", ["--listen", "here"], /--listen/],
  ["a log level that is none", ["--log-level", "loud"], /--log-level/],
  ["a flag that is not known", ["--pol-interval", "5s"], /--pol-interval/],
];

test.each(FLAGS)("%s ends run with one clear error and exit code 2", async (_what, args, named) => {
  const { kubeconfigPath } = await sharedCluster();
  const { code, stderr } = await start(kubeconfigPath, ...args);
  expect(code).toBe(2);
  expect(stderr.split("\n")[0]).toStartWith("error: ");
  expect(stderr.split("\n")[0]).toMatch(named);
});

const port = await freePort();
const occupied = Bun.serve({ hostname: "127.0.0.1", port, fetch: () => new Response("taken") });
afterAll(() => occupied.stop(true));

test("an address that is in use ends run with one clear error and exit code 2", async () => {
  const { kubeconfigPath } = await sharedCluster();
  const { code, stderr } = await start(kubeconfigPath, "--listen", `127.0.0.1:${port}`);
  expect(code).toBe(2);
  expect(stderr.split("\n")[0]).toMatch(/^error: .*--listen.*in use/);
});
