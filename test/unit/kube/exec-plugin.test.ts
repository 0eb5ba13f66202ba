import { afterAll, beforeAll, beforeEach, describe, expect, test } from "bun:test";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BunK8sClient, type ExecConfig, TransportError } from "../../../src/kube/index.ts";
import { type FakeServer, startFakeServer, status } from "./fake-server.ts";

const folder = mkdtempSync(join(tmpdir(), "exec-plugin-"));
const runs = join(folder, "runs");
const v1 = "client.authentication.k8s.io/v1";
let server: FakeServer;
let refused = "";

beforeAll(async () => {
  server = await startFakeServer((request, reply) => {
    const token = request.headers.get("authorization") ?? "";
    if (token === refused) return reply.json(401, status(401, "Unauthorized"));
    return reply.json(200, { gitVersion: request.clientName ?? token });
  });
});
beforeEach(() => {
  refused = "";
  rmSync(runs, { force: true });
});
afterAll(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});

/** A plugin that notes each run and answers with `credential`; `N` in it is the number of the run. */
function plugin(credential: object, more: Partial<ExecConfig> = {}, shell = ""): ExecConfig {
  const answer = JSON.stringify({
    kind: "ExecCredential",
    apiVersion: more.apiVersion ?? v1,
    status: credential,
  });
  const path = join(folder, `plugin-${Bun.hash(answer + shell)}`);
  const note = `echo "$KUBERNETES_EXEC_INFO" >> ${runs}\nN=$(wc -l < ${runs} | tr -d ' ')\n`;
  writeFileSync(path, `#!/bin/sh\n${note}${shell}\ncat <<END\n${answer.replaceAll("#N", "$N")}\nEND\n`, {
    mode: 0o755,
  });
  return { apiVersion: v1, command: path, ...more };
}

const clientWith = (exec: ExecConfig, now: () => number = Date.now) =>
  new BunK8sClient({ ...server.config, credential: { exec } }, { now });
const runCount = () => (existsSync(runs) ? readFileSync(runs, "utf8").trim().split("\n").length : 0);

describe("an exec plugin", () => {
  test.each([v1, "client.authentication.k8s.io/v1beta1"] as const)(
    "of version %s gives the token",
    async (apiVersion) => {
      const client = clientWith(plugin({ token: "from-plugin" }, { apiVersion }));
      expect((await client.version()).gitVersion).toBe("Bearer from-plugin");
    },
  );

  test("runs once for many calls at the same time, and not again until its credential expires", async () => {
    const clock = { now: Date.parse("2026-01-01T00:00:00Z") };
    const exec = plugin({ token: "token-#N", expirationTimestamp: "2026-01-01T00:10:00Z" });
    const client = clientWith(exec, () => clock.now);
    await Promise.all(Array.from({ length: 8 }, () => client.version()));
    clock.now += 599_000;
    expect((await client.version()).gitVersion).toBe("Bearer token-1");
    expect(runCount()).toBe(1);
    clock.now += 2_000;
    expect((await client.version()).gitVersion).toBe("Bearer token-2");
  });

  test("runs again when its token is refused, and the call is repeated", async () => {
    const client = clientWith(plugin({ token: "token-#N" }));
    refused = "Bearer token-1";
    expect((await client.version()).gitVersion).toBe("Bearer token-2");
    expect(runCount()).toBe(2);
  });

  test("can give a client certificate", async () => {
    const { authority } = server;
    const tls = {
      ...(await authority.issue()),
      ca: authority.caPem,
      requestCert: true,
      rejectUnauthorized: true,
    };
    const strict = await startFakeServer(
      (request, reply) => reply.json(200, { gitVersion: request.clientName }),
      { authority, tls },
    );
    const pair = await authority.issue({ commonName: "jane" });
    const exec = plugin({ clientCertificateData: pair.cert, clientKeyData: pair.key });
    const client = new BunK8sClient({ ...strict.config, credential: { exec } });
    expect((await client.version()).gitVersion).toBe("jane");
    await strict.stop();
  });

  test("is told about the cluster when it asks, and that nobody is there to be asked", async () => {
    await clientWith(
      plugin({ token: "t" }, { provideClusterInfo: true, clusterConfig: { audience: "x" } }),
    ).version();
    const info = JSON.parse(readFileSync(runs, "utf8"));
    expect(info).toMatchObject({
      apiVersion: v1,
      kind: "ExecCredential",
      spec: { interactive: false, cluster: { server: server.url, config: { audience: "x" } } },
    });
    expect(Buffer.from(info.spec.cluster["certificate-authority-data"], "base64").toString()).toBe(
      server.authority.caPem,
    );
  });

  test("gets its arguments, and the environment with its own additions", async () => {
    const exec = plugin({ token: "$1-$WHO" }, { args: ["arg"], env: [{ name: "WHO", value: "jane" }] });
    expect((await clientWith(exec).version()).gitVersion).toBe("Bearer arg-jane");
  });

  test("that wants a terminal is refused", () => {
    expect(() => clientWith(plugin({}, { interactiveMode: "Always" }))).toThrow(/wants a terminal/);
  });
});

describe("an exec plugin that fails is named, with what it said, and without its token", () => {
  const failure = async (exec: ExecConfig): Promise<TransportError> => {
    const error = await clientWith(exec)
      .createNamespace("x")
      .catch((error: unknown) => error);
    expect(error).toBeInstanceOf(TransportError);
    expect(error).toMatchObject({ code: "exec-plugin", outcome: "not-sent" });
    expect(Bun.inspect(error)).not.toContain("hunter2");
    return error as TransportError;
  };

  test("not there", async () => {
    const error = await failure({
      apiVersion: v1,
      command: "no-such-plugin",
      installHint: "brew install it",
    });
    expect(error.message).toContain('exec plugin "no-such-plugin": no-such-plugin cannot be started');
    expect(error.message).toContain("brew install it");
  });

  test("hangs past the deadline of the call", async () => {
    const client = clientWith(plugin({}, {}, "exec sleep 5"));
    const error = await client.createNamespace("x", { timeoutMs: 200 }).catch((error: unknown) => error);
    expect(error).toMatchObject({
      code: "timeout",
      outcome: "not-sent",
      message: expect.stringContaining("no credential within 200 ms"),
    });
  });

  test("ends with an error", async () => {
    const token = `hunter2${"x".repeat(60)}`;
    const error = await failure(plugin({}, {}, `echo "not logged in ${token}" >&2; exit 3`));
    expect(error.message).toContain("exit code 3: not logged in […]");
  });

  test("says no JSON", async () => {
    expect((await failure(plugin({}, {}, "echo hunter2; exit 0"))).message).toContain(
      "its output is not JSON",
    );
  });

  test("answers in another version", async () => {
    const exec = plugin({ token: "hunter2" });
    const error = await failure({ ...exec, apiVersion: "client.authentication.k8s.io/v1beta1" });
    expect(error.message).toContain("it answers in another version");
  });

  test("gives nothing", async () => {
    expect((await failure(plugin({}))).message).toContain("neither a token nor a client certificate");
  });
});
