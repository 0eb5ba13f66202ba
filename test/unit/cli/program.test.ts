import { describe, expect, test } from "bun:test";
import { programName } from "../../../src/cli/io.ts";
import { typed } from "./typed.ts";

const VERBS = [
  "run",
  "check",
  "get",
  "status",
  "tree",
  "events",
  "wait",
  "reconcile",
  "suspend",
  "resume",
  "credential",
  "delete",
  "test-setup",
  "create",
  "adopt",
  "import",
  "diff",
  "render",
  "install",
  "uninstall",
  "completion",
  "version",
];

test("without arguments the help is printed, with every verb", async () => {
  const { code, stdout, stderr } = await typed("");
  expect(code).toBe(0);
  for (const verb of VERBS) expect(stdout).toMatch(new RegExp(`^  ${verb} `, "m"));
  expect(stderr).toBe("");
});

const WORDS_OF_CREDENTIAL = ["show", "rotate", "revoke", "test"].map((word) => `credential ${word}`);

test.each([...VERBS, ...WORDS_OF_CREDENTIAL].filter((verb) => verb !== "version"))(
  "the help of %s fits 80 columns and has an example",
  async (verb) => {
    const { code, stdout } = await typed(`${verb} --help`);
    expect(code).toBe(0);
    expect(stdout).toContain("Examples:\n");
    expect(Math.max(...stdout.split("\n").map((line) => line.length))).toBeLessThanOrEqual(80);
  },
);

test("kubectl's plugin calls itself by the words that were typed", async () => {
  expect(programName("/usr/local/bin/kubectl-projectgitops")).toBe("kubectl projectgitops");
  expect(programName("bun")).toBe("projectgitops");
  const { stdout } = await typed("get --help", { name: "kubectl projectgitops" });
  expect(stdout).toStartWith("Usage: kubectl projectgitops get ");
});

describe("a wrong command line is told on stderr with the next step, exit 2", () => {
  test.each([
    ["gett", "error: unknown command 'gett'\n  (Did you mean get?)\n  next: projectgitops --help\n"],
    [
      "credential shw shop",
      "error: unknown command 'shw'\n  (Did you mean show?)\n  next: projectgitops credential --help\n",
    ],
    [
      "credential show",
      "error: missing required argument 'name'\n  next: projectgitops credential show --help\n",
    ],
    ["get --al", "error: unknown option '--al'\n  next: projectgitops get --help\n"],
    [
      "render",
      "error: required option '-f, --filename <file>' not specified\n  next: projectgitops render --help\n",
    ],
    [
      "get -A shop",
      "error: a name and --all-namespaces do not go together\n  next: projectgitops get shop -n NAMESPACE\n",
    ],
  ])("%s", async (commandLine, stderr) => {
    const result = await typed(commandLine);
    expect(result).toEqual({ code: 2, stdout: "", stderr });
  });
});

test("version is one line, and the same facts as JSON", async () => {
  expect((await typed("version")).stdout).toMatch(/^projectgitops \d+\.\d+\.\d+ \(bun [\d.]+, \w+\/\w+\)\n$/);
  expect(JSON.parse((await typed("version -o json")).stdout)).toMatchObject({ bun: Bun.version });
});

test("install without an image changes nothing and says how to go on", async () => {
  const { code, stdout, stderr } = await typed("install");
  expect(code).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain("  next: projectgitops install --image ");
});

test("install --export warns as long as the image is the placeholder", async () => {
  expect((await typed("install --export")).stderr).toContain("warning: ");
  const named = await typed("install --export --image localhost/op:try");
  expect(named.stderr).toBe("");
  expect(named.stdout).toContain("image: localhost/op:try\n");
});

test("hints name the program as it was called", async () => {
  const flags = ["run", "--listen", "nowhere", "--kubeconfig", "/nowhere"];
  expect((await typed(flags)).stderr).toContain("  next: projectgitops run --help\n");
  expect((await typed(flags, { name: "kubectl projectgitops" })).stderr).toContain(
    "  next: kubectl projectgitops run --help\n",
  );
});
