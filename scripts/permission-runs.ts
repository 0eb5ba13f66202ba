import { join } from "node:path";

/** Test runs whose clusters note the rights that operators used. */
export const PERMISSION_RUNS = ["api", "e2e"] as const;
export type PermissionRun = (typeof PERMISSION_RUNS)[number];

/** Where a whole run of test/api or test/e2e leaves them, one file a cluster. */
export const permissionsFolder = (run: PermissionRun): string =>
  join(import.meta.dir, "..", "dist", "permissions", run);

/** The run that these paths are the whole of. */
export const permissionRunOf = (paths: readonly string[]): PermissionRun | undefined =>
  PERMISSION_RUNS.find((run) => paths.includes(`./test/${run}`));
