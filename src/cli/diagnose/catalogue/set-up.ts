import type { FindingKind } from "../finding-kind.ts";
import {
  DUPLICATE_PROJECT,
  FIELD_CONFLICT,
  HELD_BY_ANOTHER,
  INVALID_SPEC,
  NAMESPACE_MISSING,
  NESTED_PROJECT,
} from "./set-up-conflict.ts";
import { ROLLING_BACK, SETUP_FAILED, SETUP_SLOW } from "./set-up-course.ts";
import {
  PROJECT_NOT_ALLOWED,
  REPOSITORY_NOT_ALLOWED,
  STRICTER_THAN_ASKED,
  TOO_MANY_ENVIRONMENTS,
} from "./set-up-limits.ts";
import { SET_UP_REFUSED } from "./set-up-refused.ts";
import {
  DELETION_PROTECTED,
  FLUX_NOT_RESPONDING,
  NAMESPACE_TERMINATING,
  ORPHAN_FOUND,
} from "./set-up-removal.ts";
import {
  DELIVERY_SUSPENDED,
  ENVIRONMENT_SUSPENDED,
  FAILING_FOR_LONG,
  SOURCE_SUSPENDED,
  SUSPENDED,
} from "./set-up-suspended.ts";

/** What is left when no other check knows the cause: a project that is not Ready is never told to be healthy. */
export const PROJECT_NOT_READY: FindingKind = {
  id: "ProjectNotReady",
  area: "set-up",
  severity: "error",
  title: "The project is not Ready, and the cause is in its message",
  means:
    "The operator or Flux says that something is wrong, and no other check of `diagnose` found the cause. The message of the condition Ready is all that is known.",
  shows:
    "`kubectl get pgops NAME -n NAMESPACE -o yaml`: the condition Ready is False, and its message says why.",
  fix: "Do what the message says. `projectgitops status NAME` shows it with all environments, `projectgitops events NAME` what led to it.",
  lookAlike:
    "A project that is being set up, or waits for Flux's first answer, has Ready Unknown and the condition Reconciling: that is no finding until it lasts.",
};

/** What is written, whose the objects are, who refuses, what does not go, how far it came, what is stopped. */
export const SET_UP: readonly FindingKind[] = [
  INVALID_SPEC,
  NESTED_PROJECT,
  PROJECT_NOT_ALLOWED,
  REPOSITORY_NOT_ALLOWED,
  TOO_MANY_ENVIRONMENTS,
  STRICTER_THAN_ASKED,
  DUPLICATE_PROJECT,
  NAMESPACE_MISSING,
  HELD_BY_ANOTHER,
  FIELD_CONFLICT,
  ...SET_UP_REFUSED,
  DELETION_PROTECTED,
  FLUX_NOT_RESPONDING,
  NAMESPACE_TERMINATING,
  ROLLING_BACK,
  SETUP_FAILED,
  SETUP_SLOW,
  FAILING_FOR_LONG,
  ORPHAN_FOUND,
  SUSPENDED,
  SOURCE_SUSPENDED,
  DELIVERY_SUSPENDED,
  ENVIRONMENT_SUSPENDED,
  PROJECT_NOT_READY,
];
