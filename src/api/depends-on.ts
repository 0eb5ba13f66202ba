interface Node {
  name: string;
  dependsOn?: string[] | undefined;
}

/** The names on a circle of dependsOn, in order, or undefined where there is none. */
export function cycleOf(environments: readonly Node[]): string[] | undefined {
  const edges = new Map(environments.map(({ name, dependsOn = [] }) => [name, dependsOn]));
  const done = new Set<string>();
  const visit = (name: string, path: string[]): string[] | undefined => {
    const at = path.indexOf(name);
    if (at >= 0) return path.slice(at);
    if (done.has(name)) return undefined;
    for (const next of edges.get(name) ?? []) {
      const found = visit(next, [...path, name]);
      if (found) return found;
    }
    done.add(name);
    return undefined;
  };
  for (const { name } of environments) {
    const found = visit(name, []);
    if (found) return found;
  }
  return undefined;
}
