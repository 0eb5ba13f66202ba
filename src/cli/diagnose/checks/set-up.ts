import type { ProjectCheck } from "../check.ts";
import { rollingBack, setupFailed, setupSlow } from "../set-up/course.ts";
import { duplicateProject } from "../set-up/duplicate.ts";
import { fieldConflict } from "../set-up/field-conflict.ts";
import { fluxNotResponding } from "../set-up/flux-silent.ts";
import { heldByAnother } from "../set-up/held.ts";
import { notAllowed } from "../set-up/limits.ts";
import { projectNotReady } from "../set-up/not-ready.ts";
import { orphanFound } from "../set-up/orphans.ts";
import { deletionProtected } from "../set-up/protected.ts";
import { refusedByServer } from "../set-up/refused.ts";
import { invalidSpec, namespaceMissing, nestedProject } from "../set-up/spec.ts";
import { stricterThanAsked } from "../set-up/stricter.ts";
import { failingForLong, fluxSuspended, projectSuspended } from "../set-up/suspended.ts";
import { namespaceTerminating } from "../set-up/terminating.ts";
import { webhookNotAnswering } from "../set-up/webhook-silent.ts";

/** In the order in which they are written down; they run side by side. */
export const SET_UP_CHECKS: readonly ProjectCheck[] = [
  invalidSpec,
  nestedProject,
  notAllowed,
  stricterThanAsked,
  duplicateProject,
  namespaceMissing,
  heldByAnother,
  fieldConflict,
  webhookNotAnswering,
  refusedByServer,
  deletionProtected,
  fluxNotResponding,
  namespaceTerminating,
  rollingBack,
  setupFailed,
  setupSlow,
  failingForLong,
  orphanFound,
  projectSuspended,
  fluxSuspended,
  projectNotReady,
];
