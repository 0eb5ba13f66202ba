import { API_VERSION, KIND } from "../../api/names.ts";
import type { ProjectGitOps, ProjectGitOpsSpecInput } from "../../api/schema.ts";
import type { ClusterFlags } from "../connect.ts";

/** What a person asks of `test-setup`. */
export interface TestSetupFlags extends ClusterFlags {
  namespace?: string | undefined;
  gitUrl: string;
  branch: string;
  path: string;
  /** Secret beside the project; absent: a public repository. */
  credential?: string | undefined;
  timeout: string;
  keep?: boolean | undefined;
  output: "table" | "wide" | "json" | "yaml";
}

/** Leftovers of a run that was killed are found by it: `kubectl get pgops -A -l …`. */
export const THROWAWAY_LABEL = { "app.kubernetes.io/created-by": "projectgitops-test-setup" } as const;

/** Its only environment. */
export const ENVIRONMENT = "test";

/** A name that no other project has; the projectId is the same. */
export const throwawayName = (): string => `test-${crypto.randomUUID().slice(0, 8)}`;

/**
 * A project of one environment. Nothing is rolled back by itself: a failure is looked at first, and removed then.
 * @param setupTimeout at least 10s, which is the least that the spec takes
 */
export function throwawayProject(
  { gitUrl, branch, path, credential }: TestSetupFlags,
  { namespace, name }: { namespace: string; name: string },
  setupTimeout: string,
): ProjectGitOps {
  const spec: ProjectGitOpsSpecInput = {
    projectId: name,
    git: {
      url: gitUrl,
      ref: { branch },
      ...(credential === undefined ? {} : { credential: { secretRef: { name: credential } } }),
    },
    environments: [{ name: ENVIRONMENT, path, interval: "1m", retryInterval: "10s" }],
    setup: { timeout: setupTimeout, onFailure: "Keep" },
    deletionPolicy: "Delete",
  };
  return {
    apiVersion: API_VERSION,
    kind: KIND,
    metadata: { namespace, name, labels: { ...THROWAWAY_LABEL } },
    // The API server fills in the defaults.
    spec: spec as ProjectGitOps["spec"],
  };
}
