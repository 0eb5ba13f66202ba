import { K8sApiError } from "../../../kube/index.ts";
import type { Look } from "../look.ts";
import { SUBJECT_ACCESS_REVIEWS } from "../reads/reviews.ts";
import type { MissingRight } from "./server-words.ts";

/** Whether the user has the right by now. False where this person may not ask: then Flux's word stands. */
export function isAllowedNow(
  look: Look,
  { user, verb, resource, group, namespace }: MissingRight,
): Promise<boolean> {
  const attributes = { verb, resource, group, ...(namespace === undefined ? {} : { namespace }) };
  return look.once(`may ${user} ${JSON.stringify(attributes)}`, async () => {
    try {
      const { status } = await look.client.create(SUBJECT_ACCESS_REVIEWS, {
        apiVersion: "authorization.k8s.io/v1",
        kind: "SubjectAccessReview",
        spec: { user, groups: groupsOf(user), resourceAttributes: attributes },
      });
      return status?.allowed === true;
    } catch (error) {
      if (error instanceof K8sApiError && error.statusCode === 403) return false;
      throw error;
    }
  });
}

/** What the API server adds to a ServiceAccount that it has authenticated. */
function groupsOf(user: string): string[] {
  const [, namespace] = /^system:serviceaccount:([^:]+):/.exec(user) ?? [];
  return ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"];
}
