import { expect, test } from "bun:test";
import { parseGitUrl } from "../../../src/api/git-url.ts";
import { type Limits, notAllowed } from "../../../src/machine/index.ts";
import { project } from "./support.ts";

const SHOP = "git@github.com:acme/shop.git";

function reasonFor(limits: Partial<Limits>, url = SHOP): string | undefined {
  const parsed = parseGitUrl(url);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  return notAllowed(project(), parsed, { strict: false, ...limits })?.reason;
}

test("where nothing is limited, everything is allowed", () => {
  expect(reasonFor({})).toBeUndefined();
});

test("under strict tenancy a Namespace that says nothing allows nothing", () => {
  expect(reasonFor({ strict: true })).toBe("ProjectNotAllowed");
  expect(reasonFor({ strict: true, allowedProjects: "*" })).toBe("RepositoryNotAllowed");
  expect(reasonFor({ strict: true, allowedProjects: "*", allowedRepositories: "*" })).toBeUndefined();
});

test("--git-hosts limits every repository, by host and port", () => {
  expect(reasonFor({ gitHosts: ["gitlab.com"] })).toBe("HostNotAllowed");
  expect(reasonFor({ gitHosts: ["gitlab.com", "github.com"] })).toBeUndefined();
  expect(reasonFor({ gitHosts: ["git.acme.dev"] }, "ssh://git@git.acme.dev:2222/x/y.git")).toBe(
    "HostNotAllowed",
  );
  expect(
    reasonFor({ gitHosts: ["git.acme.dev:2222"] }, "ssh://git@git.acme.dev:2222/x/y.git"),
  ).toBeUndefined();
  expect(reasonFor({ gitHosts: ["github.com"] }, "https://GitHub.com/acme/shop")).toBeUndefined();
  expect(reasonFor({ gitHosts: ["github.com"] }, "https://github.com.evil.example/acme/shop")).toBe(
    "HostNotAllowed",
  );
});

test.each([
  ["shop", true],
  ["pay, shop", true],
  ["sh*", true],
  ["*", true],
  ["sho", false],
  ["shop2", false],
  ["sh.p", false],
  ["", false],
])("allowed-projects %p allows shop: %p", (allowedProjects, allowed) => {
  expect(reasonFor({ allowedProjects })).toBe(allowed ? undefined : "ProjectNotAllowed");
});

test.each([
  ["github.com/acme/*", SHOP, true],
  ["github.com/acme/*", "https://github.com/acme/shop.git", true],
  ["github.com/acme/shop", SHOP, true],
  ["github.com/acme/shop.git", SHOP, true],
  ["ssh://git@github.com/acme/*", SHOP, true],
  ["git@github.com:acme/*", SHOP, true],
  ["https://github.com/acme/*", SHOP, false],
  ["github.com/acme/*", "https://github.com/acme-evil/shop", false],
  ["github.com/acme/*", "https://evil.example/github.com/acme/shop", false],
  ["github.com/acme/*", "https://github.com/acme/../evil/shop", false],
  ["github.com/acme/*", "https://github.com/acme/%2e%2e/evil/shop", false],
  ["github.com/acme/*", "https://github.com@evil.example/acme/shop", false],
])("allowed-repositories %p allows %p: %p", (allowedRepositories, url, allowed) => {
  expect(reasonFor({ allowedRepositories }, url)).toBe(allowed ? undefined : "RepositoryNotAllowed");
});

test("the message has the command that allows it, with what was allowed before", () => {
  const parsed = parseGitUrl(SHOP);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  const { message } = notAllowed(project(), parsed, { strict: false, allowedProjects: "pay" }) ?? {};
  expect(message).toContain(
    "kubectl annotate --overwrite namespace platform 'projectgitops.dev/allowed-projects=pay,shop'",
  );
});

test.each([
  ["2", undefined],
  [" 20 ", undefined],
  ["1", "TooManyEnvironments"],
  ["0", "TooManyEnvironments"],
  ["", "TooManyEnvironments"],
  ["two", "TooManyEnvironments"],
  ["-1", "TooManyEnvironments"],
])("max-environments %p for a project of two: %p", (maxEnvironments, reason) => {
  expect(reasonFor({ maxEnvironments })).toBe(reason as undefined);
});

test("a max-environments that is no number is told as it stands, with the command that mends it", () => {
  const parsed = parseGitUrl(SHOP);
  if (parsed.kind === "refused") throw new Error(parsed.message);
  const { message } = notAllowed(project(), parsed, { strict: false, maxEnvironments: "two" }) ?? {};
  expect(message).toContain('is "two", which is no whole number');
  expect(message).toEndWith(
    "kubectl annotate --overwrite namespace platform projectgitops.dev/max-environments=2",
  );
});
