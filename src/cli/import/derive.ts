import { parseGitUrl } from "../../api/git-url.ts";
import { API_VERSION, KIND, namespaceName } from "../../api/names.ts";
import type { ProjectGitOpsSpecInput } from "../../api/schema.ts";
import { environmentNameOf } from "./environment-name.ts";
import { type GitRepository, type Kustomization, keyOf, sourceKeyOf } from "./flux-objects.ts";
import { carryKustomization, short } from "./kustomization-fields.ts";
import type { Found } from "./read.ts";
import { beforeRetirement } from "./retired.ts";

export interface Wanted {
  projectId: string;
  /** Of the ProjectGitOps. */
  name: string;
  namespace: string;
  /** Names of environments that people gave, by namespace. */
  names: ReadonlyMap<string, string>;
  /** Of the Secret beside the ProjectGitOps. */
  credential: string;
}

export interface Imported {
  name: string;
  namespace: string;
  kustomization: Kustomization;
  repository: GitRepository;
  /** What of them an environment cannot say. */
  misfits: string[];
}

export interface Derived {
  manifest: {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace: string };
    spec: ProjectGitOpsSpecInput;
  };
  environments: Imported[];
  /** Namespaces that cannot be part of this project, and why. */
  leftOut: { namespace: string; why: string }[];
  notes: string[];
  /** The Secret that has to be copied to stand beside the ProjectGitOps. */
  credentialFrom: { namespace: string; name: string } | undefined;
}

/** One project from what stands in these namespaces. Pure. */
export function derive(found: Found, wanted: Wanted): Derived {
  const leftOut: Derived["leftOut"] = [];
  const candidates = found.namespaces.flatMap(({ metadata }) => {
    const namespace = metadata?.name ?? "";
    const candidate = candidateIn(namespace, found, wanted);
    if ("why" in candidate) leftOut.push({ namespace, why: candidate.why });
    return "why" in candidate ? [] : [candidate];
  });
  const url = mostCommon(candidates.map(({ repository }) => urlOf(repository)));
  const together = candidates.filter((candidate) => {
    const own = urlOf(candidate.repository);
    if (own === url) return true;
    leftOut.push({
      namespace: candidate.namespace,
      why: `its repository is ${own}, another than ${url}: import it as a project of its own`,
    });
    return false;
  });
  const notes: string[] = [];
  const ref = mostCommon(together.map(({ repository }) => JSON.stringify(refOf(repository)))) ?? "{}";
  const interval = mostCommon(together.map(({ repository }) => short(repository.spec.interval)));
  for (const { repository } of together) {
    const own = short(repository.spec.interval);
    if (own !== interval)
      notes.push(
        `GitRepository ${keyOf(repository)} has interval ${own}: it becomes ${interval}, one for the project`,
      );
  }
  const byKustomization = new Map(together.map(({ kustomization, name }) => [keyOf(kustomization), name]));
  const withFields = together.map((candidate) => {
    const { name, namespace, kustomization, repository } = candidate;
    const about = {
      projectId: wanted.projectId,
      environment: name,
      namespace,
      environments: byKustomization,
    };
    const { fields, misfits } = carryKustomization(kustomization, about);
    const ownRef = JSON.stringify(refOf(repository));
    return {
      imported: { ...candidate, misfits },
      environment: {
        name,
        ...(namespace === namespaceName(wanted.projectId, name) ? {} : { namespace }),
        ...(ownRef === ref ? {} : { ref: JSON.parse(ownRef) as object }),
        ...fields,
      },
    };
  });
  const sources = together
    .map(({ repository }) => repository)
    .filter(({ spec }) => spec.secretRef !== undefined);
  const [first] = sources;
  // One that stands beside the ProjectGitOps already is used as it is.
  const beside = sources.find(({ metadata }) => metadata?.namespace === wanted.namespace);
  const credential = first && (beside?.spec.secretRef?.name ?? wanted.credential);
  const spec = {
    projectId: wanted.projectId,
    git: {
      url: url ?? "",
      ref: JSON.parse(ref) as object,
      ...(interval === "1m" || interval === undefined ? {} : { interval }),
      ...(credential ? { credential: { secretRef: { name: credential } } } : {}),
    },
    environments: withFields.map(({ environment }) => environment),
  };
  return {
    manifest: {
      apiVersion: API_VERSION,
      kind: KIND,
      metadata: { name: wanted.name, namespace: wanted.namespace },
      spec: spec as unknown as ProjectGitOpsSpecInput,
    },
    environments: withFields.map(({ imported }) => imported),
    leftOut,
    notes,
    credentialFrom: first && beside === undefined ? secretOf(first) : undefined,
  };
}

/** The Secret that a source takes its credential from. */
export const secretOf = ({
  metadata,
  spec,
}: GitRepository): { namespace: string; name: string } | undefined =>
  spec.secretRef && { namespace: metadata?.namespace ?? "", name: spec.secretRef.name };

type Candidate = Omit<Imported, "misfits">;

function candidateIn(namespace: string, found: Found, wanted: Wanted): Candidate | { why: string } {
  const kustomizations = deliveringInto(namespace, found).toSorted(
    (a, b) => rank(a, namespace, wanted) - rank(b, namespace, wanted) || (keyOf(a) < keyOf(b) ? -1 : 1),
  );
  const [first] = kustomizations;
  if (first === undefined) {
    const helm = found.helmReleases.find(({ metadata }) => metadata?.namespace === namespace);
    return {
      why: helm
        ? `HelmRelease ${keyOf(helm)} delivers it, and a release keeps its name: write the environment by hand with delivery.helm, and compare with diff`
        : "no Kustomization delivers into it",
    };
  }
  const kustomization = beforeRetirement(first);
  if (kustomization.spec["kubeConfig"] !== undefined)
    return { why: `Kustomization ${keyOf(kustomization)} deploys to another cluster (kubeConfig)` };
  const source = sourceKeyOf(kustomization);
  const repository = found.repositories.find((one) => keyOf(one) === source);
  if (repository === undefined) {
    const { kind, name } = kustomization.spec.sourceRef;
    return {
      why: `Kustomization ${keyOf(kustomization)} takes its manifests from ${kind} ${name}, which is no GitRepository that is there`,
    };
  }
  const url = parseGitUrl(repository.spec.url);
  if (url.kind === "refused") return { why: `the URL of GitRepository ${keyOf(repository)} ${url.message}` };
  const name = environmentNameOf(namespace, kustomization.metadata?.name ?? "", wanted);
  if (name === undefined)
    return { why: `its environment has no name that fits: say --as ${namespace}=NAME, at most 14 letters` };
  return { name, namespace, kustomization, repository };
}

/** Kustomizations that deploy into a namespace: those that say so, and those in it that say nothing else. */
export const deliveringInto = (namespace: string, { kustomizations }: Found): Kustomization[] =>
  kustomizations.filter(({ spec, metadata }) =>
    spec.targetNamespace === undefined
      ? metadata?.namespace === namespace
      : spec.targetNamespace === namespace,
  );

/** The one under the operator's own name first, then one in the namespace itself. */
function rank({ metadata }: Kustomization, namespace: string, { projectId }: Wanted): number {
  const here = metadata?.namespace === namespace;
  if (here && metadata?.name?.startsWith(`${projectId}-`)) return 0;
  return here ? 1 : 2;
}

const urlOf = ({ spec }: GitRepository): string => {
  const parsed = parseGitUrl(spec.url);
  return parsed.kind === "ok" ? parsed.url : spec.url;
};

/** Flux's own order of precedence; without a ref it takes master. Source: source-controller, GitRepositoryRef. */
function refOf({ spec }: GitRepository): Record<string, string> {
  for (const field of ["commit", "name", "semver", "tag", "branch"]) {
    const value = spec.ref?.[field];
    if (value) return { [field]: value };
  }
  return { branch: "master" };
}

function mostCommon(values: readonly string[]): string | undefined {
  const counts = Map.groupBy(values, (value) => value);
  return [...counts].toSorted(([, a], [, b]) => b.length - a.length)[0]?.[0];
}
