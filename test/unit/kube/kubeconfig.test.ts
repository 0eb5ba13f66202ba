import { afterAll, describe, expect, test } from "bun:test";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { BunK8sClient, ConfigError, configFromKubeconfig } from "../../../src/kube/index.ts";

const folder = mkdtempSync(join(tmpdir(), "kubeconfig-"));
afterAll(() => rmSync(folder, { recursive: true }));

const base64 = (text: string) => Buffer.from(text).toString("base64");
let count = 0;

function file(content: string, name = `config-${count++}`): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, content);
  return path;
}

const read = (content: string, context?: string) => configFromKubeconfig(file(content), context);

function kubeconfig(cluster: string, user = "{}", context = "{cluster: c, user: u}"): string {
  return `apiVersion: v1
kind: Config
current-context: x
contexts: [{name: x, context: ${context}}]
clusters: [{name: c, cluster: ${cluster}}]
users: [{name: u, user: ${user}}]
`;
}

describe("a kubeconfig", () => {
  test("in the form that K3s writes: inline data, everything named default", () => {
    const config = read(`apiVersion: v1
clusters:
- cluster:
    certificate-authority-data: ${base64("CA")}
    server: https://127.0.0.1:6443
  name: default
contexts:
- context:
    cluster: default
    user: default
  name: default
current-context: default
kind: Config
preferences: {}
users:
- name: default
  user:
    client-certificate-data: ${base64("CERT")}
    client-key-data: ${base64("KEY")}
`);
    expect(config).toEqual({
      server: "https://127.0.0.1:6443",
      namespace: "default",
      ca: "CA",
      credential: { clientCertificate: "CERT", clientKey: "KEY" },
    });
  });

  test("as JSON", () => {
    const json = {
      "current-context": "x",
      contexts: [{ name: "x", context: { cluster: "c" } }],
      clusters: [{ name: "c", cluster: { server: "https://h" } }],
    };
    expect(read(JSON.stringify(json))).toEqual({ server: "https://h", namespace: "default" });
  });

  test("resolves relative paths from its own folder", () => {
    const path = file(
      kubeconfig(
        "{server: 'https://h', certificate-authority: certs/ca.crt}",
        "{client-certificate: ./me.crt, client-key: ../me.key, tokenFile: token}",
      ),
      "deep/er/config",
    );
    expect(configFromKubeconfig(path)).toMatchObject({
      caFile: join(folder, "deep/er/certs/ca.crt"),
      credential: {
        clientCertificateFile: join(folder, "deep/er/me.crt"),
        clientKeyFile: join(folder, "deep/me.key"),
        tokenFile: join(folder, "deep/er/token"),
      },
    });
  });

  test("inline data wins over a file, as in client-go", () => {
    const config = read(
      kubeconfig(
        `{server: 'https://h', certificate-authority: ca.crt, certificate-authority-data: ${base64("CA")}}`,
      ),
    );
    expect(config.ca).toBe("CA");
    expect(config.caFile).toBeUndefined();
  });

  test("carries namespace, tls-server-name, proxy-url, skip-tls-verify and compression", () => {
    const config = read(
      kubeconfig(
        "{server: 'https://h/prefix', tls-server-name: k8s, proxy-url: 'http://p:1', insecure-skip-tls-verify: true, disable-compression: true}",
        "{token: t}",
        "{cluster: c, user: u, namespace: shop}",
      ),
    );
    expect(config).toEqual({
      server: "https://h/prefix",
      tlsServerName: "k8s",
      proxyUrl: "http://p:1",
      insecureSkipTlsVerify: true,
      disableCompression: true,
      namespace: "shop",
      credential: { token: "t" },
    });
  });

  test("carries whom to act as", () => {
    const config = read(
      kubeconfig(
        "{server: 'https://h'}",
        "{as: jane, as-uid: '7', as-groups: [a, b], as-user-extra: {scopes: [x, y]}}",
      ),
    );
    expect(config.impersonate).toEqual({
      user: "jane",
      uid: "7",
      groups: ["a", "b"],
      extra: { scopes: ["x", "y"] },
    });
  });

  test("another context can be chosen", () => {
    const two = `current-context: a
contexts: [{name: a, context: {cluster: a}}, {name: b, context: {cluster: b, namespace: nb}}]
clusters: [{name: a, cluster: {server: 'https://a'}}, {name: b, cluster: {server: 'https://b'}}]`;
    expect(read(two).server).toBe("https://a");
    expect(read(two, "b")).toMatchObject({ server: "https://b", namespace: "nb" });
  });

  test("without a current-context its only context is taken", () => {
    const config = read(kubeconfig("{server: 'https://h'}").replace("current-context: x\n", ""));
    expect(config.server).toBe("https://h");
  });
});

describe("several files in KUBECONFIG", () => {
  const env = (...paths: string[]) => ({ KUBECONFIG: paths.join(":") });

  test("are merged as kubectl does: the first to name something wins, missing files are passed over", () => {
    const first = file(`current-context: x
users: [{name: u, user: {token: first}}]`);
    const second = file(kubeconfig("{server: 'https://second'}", "{token: second}"));
    const third = file(
      kubeconfig("{server: 'https://third'}").replace("current-context: x", "current-context: other"),
    );
    const config = configFromKubeconfig(
      undefined,
      undefined,
      env(first, join(folder, "missing"), second, third),
    );
    expect(config).toMatchObject({ server: "https://second", credential: { token: "first" } });
  });

  test("keep each file's own folder for relative paths", () => {
    const clusters = file(
      "clusters: [{name: c, cluster: {server: 'https://h', certificate-authority: ca}}]",
      "one/config",
    );
    const rest = file(kubeconfig("{server: 'https://no'}", "{tokenFile: token}"), "two/config");
    expect(configFromKubeconfig(undefined, undefined, env(clusters, rest))).toMatchObject({
      server: "https://h",
      caFile: join(folder, "one/ca"),
      credential: { tokenFile: join(folder, "two/token") },
    });
  });

  test("none of which exists are an error that names them", () => {
    expect(() => configFromKubeconfig(undefined, undefined, env("/nowhere/a", "/nowhere/b"))).toThrow(
      "none of the files in KUBECONFIG exists: /nowhere/a, /nowhere/b",
    );
  });

  test("without KUBECONFIG it is ~/.kube/config", () => {
    file(kubeconfig("{server: 'https://home'}"), ".kube/config");
    expect(configFromKubeconfig(undefined, undefined, { HOME: folder }).server).toBe("https://home");
  });
});

describe("a kubeconfig that cannot be used is refused in one line that says why", () => {
  const cluster = "{server: 'https://h'}";
  const cases: [string, string, RegExp][] = [
    [
      "a missing context",
      kubeconfig(cluster).replace("x\n", "y\n"),
      /there is no context "y"; known contexts: x$/,
    ],
    [
      "a missing cluster",
      kubeconfig(cluster, "{}", "{cluster: d}"),
      /no cluster "d" of context "x"; known clusters: c$/,
    ],
    [
      "a missing user",
      kubeconfig(cluster, "{}", "{cluster: c, user: v}"),
      /no user "v" of context "x"; known users: u$/,
    ],
    ["a cluster without server", kubeconfig("{}"), /cluster "c" has no server$/],
    [
      "an auth-provider",
      kubeconfig(cluster, "{auth-provider: {name: gcp}}"),
      /auth-provider "gcp" is not supported .* exec plugin/,
    ],
    [
      "broken base64",
      kubeconfig("{server: 'https://h', certificate-authority-data: '%%%'}"),
      /certificate-authority-data is not base64$/,
    ],
    [
      "a token that YAML takes for a number",
      kubeconfig(cluster, "{token: 12345}"),
      /token is not a string; put it in quotes$/,
    ],
    [
      "an old exec version",
      kubeconfig(cluster, "{exec: {apiVersion: client.authentication.k8s.io/v1alpha1, command: x}}"),
      /v1alpha1 is not supported/,
    ],
    ["groups without a user to act as", kubeconfig(cluster, "{as-groups: [a]}"), /need `as`/],
    ["no YAML", "a: [", /is not YAML: see line \d+$/],
    ["a list", "- a", /is not a mapping$/],
    ["an empty file", "", /has no contexts/],
  ];
  for (const [name, content, message] of cases) {
    test(name, () => {
      const error = thrown(() => read(content));
      expect(error).toBeInstanceOf(ConfigError);
      expect(error.message).toMatch(message);
      expect(error.message).not.toContain("\n");
    });
  }

  test("a missing file", () => {
    expect(thrown(() => new BunK8sClient("/nowhere/config")).message).toContain(
      "cannot read kubeconfig /nowhere/config",
    );
  });

  test("a certificate without its key", () => {
    const path = file(kubeconfig(cluster, `{client-certificate-data: ${base64("CERT")}}`));
    expect(thrown(() => new BunK8sClient(path)).message).toContain("client certificate without its key");
  });

  test("a certificate file that is not there", () => {
    const path = file(kubeconfig(cluster, "{client-certificate: me.crt, client-key: me.key}"));
    expect(thrown(() => new BunK8sClient(path)).message).toContain(
      `cannot read the client certificate ${join(folder, "me.crt")}`,
    );
  });

  test("skip-tls-verify together with a CA", () => {
    const path = file(
      kubeconfig(
        `{server: 'https://h', insecure-skip-tls-verify: true, certificate-authority-data: ${base64("CA")}}`,
      ),
    );
    expect(thrown(() => new BunK8sClient(path)).message).toContain("remove one of them");
  });

  test("YAML errors never quote the file, which holds keys", () => {
    const error = thrown(() => read(`users:\n- token: hunter2\n  token: hunter2\n`));
    expect(error.message).toContain("is not YAML");
    expect(Bun.inspect(error)).not.toContain("hunter2");
  });
});

test("skipping verification is warned of, through the hook and the client", () => {
  const told: unknown[] = [];
  const config = { server: "https://h", insecureSkipTlsVerify: true };
  const client = new BunK8sClient(config, { hooks: { onWarning: (event) => told.push(event) } });
  expect(client.warnings[0]).toContain("the identity of https://h is not checked");
  expect(told).toEqual([{ source: "config", text: client.warnings[0] }]);
});

test("an operator refuses a kubeconfig that would start a program", () => {
  const path = file(
    kubeconfig(
      "{server: 'https://h'}",
      "{exec: {apiVersion: client.authentication.k8s.io/v1, command: aws}}",
    ),
  );
  expect(() => new BunK8sClient(path, { execPlugins: false })).toThrow(
    /asks to run "aws" .* which this program never does/,
  );
  expect(() => new BunK8sClient(path)).not.toThrow();
});

function thrown(work: () => unknown): Error {
  try {
    work();
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}
