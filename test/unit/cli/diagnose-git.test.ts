import { describe, expect, test } from "bun:test";
import { redactor } from "../../../src/api/redact.ts";
import { causeIn, classify, isNameLookup } from "../../../src/cli/diagnose/git/classify.ts";
import { foldersOf, nearestFolder } from "../../../src/cli/diagnose/git/folders.ts";
import { parseRefs } from "../../../src/cli/diagnose/git/remote-refs.ts";
import { newest } from "../../../src/cli/diagnose/git/versions.ts";
import { quoted } from "../../../src/cli/shell.ts";
import { advertisement } from "../../api/diagnose/git-support.ts";

const CLONE =
  "failed to checkout and determine revision: unable to clone 'ssh://git@github.com/acme/shop.git': ";

describe("a message of Flux", () => {
  const TOLD: [string, string][] = [
    [
      "ssh: handshake failed: ssh: unable to authenticate, attempted methods [none publickey], no supported methods remain",
      "KeyRefused",
    ],
    ["ssh: handshake failed: knownhosts: key mismatch", "HostKeyChanged"],
    ["ssh: handshake failed: knownhosts: key is unknown", "HostKeyUnknown"],
    ["dial tcp: lookup githbu.com on 10.96.0.10:53: no such host", "GitHostNotFound"],
    [
      "dial tcp: lookup github.com on 10.96.0.10:53: read udp 10.1.2.3:5->10.96.0.10:53: i/o timeout",
      "GitHostTimeout",
    ],
    ["dial tcp 192.0.2.1:22: i/o timeout", "GitHostTimeout"],
    ["context deadline exceeded", "GitHostTimeout"],
    ["dial tcp 127.0.0.1:1: connect: connection refused", "GitConnectionRefused"],
    [
      'Get "https://h/x/info/refs?service=git-upload-pack": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      "GitCertificateUntrusted",
    ],
    ["authentication required: Repository not found.", "TokenRefused"],
    ["authorization failed: ", "TokenRefused"],
    ["repository not found: git repository: 'URL'", "RepositoryNotFound"],
    ["invalid pkt-len found", "RepositoryNotFound"],
    ["net/http: TLS handshake timeout", "GitHostTimeout"],
    ["remote repository is empty: git repository: 'URL'", "RepositoryEmpty"],
    ['couldn\'t find remote ref "refs/heads/trunk"', "BranchNotFound"],
    ['couldn\'t find remote ref "refs/tags/v9"', "TagNotFound"],
    ["no match found for semver: 9.x", "SemverNotMatched"],
    ["something else", "SourceFailing"],
  ];
  test.each(TOLD)("%s is %s", (tail, id) => {
    expect(classify(`${CLONE}${tail}`)).toBe(id as never);
  });

  test("of a name server that does not answer is known as such", () => {
    expect(isNameLookup("dial tcp: lookup github.com on 10.96.0.10:53: i/o timeout")).toBe(true);
    expect(isNameLookup("dial tcp 192.0.2.1:22: i/o timeout")).toBe(false);
  });

  test("is told without the way to its cause, in one line", () => {
    expect(causeIn(`${CLONE}repository\n  not found`, redactor([]))).toBe("repository not found");
    expect(causeIn("unable to list remote for 'https://h/x': EOF", redactor([]))).toBe("EOF");
  });

  test("is told without what the host itself says where the secrets are not known, and masked where they are", () => {
    const said = `${CLONE}authentication required: the token tkn-1234567 has expired`;
    expect(causeIn(said, undefined)).toBe("authentication required");
    expect(causeIn(said, redactor(["tkn-1234567"]))).toBe(
      "authentication required: the token [redacted] has expired",
    );
  });
});

describe("the folders of a repository", () => {
  const FILES = [
    "k8s/base/kustomization.yaml",
    "k8s/base/app.yaml",
    "k8s/overlays/development/kustomization.yaml",
    "k8s/overlays/production/kustomization.yml",
    "k8s/overlays/stage/Kustomization",
    "charts/values.yaml",
    ".github/workflows/ci.yaml",
  ];
  const folders = foldersOf(FILES);

  test("are those that hold manifests, with a kustomization first, and no hidden ones", () => {
    expect(folders).toEqual([
      { path: "k8s/base", hasKustomization: true },
      { path: "k8s/overlays/development", hasKustomization: true },
      { path: "k8s/overlays/production", hasKustomization: true },
      { path: "k8s/overlays/stage", hasKustomization: true },
      { path: "charts", hasKustomization: false },
    ]);
  });

  const NEAREST: [string, string, string | undefined][] = [
    ["./k8s/overlays/prodction", "live", "k8s/overlays/production"],
    ["./k8s/overlays/Production/", "live", "k8s/overlays/production"],
    ["./K8S/Overlays/stage", "staging", "k8s/overlays/stage"],
    ["./deploy/production", "live", "k8s/overlays/production"],
    ["./deploy/live", "production", "k8s/overlays/production"],
    ["./k8s/overlays/staging", "staging", "k8s/overlays/stage"],
    ["./something/else", "qa", undefined],
  ];
  test.each(NEAREST)("have %s (environment %s) nearest to %p", (wanted, environment, near) => {
    expect(nearestFolder(wanted, environment, folders, [])).toBe(near as never);
  });

  test("that another environment deploys are never offered", () => {
    expect(
      nearestFolder("./k8s/overlays/prodction", "live", folders, ["./k8s/overlays/production/"]),
    ).not.toBe("k8s/overlays/production");
  });
});

describe("what a git host advertises", () => {
  test("is read as branches, tags and the branch of HEAD", () => {
    const refs = [
      "refs/heads/trunk",
      "refs/heads/feature/x",
      "refs/tags/v1.0.0",
      "refs/tags/v1.0.0^{}",
      "refs/pull/1/head",
    ];
    expect(parseRefs(Buffer.from(advertisement(refs)))).toEqual({
      branches: ["trunk", "feature/x"],
      tags: ["v1.0.0"],
      head: "trunk",
    });
  });

  test("is read as far as it came, and refused where it is something else", () => {
    const whole = advertisement(["refs/heads/trunk", "refs/heads/other"]);
    expect(parseRefs(Buffer.from(whole.slice(0, -20))).branches).toEqual(["trunk"]);
    expect(() => parseRefs(Buffer.from("<html>Sign in</html>"))).toThrow("no advertisement");
  });
});

test("the newest tag is the highest version, with a suffix only where there is no other", () => {
  expect(newest(["v1.9.0", "v1.10.0", "v2.0.0-rc.1", "latest"])).toBe("v1.10.0");
  expect(newest(["v2.0.0-rc.1", "nightly"])).toBe("v2.0.0-rc.1");
  expect(newest(["nightly"])).toBeUndefined();
});

test("a word of a shell is one word, whatever is in it", () => {
  expect(quoted("it's $(rm -rf)")).toBe(`'it'\\''s $(rm -rf)'`);
});
