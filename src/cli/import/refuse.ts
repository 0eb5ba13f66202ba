import { KIND } from "../../api/names.ts";
import type { Problem, ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { PROJECTS } from "../../reconcile/resources.ts";
import { CLI_FIELD_MANAGER } from "../change.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { isMissing } from "../projects.ts";
import { type Credential, judgeCredential } from "./credential.ts";
import type { Derived } from "./derive.ts";
import type { EnvironmentPlan } from "./plan.ts";

export interface Importable {
  derived: Derived;
  plans: readonly EnvironmentPlan[];
  /** Of the manifest. */
  problems: readonly Problem[];
  credential: Credential | undefined;
  acceptLosses: boolean;
}

/** All that would stop it half-way, before anything is changed. @throws CliError */
export async function refuse(
  client: BunK8sClient,
  { derived, plans, problems, credential, acceptLosses }: Importable,
  io: Io,
): Promise<void> {
  const { metadata } = derived.manifest;
  const name = `${KIND} ${metadata.namespace}/${metadata.name}`;
  const no = (why: string, next: string) =>
    new CliError(`nothing was imported: ${why}`, { next, exitCode: EXIT.no });
  if (problems.length > 0)
    throw no("the manifest would be refused", "print it without --apply, mend it, and hand over by adopt");
  const blocked = plans.flatMap(({ fates }) => fates.filter((fate) => fate.kind === "blocked"));
  const [first] = blocked;
  if (first?.kind === "blocked") throw no(first.why, first.fix);
  const losses = plans.flatMap((plan) => plan.losses.map((loss) => `${plan.name}: ${loss}`));
  if (losses.length > 0 && !acceptLosses) {
    throw new CliError("nothing was imported: something of it would be lost", {
      details: losses,
      next: "change it before, or go on all the same with --accept-losses",
      exitCode: EXIT.no,
    });
  }
  const there = await ask(io, `read ${name}`, existing(client, metadata));
  if (there)
    throw no(`${name} is there already`, `${io.name} status ${metadata.name} -n ${metadata.namespace}`);
  if (credential !== undefined) judgeCredential(derived, credential);
  const trying = client.create(PROJECTS, derived.manifest as ProjectGitOps, {
    dryRun: true,
    fieldManager: CLI_FIELD_MANAGER,
  });
  await ask(io, `try ${name}`, trying);
}

async function existing(client: BunK8sClient, ref: { namespace: string; name: string }): Promise<boolean> {
  try {
    await client.getMetadata(PROJECTS, ref);
    return true;
  } catch (error) {
    if (await isMissing(error)) return false;
    throw error;
  }
}
