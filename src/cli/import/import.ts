import { ANNOTATIONS, credentialSecretName } from "../../api/names.ts";
import { parseProject } from "../../api/schema.ts";
import { type BunK8sClient, NAMESPACES } from "../../kube/index.ts";
import { resourceOf } from "../../reconcile/resources.ts";
import { ask, type ClusterFlags, connect } from "../connect.ts";
import { CliError, EXIT } from "../errors.ts";
import { timeoutMs } from "../follow.ts";
import type { Io } from "../io.ts";
import { problemsIn } from "../manifest/problems.ts";
import { machineText } from "../output.ts";
import { credentialOf } from "./credential.ts";
import { type Derived, derive } from "./derive.ts";
import { discover } from "./discover.ts";
import type { GitRepository, Kustomization } from "./flux-objects.ts";
import { withHolders } from "./holders.ts";
import { planOf, unusedAfterwards } from "./plan.ts";
import { type Found, readFound } from "./read.ts";
import { refuse } from "./refuse.ts";
import { keptOf, stepsAfter, stepsBefore, stepsByHand, stepsWith } from "./steps.ts";
import { takeOver } from "./take-over.ts";
import { planText } from "./text.ts";

export interface ImportFlags extends ClusterFlags {
  project?: string | undefined;
  name?: string | undefined;
  namespace?: string | undefined;
  fromNamespaces?: string[] | undefined;
  selector?: string | undefined;
  discover?: boolean | undefined;
  as?: string[] | undefined;
  credential?: string | undefined;
  apply?: boolean | undefined;
  acceptLosses?: boolean | undefined;
  yes?: boolean | undefined;
  timeout: string;
}

/**
 * Makes a project of what scripts have made: prints the manifest and the plan, and with --apply takes it over.
 * @throws CliError
 */
export async function importProject(flags: ImportFlags, io: Io): Promise<void> {
  await timeoutMs(flags.timeout);
  const client = await connect(flags, io);
  if (flags.discover) return tellDiscovered(client, io);
  if (flags.project === undefined) {
    throw new CliError("--project is missing", { next: `${io.name} import --discover` });
  }
  const names = new Map((flags.as ?? []).map((text) => splitAs(text, io)));
  const namespaces = await namespacesOf(client, flags, io);
  const found = await ask(io, `read ${namespaces.join(", ")}`, gone(readFound(client, namespaces)));
  const derived = derive(found, {
    projectId: flags.project,
    name: flags.name ?? flags.project,
    namespace: flags.namespace ?? client.namespace,
    names,
    credential: flags.credential ?? credentialSecretName(flags.project),
  });
  if (derived.environments.length === 0) throw nothingFits(derived);

  const problems = problemsIn({ ...derived.manifest }, derived.manifest.metadata.namespace);
  const parsed = parseProject(derived.manifest);
  const planned = parsed.ok ? planOf(derived, parsed.project.spec, found) : [];
  const adopter = { ...derived.manifest.metadata, projectId: flags.project, project: undefined };
  const plans = await withHolders(client, planned, found, adopter, io);
  const credential = await credentialOf(client, derived, io);
  const isBeside = credential?.used !== undefined && credential.copy === undefined;
  const before = stepsBefore(
    isBeside ? { ...derived, credentialFrom: undefined } : derived,
    plans,
    credential?.copy,
    found,
  );
  const after = stepsAfter(plans, unusedAfterwards(plans, found));
  const notes = [...derived.notes, ...(credential?.notes ?? [])];
  const text = {
    derived: { ...derived, notes },
    plans,
    byHand: stepsByHand(plans),
    before,
    withIt: stepsWith(plans),
    after,
    problems,
    closed: found.closed,
  };
  const lines = planText(text, io.name);
  if (!flags.apply) {
    io.out(`${lines.map((line) => `# ${line}\n`).join("")}${await machineText(derived.manifest, "yaml")}`);
    return;
  }
  io.out(lines.map((line) => `${line}\n`).join(""));
  await refuse(
    client,
    { derived, plans, problems, credential, acceptLosses: flags.acceptLosses === true },
    io,
  );
  if (!flags.yes) await confirm(flags.project, io);
  await takeOver(client, { derived, plans, secret: credential?.copy, found, timeout: flags.timeout }, io);
  const kept = keptOf(plans).length;
  io.out(`taken over: all ${kept} objects that were there are the same by uid, none was made anew\n`);
}

/** As namespace=environment. */
function splitAs(text: string, io: Io): [string, string] {
  const [namespace = "", name = ""] = text.split("=");
  if (namespace !== "" && name !== "") return [namespace, name];
  throw new CliError(`--as ${text} is not NAMESPACE=ENVIRONMENT`, { next: `${io.name} import --help` });
}

async function namespacesOf(
  client: BunK8sClient,
  { fromNamespaces = [], selector }: ImportFlags,
  io: Io,
): Promise<string[]> {
  const named = fromNamespaces
    .flatMap((text) => text.split(","))
    .map((one) => one.trim())
    .filter(Boolean);
  if (selector === undefined && named.length > 0) return named;
  if (selector === undefined) {
    throw new CliError("which namespaces? --from-namespaces or --selector is missing", {
      next: `${io.name} import --discover`,
    });
  }
  const { items } = await ask(
    io,
    "list namespaces",
    client.listMetadata(NAMESPACES, { labelSelector: selector }),
  );
  const selected = items.map(({ metadata }) => metadata?.name ?? "");
  if (selected.length > 0) return [...new Set([...named, ...selected])];
  throw new CliError(`no namespace has the labels ${selector}`, {
    next: "kubectl get namespaces --show-labels",
    exitCode: EXIT.no,
  });
}

async function gone(reading: Promise<Found>): Promise<Found> {
  const { isNotFound } = await import("../../kube/index.ts");
  try {
    return await reading;
  } catch (error) {
    if (!isNotFound(error) || error.details?.name === undefined) throw error;
    throw new CliError(`there is no namespace ${error.details.name}`, {
      next: "kubectl get namespaces",
      exitCode: EXIT.no,
    });
  }
}

const nothingFits = ({ leftOut }: Derived): CliError =>
  new CliError("nothing of this can be imported", {
    details: leftOut.map(({ namespace, why }) => `${namespace}: ${why}`),
    exitCode: EXIT.no,
  });

async function confirm(project: string, io: Io): Promise<void> {
  const answer = await io.prompt(`Take all this over? Type the project, ${project}, to go on: `);
  if (answer === undefined) {
    throw new CliError("nothing was imported: there is no terminal to ask on", {
      next: "the same with --yes",
    });
  }
  if (answer.trim() !== project) throw new CliError("nothing was imported", { exitCode: EXIT.no });
}

async function tellDiscovered(client: BunK8sClient, io: Io): Promise<void> {
  const [repositories, kustomizations] = await ask(
    io,
    "list what Flux delivers",
    Promise.all([client.list(resourceOf("GitRepository")), client.list(resourceOf("Kustomization"))]),
  );
  const groups = discover(
    repositories.items as GitRepository[],
    kustomizations.items as Kustomization[],
    ({ metadata }) => metadata?.annotations?.[ANNOTATIONS.ownerUid] !== undefined,
  );
  if (groups.length === 0) io.err("Flux delivers nothing that no project holds\n");
  for (const { url, projectId, namespaces } of groups) {
    io.out(`${url}\n  into ${namespaces.join(", ")}\n`);
    io.out(`  ${io.name} import --project ${projectId} --from-namespaces ${namespaces.join(",")}\n`);
  }
}
