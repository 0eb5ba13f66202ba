import { describe, expect, test } from "bun:test";
import { apiUrlOf } from "../../../src/api/generate.ts";
import { readGeneratedState, repositoryPath } from "../../../src/api/generated.ts";
import { parseProject } from "../../../src/api/schema.ts";
import { CREDENTIAL_ACCEPTED, CREDENTIAL_REFUSALS, generate } from "../../api/admission-credential-cases.ts";
import { object } from "../../api/admission-support.ts";

/** test/api/admission.test.ts asks the API server the same. */
describe("spec.git.credential refuses", () => {
  for (const { what, spec, path, says } of CREDENTIAL_REFUSALS)
    test(what, () => {
      const parsed = parseProject(object(spec, "shop"));
      const problems = parsed.ok ? [] : parsed.problems;
      const problem = problems.find(({ message }) => message.includes(says));
      expect(problem ?? problems).toMatchObject({ path });
    });
});

describe("spec.git.credential accepts", () => {
  for (const [what, spec] of CREDENTIAL_ACCEPTED)
    test(what, () => expect(parseProject(object(spec, "shop"))).toMatchObject({ ok: true }));
});

test("what is left out of generate is decided: a read-only deploy key, 720h, an hour of overlap", () => {
  const parsed = parseProject(object(generate(), "shop"));
  expect(parsed.ok && parsed.project.spec.git.credential?.generate).toEqual({
    provider: "gitea",
    apiURL: "https://git.example.com",
    hostCredentialRef: { name: "host" },
    kind: "deployKey",
    readOnly: true,
    rotation: { interval: "720h", overlap: "1h" },
    revokeTimeout: "10m",
    onOrphan: "Keep",
  });
});

test("a provider's public address is known, and apiURL goes before it", () => {
  expect(apiUrlOf({ provider: "github" })).toBe("https://github.com");
  expect(apiUrlOf({ provider: "gitlab" })).toBe("https://gitlab.com");
  expect(apiUrlOf({ provider: "forgejo" })).toBe("https://codeberg.org");
  expect(apiUrlOf({ provider: "github", apiURL: "https://ghe.example.com" })).toBe("https://ghe.example.com");
});

test("a repository's path is what stands after the host", () => {
  for (const [url, path] of [
    ["ssh://git@git.example.com:2222/acme/shop.git", "acme/shop"],
    ["https://git.example.com/acme/shop", "acme/shop"],
    ["https://gitlab.com/group/sub/shop.git/", "group/sub/shop"],
  ] as const)
    expect(repositoryPath({ url })).toBe(path);
});

describe("the annotation of a generated credential", () => {
  const target = {
    provider: "gitea",
    apiURL: "https://h",
    path: "acme/shop",
    gitHost: "h",
    kind: "deployKey",
    readOnly: true,
  };
  const slot = {
    target,
    id: "ab3",
    title: "t",
    createdAt: "2026-11-22T06:00:00Z",
    hostCredential: "host",
  };

  test("is read as it was written", () => {
    const state = { uid: "u", current: slot, rotate: "1" };
    expect(readGeneratedState(JSON.stringify(state)) as unknown).toEqual(state);
  });

  test("is none where it is absent, broken, or of another form", () => {
    for (const text of [undefined, "", "{", "null", "[]", "{}", '{"uid":7}', '{"uid":"u","current":{}}'])
      expect(readGeneratedState(text)).toBeUndefined();
  });
});
