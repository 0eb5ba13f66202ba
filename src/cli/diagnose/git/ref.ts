import type { GitRef } from "../../../api/schema.ts";
import { environmentRef } from "../../../plan/index.ts";
import { nearest } from "../../nearest.ts";
import {
  BRANCH_NOT_FOUND,
  COMMIT_NOT_FOUND,
  REF_NOT_FOUND,
  SEMVER_NOT_MATCHED,
  TAG_NOT_FOUND,
} from "../catalogue/git-content.ts";
import { patchEnvironment, patchProject } from "./fixes.ts";
import { type RemoteRefs, remoteRefs } from "./remote-refs.ts";
import type { Tell, Trouble } from "./trouble.ts";
import { newest } from "./versions.ts";

export const tellBranchNotFound: Tell = async (trouble, look) => {
  const { branch = "main" } = refOf(trouble);
  const refs = await remoteRefs(look, trouble.project, trouble.first.live);
  const near = refs && nearestBranch(branch, refs);
  return {
    kind: BRANCH_NOT_FOUND,
    what: `The repository has no branch ${branch}, which ${trouble.names} ${follows(trouble)}`,
    cause: refs && `it has ${listed("branch", "branches", refs.branches, near)}`,
    fix: near === undefined ? listRefs(trouble, "--heads") : changeRef(trouble, { branch: near }),
  };
};

export const tellTagNotFound: Tell = async (trouble, look) => {
  const { tag = "" } = refOf(trouble);
  const refs = await remoteRefs(look, trouble.project, trouble.first.live);
  const near = refs && (nearest(tag, refs.tags)[0] ?? newest(refs.tags));
  return {
    kind: TAG_NOT_FOUND,
    what: `The repository has no tag ${tag}, on which ${trouble.names} ${trouble.failures.length === 1 ? "stays" : "stay"}`,
    cause:
      refs &&
      `it has ${listed("tag", "tags", refs.tags, near)}. A tag has to be pushed by its own: git push origin ${tag}`,
    fix: near === undefined ? listRefs(trouble, "--tags") : changeRef(trouble, { tag: near }),
  };
};

export const tellSemverNotMatched: Tell = async (trouble, look) => {
  const { semver = "" } = refOf(trouble);
  const refs = await remoteRefs(look, trouble.project, trouble.first.live);
  const version = refs && newest(refs.tags);
  return {
    kind: SEMVER_NOT_MATCHED,
    what: trouble.first.said.includes("semver parse error")
      ? `"${semver}" is no semver range, and ${trouble.names} ${follows(trouble)} it`
      : `No tag of the repository fits "${semver}", which ${trouble.names} ${follows(trouble)}`,
    cause: refs && `it has ${listed("tag", "tags", refs.tags, version)}`,
    fix:
      version === undefined
        ? listRefs(trouble, "--tags")
        : changeRef(trouble, { semver: `>=${version.replace(/^v/, "")}` }),
  };
};

export const tellCommitNotFound: Tell = async (trouble, look) => {
  const { commit = "" } = refOf(trouble);
  const refs = await remoteRefs(look, trouble.project, trouble.first.live);
  return {
    kind: COMMIT_NOT_FOUND,
    what: `The repository has no commit ${commit.slice(0, 12)}, on which ${trouble.names} ${trouble.failures.length === 1 ? "stays" : "stay"}`,
    cause: `no branch or tag leads to it: it was never pushed, or a forced push threw it away${refs ? `; there ${listed("is branch", "are the branches", refs.branches, refs.head)}` : ""}`,
    fix: refs?.head === undefined ? listRefs(trouble) : changeRef(trouble, { branch: refs.head }),
  };
};

export const tellRefNotFound: Tell = (trouble) => {
  const { name = "" } = refOf(trouble);
  return {
    kind: REF_NOT_FOUND,
    what: `The repository has no reference ${name}, which ${trouble.names} ${follows(trouble)}`,
    cause: "hosts remove the references of pull requests some time after they were closed",
    fix: listRefs(trouble),
  };
};

const refOf = ({ project, first }: Trouble): GitRef => environmentRef(project.spec, first.flux.environment);

const follows = ({ failures }: Trouble): string => (failures.length === 1 ? "follows" : "follow");

/** `main` and `master` are one thing with two names; else a similar name, else what the host takes itself. */
function nearestBranch(wanted: string, { branches, head }: RemoteRefs): string | undefined {
  const others: Readonly<Record<string, string>> = { main: "master", master: "main" };
  const other = others[wanted.toLowerCase()];
  if (other !== undefined && branches.includes(other)) return other;
  return nearest(wanted, branches)[0] ?? head ?? branches[0];
}

const MOST = 8;

/** The nearest first. */
function listed(one: string, many: string, names: readonly string[], near: string | undefined): string {
  if (names.length === 0) return `no ${one}`;
  const ordered = [...(near === undefined ? [] : [near]), ...names.filter((name) => name !== near)];
  const more = names.length > MOST ? `, and ${names.length - MOST} more` : "";
  return `${names.length === 1 ? one : many} ${ordered.slice(0, MOST).join(", ")}${more}`;
}

/** Where the ref stands: an environment's own goes before the project's. */
function changeRef({ project, failures }: Trouble, ref: GitRef): string {
  const own = failures.filter(({ flux }) => flux.environment.ref !== undefined);
  const patches = own.map(({ flux }) => patchEnvironment(project, flux.environment.name, "ref", ref));
  if (own.length < failures.length)
    patches.push(patchProject(project, [{ op: "add", path: "/spec/git/ref", value: ref }]));
  return patches.join("\n");
}

const listRefs = ({ first }: Trouble, ...kind: string[]): string =>
  ["git ls-remote", ...kind, String(first.live.spec["url"])].join(" ");
