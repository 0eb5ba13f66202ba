import { version } from "../../../package.json";
import { CRD_NAME } from "../../api/crd.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { type ClusterFlags, connect } from "../connect.ts";
import { timeoutMs } from "../follow.ts";
import { type InstallObject, installObjects, outcomeLine } from "../installed/objects.ts";
import { lookAtInstalled, type Seen, type SeenObject } from "../installed/seen.ts";
import { wayText } from "../installed/way.ts";
import type { Io } from "../io.ts";
import type { Part } from "../manifests.ts";
import { untilAvailable, untilEstablished } from "./available.ts";
import { bringAbout, foresee, type Outcome } from "./change.ts";
import { neededImage } from "./image.ts";
import { refuseLeaving, refuseOtherWays } from "./refuse.ts";
import { type Retired, removeRetired, retiredRoles } from "./retired.ts";

export interface InstallFlags extends ClusterFlags {
  image?: string | undefined;
  only?: Part | undefined;
  dryRun?: boolean | undefined;
  force?: boolean | undefined;
  wait?: boolean | undefined;
  timeout: string;
}

/**
 * Applies deploy/ and says of each object what that came to. All that could be refused is asked for before the
 * first write.
 * @throws CliError, exit code 1 where it is refused
 */
export async function install(flags: InstallFlags, io: Io): Promise<void> {
  await timeoutMs(flags.timeout);
  const image = flags.only === undefined ? neededImage(flags.image, io) : undefined;
  const objects = installObjects(image, flags.only);
  const client = await connect(flags, io);
  const seen = await lookAtInstalled(client, objects, io);
  if (flags.force) warnOfOtherWays(seen, io);
  // The CRD is one for all.
  else if (flags.only !== "crd") refuseOtherWays(seen);
  refuseLeaving(seen.objects);
  const force = flags.force === true;
  const foreseen = await Promise.all(seen.objects.map((object) => foresee(client, object, force, io)));
  const retired = flags.only === undefined ? await retiredRoles(client, io) : [];
  if (flags.dryRun) return showDryRun(seen.objects, foreseen, retired, io);

  const done: Outcome[] = [];
  for (const object of seen.objects) {
    const outcome = await bringAbout(client, object, force, io);
    io.out(outcomeLine(object.text, outcome));
    if (object.ref.name === CRD_NAME) await untilEstablished(client, object.ref, io);
    done.push(outcome);
  }
  for (const one of retired) await retire(client, one, io);
  io.out(`\n${summary(done, flags, image)}\n`);
  const operator = objects.find(({ resource }) => resource.kind === "Deployment");
  if (operator !== undefined) await conclude(client, operator, flags, io);
}

function warnOfOtherWays({ elsewhere, way }: Seen, io: Io): void {
  if (way !== undefined) io.err(`warning: the operator is installed already, ${wayText(way)}\n`);
  for (const { object } of elsewhere) io.err(`warning: an operator is installed already: ${object}\n`);
}

function showDryRun(
  objects: readonly SeenObject[],
  foreseen: readonly Outcome[],
  retired: readonly Retired[],
  io: Io,
): void {
  for (const [place, object] of objects.entries()) {
    const outcome = foreseen[place] ?? "unchanged";
    io.out(outcomeLine(object.text, outcome === "unchanged" ? outcome : `would be ${outcome}`));
  }
  for (const { text, boundBy } of retired)
    io.out(outcomeLine(text, boundBy.length > 0 ? "stays" : "would be removed"));
  io.out("\nnothing was written\n");
}

async function retire(client: BunK8sClient, retired: Retired, io: Io): Promise<void> {
  const { text, to, boundBy } = retired;
  if (boundBy.length > 0) {
    const names = boundBy.length > 1 ? "name" : "names";
    io.out(outcomeLine(text, `stays: ${boundBy.join(", ")} ${names} it; bind ${to} instead`));
    return;
  }
  await removeRetired(client, retired, io);
  io.out(outcomeLine(text, `removed: it is ${to} now`));
}

function summary(done: readonly Outcome[], { only }: InstallFlags, image: string | undefined): string {
  const counts = (["created", "changed", "unchanged"] as const).flatMap((outcome) => {
    const count = done.filter((one) => one === outcome).length;
    return count === 0 ? [] : [`${count} ${outcome}`];
  });
  const what =
    only === undefined ? `ProjectGitOps ${version} with image ${image}` : `--only ${only} of ${version}`;
  return `${what}: ${counts.join(", ")}`;
}

async function conclude(
  client: BunK8sClient,
  { ref, text }: InstallObject,
  flags: InstallFlags,
  io: Io,
): Promise<void> {
  const { namespace = "", name } = ref;
  if (!flags.wait) {
    io.out(`next: kubectl rollout status deployment/${name} -n ${namespace}\n`);
    return;
  }
  await untilAvailable(client, { namespace, name }, flags.timeout, io);
  io.out(`${text} is available\nnext: ${io.name} check\n`);
}
