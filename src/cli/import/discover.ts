import { parseGitUrl } from "../../api/git-url.ts";
import type { GitRepository, Kustomization } from "./flux-objects.ts";
import { keyOf, sourceKeyOf } from "./flux-objects.ts";

/** One repository, and the namespaces that it is delivered into. */
export interface Discovered {
  url: string;
  projectId: string;
  namespaces: string[];
  kustomizations: number;
}

/** Groups what Flux delivers by repository; what a ProjectGitOps holds already is left out. Pure. */
export function discover(
  repositories: readonly GitRepository[],
  kustomizations: readonly Kustomization[],
  isHeld: (object: Kustomization) => boolean,
): Discovered[] {
  const urls = new Map(repositories.map((one) => [keyOf(one), urlOf(one)]));
  const open = kustomizations.filter((one) => !isHeld(one));
  const byUrl = Map.groupBy(open, (one) => urls.get(sourceKeyOf(one) ?? ""));
  return [...byUrl]
    .flatMap(([url, own]) => {
      if (url === undefined) return [];
      const namespaces = [
        ...new Set(own.map(({ spec, metadata }) => spec.targetNamespace ?? metadata?.namespace ?? "")),
      ].sort();
      return [{ url, projectId: projectIdOf(url, namespaces), namespaces, kustomizations: own.length }];
    })
    .toSorted((a, b) => (a.url < b.url ? -1 : 1));
}

/** As the namespaces say (project-{id}-{environment}), else the name of the repository. */
function projectIdOf(url: string, namespaces: readonly string[]): string {
  const named = namespaces.map((name) => /^project-(.+)-[^-]+$/.exec(name)?.[1]);
  const [first] = named;
  if (first !== undefined && named.every((one) => one === first)) return first;
  const repository =
    url
      .split("/")
      .at(-1)
      ?.replace(/\.git$/, "") ?? "";
  return repository
    .toLowerCase()
    .replaceAll(/[^a-z0-9-]/g, "-")
    .slice(0, 40)
    .replaceAll(/^-+|-+$/g, "");
}

function urlOf({ spec }: GitRepository): string {
  const parsed = parseGitUrl(spec.url);
  return parsed.kind === "ok" ? parsed.url : spec.url;
}
