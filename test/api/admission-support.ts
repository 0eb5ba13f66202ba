import { API_VERSION, KIND } from "../../src/api/names.ts";
import type { ProjectGitOpsSpecInput } from "../../src/api/schema.ts";

type EnvironmentInput = ProjectGitOpsSpecInput["environments"][number];

/** Something that must be refused, with the words for it. */
export interface Refusal {
  /** As a sentence that ends "… is refused". */
  what: string;
  spec: unknown;
  /** Where the message points to. */
  path: string;
  /** What the API server and parseProject both say. */
  says: string;
  /** Where the API server has words of its own, because OpenAPI holds the rule. */
  serverSays?: string;
  /** Where it can only be seen beside the stored object. */
  before?: unknown;
}

/** A spec that is accepted, with changes on top. */
export function spec(changes: Record<string, unknown> = {}): ProjectGitOpsSpecInput {
  return {
    projectId: "shop",
    git: { url: "https://git.example.com/acme/shop.git" },
    environments: [{ name: "development" }],
    ...changes,
  };
}

export const git = (changes: object) =>
  spec({ git: { url: "https://git.example.com/acme/shop.git", ...changes } });
export const environment = (changes: object) =>
  spec({ environments: [{ name: "development", ...changes } as EnvironmentInput] });
export const environments = (...list: EnvironmentInput[]) => spec({ environments: list });

/** A ProjectGitOps of namespace default with this spec. */
export const object = (specification: unknown, name: string) => ({
  apiVersion: API_VERSION,
  kind: KIND,
  metadata: { name, namespace: "default" },
  spec: specification,
});

export const COLLECTION = "/apis/projectgitops.dev/v1alpha1/namespaces/default/projectgitops";
/** What kubectl and our own client ask for. */
export const STRICT = "fieldManager=admission-test&fieldValidation=Strict";

export const DURATION = "must be a duration of at least 10s in h, m, s or ms, such as 30s, 5m or 1h30m";
export const ONE_REF = "at most one of branch, tag, semver, commit and name may be given: remove the others";
