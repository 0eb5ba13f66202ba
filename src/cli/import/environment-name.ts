import { environmentNameSchema } from "../../api/environment.ts";

/**
 * What an environment is called: as people said, else by the namespace or Kustomization that names the project.
 * Undefined where none of it is a good name. Pure.
 */
export function environmentNameOf(
  namespace: string,
  kustomization: string,
  { projectId, names }: { projectId: string; names: ReadonlyMap<string, string> },
): string | undefined {
  const given = names.get(namespace);
  if (given !== undefined) return given;
  const guesses = [
    after(namespace, `project-${projectId}-`),
    after(kustomization, `${projectId}-`),
    after(namespace, `${projectId}-`),
    namespace.endsWith(`-${projectId}`) ? namespace.slice(0, -projectId.length - 1) : undefined,
    namespace,
  ];
  return guesses.find((guess) => guess !== undefined && environmentNameSchema.safeParse(guess).success);
}

const after = (text: string, prefix: string): string | undefined =>
  text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
