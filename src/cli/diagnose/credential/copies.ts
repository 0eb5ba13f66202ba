import { readGeneratedState } from "../../../api/generated.ts";
import { ANNOTATIONS } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { parseCredential } from "../../../git/index.ts";
import { age } from "../../age.ts";
import {
  CREDENTIAL_COPY_EDITED,
  CREDENTIAL_COPY_MISSING,
  CREDENTIAL_COPY_OUTDATED,
  IMAGE_PULL_COPY_BROKEN,
} from "../catalogue/credential-copies.ts";
import type { Found } from "../finding-kind.ts";
import { inWords } from "../in-words.ts";
import type { Look } from "../look.ts";
import { type CopyRead, readCopies } from "../reads/copies.ts";
import { type CredentialRead, readCredential } from "../reads/credential.ts";
import { type FluxEnvironment, readFluxObjects } from "../reads/flux-objects.ts";
import { readNamespaces } from "../reads/namespaces.ts";
import { byWhom } from "../reads/writer.ts";
import { changedAt, type Difference, differenceOf } from "./copy-difference.ts";
import { foundIn, type Told } from "./facts.ts";
import { movedHost } from "./host-changed.ts";

/** A change of the project's own Secret is carried within the resync interval, one minute unless set. */
const CARRIED_WITHIN_MS = 2 * 60 * 1000;

/** Copies in the environments that are gone, or that are not what the project's own Secrets give. */
export async function credentialCopies(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const { metadata, status } = project;
  // Before the first set-up has ended there is nothing that could be lost.
  if (status?.completedAt === undefined || metadata.deletionTimestamp !== undefined) return [];
  const [credential, namespaces, copies, flux] = await Promise.all([
    readCredential(look, project),
    readNamespaces(look, project),
    readCopies(look, project),
    readFluxObjects(look, project),
  ]);
  // What is held back on purpose is no copy that lags behind.
  const held = movedHost(project, credential, namespaces) !== undefined;
  const wrong = copies
    .filter(({ use }) => !(held && use === "git"))
    .flatMap((copy) => {
      const verdict = judge(look.now, project, copy, credential, fluxOf(flux, copy));
      return verdict === undefined ? [] : [{ ...verdict, copy }];
    });
  return together(project, wrong);
}

/** What is wrong with one copy. */
interface Verdict extends Pick<Told, "kind" | "evidence" | "cause" | "since"> {
  /** The finding in one line, of these environments. */
  readonly what: (names: readonly string[]) => string;
}

/** The same of several environments is told once. Pure. */
function together(project: ProjectGitOps, wrong: readonly (Verdict & { copy: CopyRead })[]): Found[] {
  const groups = Map.groupBy(wrong, ({ kind, evidence, copy }) => `${kind.id} ${copy.ref.name} ${evidence}`);
  return [...groups.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const { copy, what, ...told } = first;
    const names = group.map(({ copy: { environment } }) => environment);
    const place = names.length === 1 ? { environment: copy.environment } : { environments: names };
    return [foundIn(project, copy.ref, { ...told, ...place, what: what(names), fix: again(project) })];
  });
}

const fluxOf = (flux: readonly FluxEnvironment[], copy: CopyRead): FluxEnvironment | undefined =>
  flux.find(({ environment }) => environment.name === copy.environment);

/** What is to be said of one copy; nothing of one that is as it should be, or that nobody may read. Pure. */
function judge(
  now: number,
  project: ProjectGitOps,
  copy: CopyRead,
  credential: CredentialRead,
  flux: FluxEnvironment | undefined,
): Verdict | undefined {
  if (copy.seen.state === "closed") return undefined;
  if (copy.seen.state === "missing") return lost(project, copy);
  const difference = differenceOf(copy, isCarried(project, copy, flux));
  if (difference.edited.length > 0) return edited(now, project, copy, difference, credential);
  const changed = changedAt(copy);
  const looked = project.status?.observedGeneration === project.metadata.generation;
  const late = changed !== undefined && now - changed > CARRIED_WITHIN_MS;
  return difference.outdated.length > 0 && looked && late
    ? outdated(now, project, copy, difference, changed)
    : undefined;
}

/** The operator notes on the GitRepository which version of the Secret its copy was made from. */
function isCarried(
  { status, metadata }: ProjectGitOps,
  copy: CopyRead,
  flux: FluxEnvironment | undefined,
): boolean {
  const made = flux?.source.live?.metadata.annotations?.[ANNOTATIONS.credentialVersion];
  return status?.observedGeneration === metadata.generation && made === versionOf(copy);
}

/** Of a credential that the operator made, its own id: the Secret has other news too. */
const versionOf = ({ source, use }: CopyRead): string | undefined => {
  const { annotations, resourceVersion } = source.metadata ?? {};
  const state = use === "git" ? readGeneratedState(annotations?.[ANNOTATIONS.generated]) : undefined;
  return state ? state.current?.id : resourceVersion;
};

const WORDS = { git: "the git credential", pull: "an image pull Secret" } as const;

const lost = (project: ProjectGitOps, { use }: CopyRead): Verdict => ({
  kind: use === "git" ? CREDENTIAL_COPY_MISSING : IMAGE_PULL_COPY_BROKEN,
  what: (names) =>
    `${inWords(names)} ${names.length === 1 ? "has lost its copy" : "have lost their copies"} of ${WORDS[use]}`,
  evidence: "the API server answers 404 NotFound",
  cause: `somebody deleted it, and the operator has not put it back yet${restsBecause(project)}`,
});

function edited(
  now: number,
  project: ProjectGitOps,
  copy: CopyRead,
  { edited: keys, writer }: Difference,
  credential: CredentialRead,
): Verdict {
  const by = writer === undefined ? "somebody removed it" : `written by ${byWhom(writer, now)}`;
  const prints = copy.use === "git" ? fingerprints(copy, credential) : undefined;
  return {
    kind: copy.use === "git" ? CREDENTIAL_COPY_EDITED : IMAGE_PULL_COPY_BROKEN,
    what: (names) =>
      `${names.length === 1 ? "The copy" : "The copies"} of ${WORDS[copy.use]} in ${inWords(names)} ${names.length === 1 ? "was" : "were"} changed by hand`,
    evidence: `${keys.join(", ")} ${keys.length === 1 ? "differs" : "differ"} from the project's own Secret: ${by}${prints === undefined ? "" : `; ${prints}`}`,
    cause: `the operator has not put it right yet${restsBecause(project)}; what shall stay belongs into Secret ${project.metadata.namespace}/${copy.source.metadata?.name}`,
    since: writer?.time,
  };
}

/** Of public halves: they tell which key a git host gets to see, and nothing else. */
function fingerprints({ seen }: CopyRead, credential: CredentialRead): string | undefined {
  if (seen.state !== "found" || credential.state !== "usable") return undefined;
  // What Flux reads; the copy's other keys may tell another story.
  const { identity = "", password = "" } = seen.object.data ?? {};
  const copied = parseCredential({ data: { identity, password } }, credential.url);
  const own = credential.read.credential;
  if (copied.kind !== "ssh" || own.kind !== "ssh" || copied.fingerprint === own.fingerprint) return undefined;
  return `it holds key ${copied.fingerprint}, the project's own Secret ${own.fingerprint}`;
}

function outdated(
  now: number,
  project: ProjectGitOps,
  { use, source }: CopyRead,
  { outdated: keys }: Difference,
  changed: number,
): Verdict {
  const since = new Date(changed).toISOString();
  return {
    kind: CREDENTIAL_COPY_OUTDATED,
    what: (names) =>
      `${inWords(names)} still ${names.length === 1 ? "has" : "have"} ${WORDS[use]} from before`,
    evidence: `${keys.join(", ")} of Secret ${source.metadata?.namespace}/${source.metadata?.name} changed ${age(since, now)} ago`,
    cause: `the operator has not carried the change${restsBecause(project)}`,
    since,
  };
}

const restsBecause = ({ spec }: ProjectGitOps): string => (spec.suspend ? ": the project is suspended" : "");

/** A suspended project is not looked at, whoever asks. */
const again = ({ spec, metadata }: ProjectGitOps): string =>
  `projectgitops ${spec.suspend ? "resume" : "reconcile"} ${metadata.name} -n ${metadata.namespace}`;
