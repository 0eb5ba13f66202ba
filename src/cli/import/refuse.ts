import type { Secret } from "kubernetes-types/core/v1";
import { parseGitUrl } from "../../api/git-url.ts";
import { KIND } from "../../api/names.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { readGitSecret } from "../../git/index.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { describe, type ObjectId } from "../../plan/index.ts";
import { PROJECTS } from "../../reconcile/resources.ts";
import { namedOwner } from "../adopt/mark.ts";
import { verdictOn } from "../adopt/verdict.ts";
import { CLI_FIELD_MANAGER } from "../change.ts";
import { ask } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Io } from "../io.ts";
import { isMissing } from "../projects.ts";
import type { Derived } from "./derive.ts";
import type { EnvironmentPlan } from "./plan.ts";

/** All that would stop it half-way, before anything is changed. @throws CliError */
export async function refuse(
  client: BunK8sClient,
  {
    derived,
    plans,
    problems,
    secret,
  }: { derived: Derived; plans: readonly EnvironmentPlan[]; problems: number; secret: Secret | undefined },
  io: Io,
): Promise<void> {
  const { metadata, spec } = derived.manifest;
  const name = `${KIND} ${metadata.namespace}/${metadata.name}`;
  const no = (why: string, next: string) =>
    new CliError(`nothing was imported: ${why}`, { next, exitCode: EXIT.no });
  if (problems > 0)
    throw no("the manifest would be refused", "print it without --apply, mend it, and hand over by adopt");
  const blocked = plans.flatMap(({ fates }) => fates.filter((fate) => fate.kind === "blocked"));
  const [first] = blocked;
  if (first?.kind === "blocked") throw no(first.why, first.fix);
  const adopter = { ...metadata, projectId: spec.projectId, project: undefined };
  for (const { fates } of plans) {
    for (const fate of fates) {
      if (fate.kind !== "kept") continue;
      const owner = await ask(io, "see who holds it", namedOwner(client, fate.object));
      const verdict = verdictOn(fate.id, fate.object.metadata ?? {}, owner, adopter);
      if (verdict.kind === "left over") {
        throw no(
          `${describe(fate.id)} carries marks of ${verdict.of}, which is gone`,
          adoptCommand(fate.id, metadata, spec.projectId, io),
        );
      }
      if (verdict.kind === "refused") throw no(verdict.why, verdict.next ?? `leave that namespace out`);
    }
  }
  const there = await ask(io, `read ${name}`, existing(client, metadata));
  if (there)
    throw no(`${name} is there already`, `${io.name} status ${metadata.name} -n ${metadata.namespace}`);
  if (derived.credentialFrom !== undefined) judgeSecret(derived, secret);
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

/** By the rules that the operator will judge it by; no byte of it is in the message. */
function judgeSecret({ manifest, credentialFrom }: Derived, secret: Secret | undefined): void {
  const { namespace = "", name = "" } = credentialFrom ?? {};
  if (secret === undefined) {
    throw new CliError(
      `nothing was imported: Secret ${namespace}/${name} is not there, or you may not read it`,
      {
        next: `kubectl get secret ${name} -n ${namespace}`,
      },
    );
  }
  const url = parseGitUrl(manifest.spec.git.url);
  if (url.kind !== "ok") return;
  const read = readGitSecret(
    { metadata: { namespace, name }, ...(secret.data ? { data: secret.data } : {}) },
    url,
    undefined,
  );
  if (read.kind !== "problem") return;
  throw new CliError(`nothing was imported: the operator would refuse the credential (${read.reason})`, {
    details: [read.message],
    exitCode: EXIT.no,
  });
}

/** It takes such marks off. */
function adoptCommand(
  id: ObjectId,
  { namespace, name }: { namespace: string; name: string },
  projectId: string,
  io: Io,
): string {
  const target = id.kind === "Namespace" ? id.name : `${id.kind}/${id.name} -n ${id.namespace}`;
  return `${io.name} adopt ${target} --project ${namespace}/${name} --project-id ${projectId}`;
}
