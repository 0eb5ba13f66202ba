import { describe, expect, test } from "bun:test";
import { ANNOTATIONS } from "../../../src/api/names.ts";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { keptByPeople } from "../../../src/cli/credential/own.ts";
import { credentialDetails, type SeenEnvironment } from "../../../src/cli/credential/report.ts";
import { credentialText } from "../../../src/cli/credential/text.ts";
import { standing } from "../../../src/cli/credential/until-rotated.ts";
import { lifeTroubleOf } from "../../../src/cli/diagnose/credential/life.ts";
import { CliError } from "../../../src/cli/errors.ts";
import type { CredentialReport } from "../../../src/cli/status/credential.ts";
import { statusText } from "../../../src/cli/status/text.ts";
import { credentialReady, FAILURE, NOW, project, TITLE, TOLD } from "./credential-support.ts";

const REPORT: CredentialReport = {
  secret: "platform/shop-git-credential",
  kind: "ssh",
  fingerprint: "SHA256:9bcExample",
  createdAt: "2026-11-10T12:00:00Z",
  expiresAt: null,
  problem: null,
  generated: {
    kind: "deployKey",
    provider: "gitea",
    title: TITLE,
    url: TOLD.url ?? "",
    lastRotated: "2026-11-10T12:00:00Z",
    nextRotation: "2026-12-10T12:00:00Z",
    failure: null,
  },
};

const environment = (name: string, more: Partial<SeenEnvironment> = {}): SeenEnvironment => ({
  name,
  namespace: `project-shop-${name}`,
  copy: "found",
  source: "found",
  version: "k7m2x9q4wz",
  health: { ready: "True", message: "stored artifact" },
  ...more,
});
const io = { colour: false, columns: undefined, now: () => NOW, name: "projectgitops" };
const NOTHING_ELSE = { changedAt: null, unseen: [] };

describe("credential show", () => {
  test("tells of each environment whether it has the credential in force, and what Flux says", () => {
    const seen = [
      environment("development"),
      environment("staging", {
        version: "before",
        health: { ready: "Unknown", message: "waiting for Flux" },
      }),
      environment("production", { copy: "missing", source: "missing", health: undefined }),
      environment("test", { source: "closed", health: undefined }),
    ];
    const { environments } = credentialDetails(project(), REPORT, undefined, seen, NOTHING_ELSE);
    expect(environments.map(({ name, holds, ready, message }) => [name, holds, ready, message])).toEqual([
      ["development", "current", "True", ""],
      ["staging", "earlier", "Unknown", "waiting for Flux"],
      ["production", "none", null, "there is no GitRepository"],
      ["test", "unknown", null, "you may not read the GitRepository"],
    ]);
  });

  test("of people's own Secret compares with its version, and knows nothing where it may not be read", () => {
    const own = project(null, [], { credential: { secretRef: { name: "shop-git" } } });
    const report = { ...REPORT, generated: null };
    const seen = [environment("development", { version: "17" })];
    const holds = (secret: object | undefined) =>
      credentialDetails(own, report, secret, seen, NOTHING_ELSE).environments[0]?.holds;
    expect(holds({ metadata: { resourceVersion: "17" } })).toBe("current");
    expect(holds({ metadata: { resourceVersion: "18" } })).toBe("earlier");
    expect(holds(undefined)).toBe("unknown");
  });

  test("tells what is being made and what is still to be revoked", () => {
    const target = {
      ...{
        provider: "gitea",
        apiURL: "https://git.example.com",
        path: "acme/shop",
        gitHost: "git.example.com",
      },
      ...{ kind: "deployKey", readOnly: true },
    };
    const slot = (id: string) => ({
      ...{ target, id, title: `t ${id}`, createdAt: TOLD.lastRotated, hostCredential: "host" },
    });
    const state = { uid: "u1", current: slot("b"), next: slot("c"), previous: slot("a") };
    const annotations = {
      [ANNOTATIONS.generated]: JSON.stringify(state),
      [ANNOTATIONS.gitHosts]: "git.example.com",
    };
    const seen = [environment("development", { version: "b" })];
    const details = credentialDetails(project(), REPORT, { metadata: { annotations } }, seen, NOTHING_ELSE);
    expect(details.credential).toMatchObject({ next: "t c", previous: "t a", gitHosts: ["git.example.com"] });
    expect(details.environments[0]?.holds).toBe("current");
  });

  test("is one line a thing, the answer first", () => {
    const details = credentialDetails(
      project(),
      REPORT,
      undefined,
      [environment("development")],
      NOTHING_ELSE,
    );
    expect(credentialText(details, io)).toBe(`platform/shop  deploy key  ✓ Ready
  secret       platform/shop-git-credential
  provider     gitea
  title        "${TITLE}"
  at the host  https://git.example.com/acme/shop/settings/keys
  fingerprint  SHA256:9bcExample
  made         12d ago (2026-11-10T12:00:00Z)
  rotation     in 18d (2026-12-10T12:00:00Z)

  ENVIRONMENT  NAMESPACE                 CREDENTIAL  FLUX     MESSAGE
  development  project-shop-development  current     ✓ Ready
`);
  });

  test("has a failure in red on a terminal, with what the host said and when it is tried again", () => {
    const failing = project({ ...TOLD, failure: FAILURE }, [credentialReady("False", "HostUnauthorized")]);
    const report = { ...REPORT, generated: REPORT.generated && { ...REPORT.generated, failure: FAILURE } };
    const details = credentialDetails(failing, report, undefined, [], NOTHING_ELSE);
    const text = credentialText(details, { ...io, colour: true });
    expect(text).toContain(
      `  failure      \u001b[31m✗ HostUnauthorized, since 3h: ${FAILURE.message}\u001b[0m\n`,
    );
    expect(text).toContain("  tried again  in 5m\n");
  });

  test("says which look was not permitted", () => {
    const about = { changedAt: null, unseen: ["get secrets platform/shop-git-credential"] };
    const details = credentialDetails(project(), REPORT, undefined, [], about);
    expect(credentialText(details, io)).toEndWith(
      "note: you may not get secrets platform/shop-git-credential\n",
    );
  });

  test("of a public repository says that there is none", () => {
    const git = { url: "https://github.com/acme/shop.git", credential: undefined };
    const details = credentialDetails(project(null, [], git), null, undefined, [], NOTHING_ELSE);
    expect(details).toMatchObject({ credential: null, environments: [] });
    expect(credentialText(details, io)).toBe(
      "platform/shop  no credential: https://github.com/acme/shop.git is a public repository\n",
    );
  });
});

describe("credential rotate --wait", () => {
  const before = project();
  const other = { ...TOLD, title: `${TITLE}2`, lastRotated: "2026-11-22T12:00:01Z" };
  const look = (after: ProjectGitOps | undefined, from = before) => standing(from, after, io);

  test("ends when another credential is in force and proved", () => {
    const after = project(other);
    expect(look(after)).toEqual({ answer: after });
  });

  test("waits while the old one is in force, and while Flux has not fetched with the new one", () => {
    expect(look(project())).toEqual({ waitingFor: "the operator to make it" });
    const unproved = project(other, [credentialReady("Unknown", "CredentialUnproved", "waiting for Flux")]);
    expect(look(unproved)).toEqual({ waitingFor: "waiting for Flux" });
  });

  test("says that a rotation that is not over has to end first", () => {
    const young = { ...TOLD, lastRotated: "2026-11-22T11:30:00Z" };
    const { waitingFor } = look(project(young), project(young)) as { waitingFor: string };
    expect(waitingFor).toContain("30m ago, is not over yet, that is in 30m");
  });

  test("ends with the host's words where it fails, but not for what failed before it was asked for", () => {
    const condition = credentialReady("False", "HostUnauthorized", `${FAILURE.message}; the old one stays`);
    const after = project({ ...TOLD, failure: FAILURE }, [condition]);
    const error = thrown(() => look(after));
    expect({ exitCode: error.exitCode, details: error.details }).toEqual({
      exitCode: 1,
      details: [`${FAILURE.message}; the old one stays`],
    });
    const known = project({ ...TOLD, failure: FAILURE });
    expect(look(after, known)).toEqual({ waitingFor: `HostUnauthorized: ${FAILURE.message}` });
    const again = project({ ...TOLD, failure: { ...FAILURE, retryAt: "2026-11-22T12:10:00Z" } });
    expect(thrown(() => look(again, known)).exitCode).toBe(1);
  });

  test("waits for a host that is busy", () => {
    const busy = { ...FAILURE, reason: "HostRateLimited", message: "429" };
    expect(look(project({ ...TOLD, failure: busy }))).toEqual({ waitingFor: "HostRateLimited: 429" });
  });

  test("ends where Flux refuses the new one, and where the project is gone or suspended", () => {
    const refused = project(other, [credentialReady("False", "CredentialUnproved", "Flux says: no")]);
    expect(thrown(() => look(refused)).details).toEqual(["Flux says: no"]);
    expect(thrown(() => look(undefined)).details).toEqual(["it was deleted"]);
    const suspended = project();
    suspended.spec.suspend = true;
    expect(thrown(() => look(suspended)).details).toEqual(["it is suspended"]);
  });
});

describe("of a Secret that people keep", () => {
  const own = (url: string) => project(null, [], { url, credential: { secretRef: { name: "shop-git" } } });

  test("rotate says how, in the order in which no fetch fails", () => {
    const error = keptByPeople(own("git@github.com:acme/shop.git"), "rotate");
    expect(error.exitCode).toBe(2);
    expect(error.details.filter((line) => /^\d/.test(line)).map((line) => line.slice(0, 40))).toEqual([
      "1. make a new key: ssh-keygen -t ed25519",
      "2. register deploy-key.pub at github.com",
      "3. put it into the Secret, by the comman",
      "4. wait until `projectgitops credential ",
      "5. remove the old one at github.com",
    ]);
    expect(error.next).toStartWith(
      "kubectl create secret generic shop-git -n platform --from-file=identity=",
    );
  });

  test("revoke has the old one removed first", () => {
    const error = keptByPeople(own("https://github.com/acme/shop.git"), "revoke");
    expect(error.details[1]).toStartWith("1. revoke the token at github.com");
    expect(error.next).toContain("--from-file=password=./token");
  });

  test("of a public repository there is nothing to rotate", () => {
    const git = { url: "https://github.com/acme/shop.git", credential: undefined };
    expect(keptByPeople(project(null, [], git), "rotate").message).toContain("has no credential to rotate");
  });
});

describe("what diagnose makes of a credential's life", () => {
  const ready = (reason: string) => ({
    ...credentialReady("False", reason, "the host says no"),
    type: "Ready",
  });
  const next = { ...TOLD, lastRotated: undefined, nextRotation: undefined, failure: FAILURE };

  test.each([
    ["a set-up that waits for the host", project(next as never, [ready("HostUnauthorized")]), "notMade"],
    [
      "a missing host credential, before anything is kept",
      project(null, [ready("CredentialMissing")]),
      "notMade",
    ],
    [
      "another repository, for which the host makes none",
      project({ ...TOLD, failure: FAILURE }, [ready("HostForbidden")]),
      "notMade",
    ],
    [
      "a rotation that fails while the project is Ready",
      project({ ...TOLD, failure: FAILURE }),
      "rotationFailed",
    ],
  ])("%s", (_, given, kind) => {
    expect(lifeTroubleOf(given)?.kind).toBe(kind as "notMade");
  });

  test("nothing of one that goes its way, of one that people keep, and of a project on its way out", () => {
    expect(lifeTroubleOf(project())).toBeUndefined();
    const own = { credential: { secretRef: { name: "shop-git" } } };
    expect(lifeTroubleOf(project(null, [ready("CredentialMissing")], own))).toBeUndefined();
    const failing = project({ ...TOLD, failure: FAILURE });
    const leaving = {
      ...failing,
      metadata: { ...failing.metadata, deletionTimestamp: "2026-11-22T12:00:00Z" },
    };
    expect(lifeTroubleOf(leaving)).toBeUndefined();
  });

  test("nothing of a copy that was changed by hand, which fails nowhere in its life", () => {
    expect(lifeTroubleOf(project(TOLD, [ready("CredentialInvalid")]))).toBeUndefined();
  });
});

test("status tells when it is rotated next, and of a failure with what the host said", () => {
  const report = (failure: typeof FAILURE | null) =>
    statusText(
      {
        project: {
          ...{ namespace: "platform", name: "shop", projectId: "shop", generation: 1, seen: 1 },
          ...{ url: "ssh://git@git.example.com/acme/shop.git", ref: "main", lastRequest: null },
        },
        phase: "COMPLETED",
        ready: { status: "True", reason: "Completed", message: "", since: "2026-11-22T11:00:00Z" },
        credential: { ...REPORT, generated: REPORT.generated && { ...REPORT.generated, failure } },
        environments: [],
        nextLook: { at: null, what: "the operator looks" },
        events: [],
      },
      io,
    );
  expect(report(null)).toContain(
    "  credential  Secret platform/shop-git-credential  deploy key  SHA256:9bcExample  made 12d ago, next rotation in 18d\n",
  );
  expect(report(FAILURE)).toContain(`\n              ✗ HostUnauthorized, since 3h: ${FAILURE.message}\n`);
});

function thrown(work: () => unknown): CliError {
  try {
    work();
  } catch (error) {
    if (error instanceof CliError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
