import { describe, expect, test } from "bun:test";
import { assert, constantFrom, integer, option, property, record, stringMatching } from "fast-check";
import { type GitUrl, knownHostsName, parseGitUrl } from "../../../src/api/git-url.ts";

function read(text: string): GitUrl {
  const url = parseGitUrl(text);
  if (url.kind === "refused") throw new Error(url.message);
  return url;
}

describe("what people write becomes what Flux accepts", () => {
  const table: [written: string, flux: string, transport: string, host: string, port: number][] = [
    ["git@github.com:acme/shop.git", "ssh://git@github.com/acme/shop.git", "ssh", "github.com", 22],
    ["git@github.com:/acme/shop.git", "ssh://git@github.com/acme/shop.git", "ssh", "github.com", 22],
    ["git@host:~me/shop.git", "ssh://git@host/~me/shop.git", "ssh", "host", 22],
    [
      "git@ssh.dev.azure.com:v3/o/p/r",
      "ssh://git@ssh.dev.azure.com/v3/o/p/r",
      "ssh",
      "ssh.dev.azure.com",
      22,
    ],
    ["deploy@git.example.com:a/b", "ssh://deploy@git.example.com/a/b", "ssh", "git.example.com", 22],
    [
      "ssh://git@git.example.com:2222/a/b.git",
      "ssh://git@git.example.com:2222/a/b.git",
      "ssh",
      "git.example.com",
      2222,
    ],
    ["ssh://git.example.com/a/b.git", "ssh://git.example.com/a/b.git", "ssh", "git.example.com", 22],
    ["ssh://git@[2001:db8::1]:2222/a/b", "ssh://git@[2001:db8::1]:2222/a/b", "ssh", "2001:db8::1", 2222],
    ["https://GitHub.com/Acme/Shop", "https://github.com/Acme/Shop", "https", "github.com", 443],
    [
      "https://org@dev.azure.com/o/p/_git/r",
      "https://org@dev.azure.com/o/p/_git/r",
      "https",
      "dev.azure.com",
      443,
    ],
    [
      "https://git.example.com:8443/~me/x.git",
      "https://git.example.com:8443/~me/x.git",
      "https",
      "git.example.com",
      8443,
    ],
  ];
  for (const [written, url, transport, host, port] of table) {
    test(written, () => {
      expect(parseGitUrl(written)).toMatchObject({ kind: "ok", url, transport, host, port } as object);
    });
  }
});

test("a URL longer than a column of the API is refused with its limit", () => {
  expect(parseGitUrl(`https://h/${"a".repeat(1024)}`)).toEqual({
    kind: "refused",
    message: "must have at most 1024 characters",
  });
});

test("known_hosts names a host with its port only where that is not 22", () => {
  expect(knownHostsName(read("git@github.com:a/b"))).toBe("github.com");
  expect(knownHostsName(read("ssh://git@h:2222/a/b"))).toBe("[h]:2222");
});

test("what Flux accepts is accepted again, unchanged", () => {
  const parts = record({
    scheme: constantFrom("https", "ssh"),
    user: option(stringMatching(/^[a-z][a-z0-9]{0,8}$/), { nil: undefined }),
    host: stringMatching(/^[a-z0-9]{1,8}(\.[a-z0-9]{1,8}){0,2}$/),
    port: option(integer({ min: 1, max: 65535 }), { nil: undefined }),
    path: stringMatching(/^[a-z~][a-z0-9._-]{0,8}(\/[a-z][a-z0-9._-]{0,8}){0,3}$/),
  });
  assert(
    property(parts, ({ scheme, user, host, port, path }) => {
      const url = `${scheme}://${user ? `${user}@` : ""}${host}${port ? `:${port}` : ""}/${path}`;
      expect(read(url)).toMatchObject({ url, transport: scheme, host, user } as object);
    }),
  );
});

test("the scp-like form and the ssh form of one repository are the same", () => {
  assert(
    property(
      stringMatching(/^[a-z][a-z0-9.]{0,8}[a-z]$/),
      stringMatching(/^[a-z]{1,8}\/[a-z]{1,8}\.git$/),
      (host, path) => {
        expect(read(`git@${host}:${path}`).url).toBe(`ssh://git@${host}/${path}`);
      },
    ),
  );
});
