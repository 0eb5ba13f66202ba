import { nearest } from "../../nearest.ts";

/** A folder of a repository that Flux could deploy. */
export interface Folder {
  /** Without `./` before and `/` behind; "" is the root. */
  readonly path: string;
  readonly hasKustomization: boolean;
}

/** The folders that hold manifests, those with a kustomization first. Pure. */
export function foldersOf(files: readonly string[]): Folder[] {
  const byFolder = Map.groupBy(files, (file) => file.replace(/(^|\/)[^/]*$/, ""));
  return [...byFolder]
    .map(([path, names]) => ({ path, hasKustomization: names.some((name) => KUSTOMIZATION.test(name)) }))
    .filter(({ path }) => !/(^|\/)\./.test(path))
    .toSorted(
      (a, b) => Number(b.hasKustomization) - Number(a.hasKustomization) || a.path.localeCompare(b.path),
    );
}

const KUSTOMIZATION = /(^|\/)(kustomization\.ya?ml|Kustomization)$/;

/** `./k8s/overlays/staging/` and `k8s/overlays/staging` are one. */
export const plain = (path: string): string =>
  path
    .split("/")
    .filter((part) => part !== "" && part !== ".")
    .join("/");

/**
 * The folder that was most likely meant, which is none that another environment deploys: a person pastes the fix, and
 * production must not get what is meant for development. Undefined where nothing is like it. Pure.
 */
export function nearestFolder(
  wanted: string,
  environment: string,
  folders: readonly Folder[],
  taken: readonly string[],
): string | undefined {
  const others = new Set(taken.map(plain));
  const rated = folders
    .filter(({ path }) => !others.has(path))
    .map((folder) => ({ path: folder.path, score: likeness(plain(wanted), environment, folder) }))
    .toSorted((a, b) => b.score - a.score);
  const [best] = rated;
  return best !== undefined && (best.score >= ENOUGH || rated.length === 1) ? best.path : undefined;
}

const ENOUGH = 30;

/** Weights by how sure a sign is: another case, the same last part, the environment's name, a typing mistake, a neighbour. */
function likeness(wanted: string, environment: string, { path, hasKustomization }: Folder): number {
  const [want, have] = [wanted.toLowerCase().split("/"), path.toLowerCase().split("/")];
  const [lastWanted = "", lastHere = ""] = [want.at(-1), have.at(-1)];
  const common = want.findIndex((part, place) => part !== have[place]);
  const shared = (common === -1 ? want.length : common) / want.length;
  const signs: readonly (readonly [boolean, number])[] = [
    [want.join("/") === have.join("/"), 100],
    [lastHere === lastWanted, 40],
    [lastHere === environment, 35],
    [lastHere !== lastWanted && nearest(lastWanted, [lastHere]).length > 0, 30],
    [nearest(wanted, [path]).length > 0, 15],
    [hasKustomization, 5],
  ];
  return signs.reduce((sum, [holds, weight]) => sum + (holds ? weight : 0), shared * 20);
}
