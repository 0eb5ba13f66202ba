import type { ResourceQuotaLimits } from "../api/guardrails.ts";
import { quotaName } from "../api/names.ts";
import type { Manifest } from "./desired.ts";
import { managedMetadata } from "./metadata.ts";
import type { Scope } from "./scope.ts";

/** The most that an environment may use. A deployer may not change it: the built-in role `admin` only reads quotas. */
export const resourceQuota = (scope: Scope, { hard }: ResourceQuotaLimits): Manifest => ({
  apiVersion: "v1",
  kind: "ResourceQuota",
  metadata: managedMetadata(scope, quotaName(scope.project.spec.projectId)),
  spec: { hard },
});
