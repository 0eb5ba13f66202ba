import { defineResource, K8sApiError, type KubeObject } from "../../../src/kube/index.ts";
import { MANAGED_KINDS, type ManagedKind } from "../../../src/plan/index.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { eventually, uniqueName } from "../../cluster/index.ts";
import type { Scope } from "./scope.ts";

const ADMISSION = { group: "admissionregistration.k8s.io", version: "v1", namespaced: false };
const POLICIES = defineResource<KubeObject & { spec: object }>({
  ...ADMISSION,
  plural: "validatingadmissionpolicies",
  kind: "ValidatingAdmissionPolicy",
});
const BINDINGS = defineResource<KubeObject & { spec: object }>({
  ...ADMISSION,
  plural: "validatingadmissionpolicybindings",
  kind: "ValidatingAdmissionPolicyBinding",
});

export interface Denial {
  /** Environments' namespaces of this project, by their label. */
  projectId: string;
  /** Only this environment's. */
  environment?: string;
  kind: Exclude<ManagedKind, "Namespace">;
  operations?: ("CREATE" | "UPDATE" | "DELETE")[];
  /** CEL; default: a plain sentence. */
  messageExpression?: string;
  /** 403 as most policies answer, or 422. */
  reason?: "Forbidden" | "Invalid";
}

/**
 * A policy as a platform team would have it: the API server refuses this kind in the project's namespaces.
 * Resolves when it works, to a function that takes it away and resolves when that works.
 */
export async function deny({ admin }: Scope, denial: Denial): Promise<() => Promise<void>> {
  const name = uniqueName("deny");
  await admin.create(POLICIES, { metadata: { name }, spec: policy(denial) });
  const labels = {
    "projectgitops.dev/project": denial.projectId,
    ...(denial.environment ? { "projectgitops.dev/environment": denial.environment } : {}),
  };
  await admin.create(BINDINGS, {
    metadata: { name },
    spec: {
      policyName: name,
      validationActions: ["Deny"],
      matchResources: { namespaceSelector: { matchLabels: labels } },
    },
  });
  const probe = uniqueName("probe");
  await admin.createNamespace({ metadata: { name: probe, labels } });
  const untilRefused = (wanted: boolean) =>
    eventually(async () => (await isRefused(admin, denial, probe)) === wanted, {
      description: `the policy ${wanted ? "works" : "is gone"}`,
      deadlineMs: 30_000,
    });
  await untilRefused(true);
  return async () => {
    await admin.delete(BINDINGS, { name });
    await admin.delete(POLICIES, { name });
    await untilRefused(false);
    await admin.deleteNamespace(probe);
  };
}

function policy({ kind, operations = ["CREATE"], reason = "Forbidden", messageExpression }: Denial): object {
  const { group, version, plural } = MANAGED_KINDS[kind];
  return {
    failurePolicy: "Fail",
    matchConstraints: {
      resourceRules: [{ apiGroups: [group], apiVersions: [version], operations, resources: [plural] }],
    },
    validations: [
      {
        // The controller manager's own may pass.
        expression: "object != null && object.metadata.name in ['default', 'kube-root-ca.crt']",
        reason,
        message: `${kind} objects are not allowed here`,
        ...(messageExpression ? { messageExpression } : {}),
      },
    ],
  };
}

async function isRefused(admin: Scope["admin"], { kind, operations }: Denial, namespace: string) {
  const resource = resourceOf(kind);
  const body = { metadata: { name: "probe", namespace }, ...MINIMAL[kind] };
  const dryRun = { dryRun: true, fieldValidation: "Ignore" } as const;
  try {
    if (operations === undefined || operations.includes("CREATE")) await admin.create(resource, body, dryRun);
    return false;
  } catch (error) {
    if (error instanceof K8sApiError && (error.statusCode === 403 || error.statusCode === 422)) return true;
    throw error;
  }
}

/** The least that each kind's own schema asks for. */
const MINIMAL: Record<Denial["kind"], object> = {
  Secret: {},
  ResourceQuota: {},
  LimitRange: {},
  NetworkPolicy: {},
  ServiceAccount: {},
  RoleBinding: { roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" } },
  GitRepository: { spec: { url: "https://git.example.com/a.git", interval: "1m" } },
  Kustomization: {
    spec: { interval: "1m", prune: true, sourceRef: { kind: "GitRepository", name: "probe" } },
  },
  HelmRelease: { spec: {} },
};
