import { describe, expect, test } from "bun:test";
import { load } from "js-yaml";
import { shellWord } from "../../../src/cli/shell.ts";
import { typed } from "./typed.ts";

/** Without a cluster: a manifest needs none. */
const create = (args: string[], io = {}) => typed(["create", "-n", "platform", ...args], io);
const COMPLETE = [
  "--name",
  "shop",
  "--git-url",
  "https://git.example.com/acme/shop.git",
  "--environment",
  "dev",
];

/** Answers one after the other, and what was asked. */
function answering(answers: (string | undefined)[]) {
  const asked: string[] = [];
  const left = [...answers];
  const prompt = (question: string) => {
    asked.push(question);
    return Promise.resolve(left.shift());
  };
  return { io: { prompt }, asked, left };
}

test("flags become just what they say, and defaults are left to the API server", async () => {
  const { code, stdout } = await create([
    ...[
      "--name",
      "shop",
      "--git-url",
      "git@github.com:acme/shop.git",
      "--credential",
      "shop-git",
      "--semver",
      ">=1.0.0",
    ],
    ...["--environment", "dev=./dev", "--environment", "production", "--path-template", "./k8s/{name}"],
    ...[
      "--ref",
      "production=tag:v1.4.2",
      "--protected",
      "production",
      "--interval",
      "2m",
      "--deletion-policy",
      "Orphan",
    ],
  ]);
  expect(code).toBe(0);
  expect(load(stdout)).toEqual({
    apiVersion: "projectgitops.dev/v1alpha1",
    kind: "ProjectGitOps",
    metadata: { name: "shop", namespace: "platform" },
    spec: {
      projectId: "shop",
      git: {
        url: "git@github.com:acme/shop.git",
        ref: { semver: ">=1.0.0" },
        interval: "2m",
        credential: { secretRef: { name: "shop-git" } },
      },
      environments: [
        { name: "dev", path: "./dev" },
        { name: "production", ref: { tag: "v1.4.2" }, path: "./k8s/production", protected: true },
      ],
      deletionPolicy: "Orphan",
    },
  });
});

test("what looks like a number stays text, in quotes", async () => {
  const { code, stdout } = await create([
    ...[
      "--name",
      "8888",
      "--git-url",
      "https://git.example.com/a/b.git",
      "--environment",
      "e1",
      "--tag",
      "1.10",
    ],
    ...["--credential", "0777"],
  ]);
  expect(code).toBe(0);
  expect(stdout).toContain("  name: '8888'\n");
  expect(stdout).toContain("projectId: '8888'\n");
  expect(stdout).toContain("tag: '1.10'\n");
  expect(stdout).toContain("name: '0777'\n");
});

test("wrong values are refused with the words of admission and the flag, all at once, exit 1", async () => {
  const { code, stdout, stderr } = await create([
    ...[
      "--name",
      "Shop",
      "--git-url",
      "http://git.example.com/a",
      "--environment",
      "Dev",
      "--interval",
      "1s",
    ],
    ...["--protected", "prod", "--ref", "dev"],
  ]);
  expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
  expect(stderr).toStartWith("error: ProjectGitOps platform/Shop would be refused\n");
  for (const line of [
    /metadata\.name: must be lower-case .* \(--name\)/,
    /spec\.projectId: must be 1 to 40 .* \(--project-id, default --name\)/,
    /spec\.git\.url: http sends .* \(--git-url\)/,
    /spec\.git\.interval: must be a duration .* \(--interval\)/,
    /spec\.environments\[0\]\.name: must be 1 to 14 .* \(--environment/,
    /--protected prod: there is no environment prod: there are Dev\n/,
    /--ref dev: must be like production=semver:>=1\.0\.0/,
  ])
    expect(stderr).toMatch(line);
});

describe("what comes next is told on stderr:", () => {
  test("the command that makes the Secret, for an ssh key and a well-known host", async () => {
    const { stderr } = await create([
      ...["--name", "shop", "--git-url", "git@github.com:acme/shop.git", "--credential", "shop-git"],
      ...["--environment", "dev"],
    ]);
    expect(stderr).toContain(
      "next: kubectl create secret generic shop-git -n platform --from-file=identity=./deploy-key\n",
    );
    expect(stderr).toEndWith("next: projectgitops wait shop -n platform\n");
  });

  test("host keys first, for another host; a token for https; no Secret for a public repository", async () => {
    const ssh = await create([
      ...COMPLETE,
      "--git-url",
      "ssh://git@git.example.com:2222/a/b.git",
      "--credential",
      "x",
    ]);
    expect(ssh.stderr).toContain("next: ssh-keyscan -p 2222 git.example.com > known_hosts && ");
    expect(ssh.stderr).toContain("--from-file=identity=./deploy-key --from-file=known_hosts\n");
    const https = await create([...COMPLETE, "--credential", "x"]);
    expect(https.stderr).toContain(
      "kubectl create secret generic x -n platform --from-literal=username=git --from-file=password=./token",
    );
    expect((await create(COMPLETE)).stderr).not.toContain("secret");
  });
});

describe("questions", () => {
  test("come in order with what is offered, and an empty line takes that", async () => {
    const { io, asked } = answering(["shop", "", "git@github.com:acme/shop.git", "", "", "", ""]);
    const { code, stdout, stderr } = await create([], io);
    expect(code).toBe(0);
    expect(asked.map((question) => question.match(/\[(.*)\]: $/)?.[1])).toEqual([
      undefined,
      "shop",
      undefined,
      "shop-git",
      "branch:main",
      "development,staging,production",
      "production",
    ]);
    expect(load(stdout)).toMatchObject({
      spec: {
        projectId: "shop",
        git: { ref: { branch: "main" }, credential: { secretRef: { name: "shop-git" } } },
        environments: [{ name: "development" }, { name: "staging" }, { name: "production", protected: true }],
      },
    });
    const line =
      "projectgitops create --name shop --namespace platform --git-url git@github.com:acme/shop.git --branch main --credential shop-git --environment development --environment staging --environment production --protected production";
    expect(stderr).toStartWith(`the same without questions: ${line}\n`);
    const again = await typed(line.split(" ").slice(1));
    expect(again.stdout).toBe(stdout);
  });

  test("are asked again on a wrong answer, with the reason; what flags said is not asked", async () => {
    const { io, asked, left } = answering([
      ...["http://x/y", "git@github.com:acme/shop.git"],
      ...["none", "shop-git"],
      ...["foo:bar", "semver:>=1.0.0"],
      ...["Dev", "dev=../x", "dev,qa"],
      ...["prod", "none"],
    ]);
    const { code, stdout, stderr } = await create(["--name", "shop", "--project-id", "8888"], io);
    expect({ code, left }).toEqual({ code: 0, left: [] });
    expect(asked).toHaveLength(11);
    for (const reason of [
      "  http sends code and credentials unencrypted",
      "  an ssh URL needs git.credential: ",
      "  write branch:…, tag:…, semver:…, commit:…, or the name of a branch\n",
      "  must be 1 to 14 lower-case letters",
      "  must not leave the repository",
      "  there is no environment prod: there are dev, qa\n",
    ])
      expect(stderr).toContain(reason);
    expect(stdout).toContain("projectId: '8888'\n");
  });

  test("have nobody to answer them without a terminal: what is missing is named, exit 2", async () => {
    expect(await create(["--name", "shop"])).toEqual({
      code: 2,
      stdout: "",
      stderr:
        "error: --git-url, --environment missing, and there is no terminal to ask on\n  next: projectgitops create --help\n",
    });
  });

  test("are not asked where nothing is missing that cannot be guessed", async () => {
    const { io, asked } = answering([]);
    expect((await create(COMPLETE, io)).code).toBe(0);
    expect(asked).toEqual([]);
  });
});

test("two refs for the project exclude each other; an unreadable file of host keys is told", async () => {
  expect(await create([...COMPLETE, "--tag", "a", "--branch", "b"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error: --branch and --tag do not go together\n"),
  });
  expect(await create([...COMPLETE, "--known-hosts", "/nowhere"])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining("error: cannot read /nowhere\n"),
  });
});

test("words are quoted as a shell reads them", () => {
  expect(shellWord("a/b:c=1")).toBe("a/b:c=1");
  expect(shellWord(">=1.0.0 <2")).toBe("'>=1.0.0 <2'");
  expect(shellWord("it's")).toBe(`'it'\\''s'`);
});
