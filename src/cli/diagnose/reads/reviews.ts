import type { SelfSubjectReview } from "kubernetes-types/authentication/v1";
import type { SubjectAccessReview } from "kubernetes-types/authorization/v1";
import { defineResource } from "../../../kube/index.ts";

/** What somebody else may do; a question of administrators. */
export const SUBJECT_ACCESS_REVIEWS = defineResource<SubjectAccessReview>({
  group: "authorization.k8s.io",
  version: "v1",
  plural: "subjectaccessreviews",
  kind: "SubjectAccessReview",
  namespaced: false,
});

/** Who asks. */
export const SELF_SUBJECT_REVIEWS = defineResource<SelfSubjectReview>({
  group: "authentication.k8s.io",
  version: "v1",
  plural: "selfsubjectreviews",
  kind: "SelfSubjectReview",
  namespaced: false,
});
