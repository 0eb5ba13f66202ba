import { describe, expect, test } from "bun:test";
import { redactor } from "../../../../src/api/redact.ts";
import { serverWords } from "../../../../src/git/hosts/server-words.ts";
import { HOST_ERROR_REASONS, HostError } from "../../../../src/git/index.ts";

const SECRET = "tok_0123456789abcdef0123456789ABCDEF";
const mask = redactor([SECRET]);
const CALL = {
  provider: "gitlab",
  host: "gitlab.com",
  request: "GET /api/v4/projects/a%2Fb/deploy_keys",
} as const;

describe("an error", () => {
  test("names provider, host, request, what the host says, and what a person must do", () => {
    const error = new HostError(
      { ...CALL, reason: "HostForbidden", statusCode: 403, serverMessage: "no" },
      mask,
    );
    expect(error.message).toBe(
      "GitLab at gitlab.com: GET /api/v4/projects/a%2Fb/deploy_keys: 403 “no”; give the credential that hostCredentialRef names the right to manage this repository",
    );
    expect(error.isTransient).toBe(false);
  });

  test("says something for every reason, and until when it holds", () => {
    for (const reason of HOST_ERROR_REASONS) {
      const { message } = new HostError({ ...CALL, reason, retryAt: 0 }, mask);
      expect(message).toMatch(new RegExp(`: ${reason} \\(not before 1970-01-01T00:00:00.000Z\\); \\w+`));
    }
  });

  test("masks a secret that lies across the place where the words are cut", () => {
    for (let before = 250; before <= 300; before++) {
      const serverMessage = `${"x".repeat(before)}${SECRET}`;
      const error = new HostError({ ...CALL, reason: "HostRefused", serverMessage }, mask);
      expect(`${error.message}${error.serverMessage}`).not.toContain("tok_");
      expect(error.serverMessage?.length).toBeLessThanOrEqual(300);
    }
  });

  test("masks what it says itself", () => {
    const request = `GET /x/${SECRET}`;
    const error = new HostError({ ...CALL, request, reason: "HostRefused", what: SECRET, fix: SECRET }, mask);
    expect(Bun.inspect(error) + JSON.stringify(error)).not.toContain(SECRET);
  });
});

describe("a host's own words", () => {
  const json = (body: unknown) => serverWords(JSON.stringify(body), "application/json");

  test("are read in each host's form", () => {
    expect(
      json({
        message: "Validation Failed",
        errors: [{ resource: "PublicKey", field: "key", message: "key is already in use" }],
      }),
    ).toBe("Validation Failed: key is already in use");
    expect(
      json({ message: "Validation Failed", errors: [{ resource: "A", field: "b", code: "missing" }] }),
    ).toBe("Validation Failed: A b missing");
    expect(json({ message: { "deploy_key.fingerprint": ["has already been taken"] } })).toBe(
      "deploy_key.fingerprint has already been taken",
    );
    expect(json({ error: "insufficient_scope", error_description: "more is needed", scope: "api" })).toBe(
      "insufficient_scope: more is needed",
    );
    expect(json("no")).toBe("no");
    expect(serverWords("Retry later\n", "text/plain")).toBe("Retry later");
  });

  test("are none where a page for people comes, and not shown where they have no end", () => {
    expect(serverWords("<html>", "text/html; charset=utf-8")).toBeUndefined();
    expect(json({ message: "" })).toBeUndefined();
    expect(json(null)).toBeUndefined();
    expect(json({ message: "x".repeat(5000) })).toBe("(5000 characters, not shown)");
  });

  test("stay on one line, without control characters", () => {
    expect(json({ message: "a\r\nb\u0007\u001b[31mc" })).toBe("a b [31mc");
  });
});
