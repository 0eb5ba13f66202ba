import { load } from "js-yaml";

/** A value of values.yaml: its path, the comment above it and its default. */
export interface DocumentedValue {
  path: string;
  meaning: string;
  default: unknown;
}

/** The chart's README: its table is made of values.yaml, where a value's meaning is the comment above it. */
export function chartReadme(values: string): string {
  const rows = documentedValues(values).map(
    ({ path, meaning, default: fallback }) =>
      `| \`${path}\` | ${meaning.replaceAll("|", "\\|")} | ${fallback === null ? "" : `\`${JSON.stringify(fallback)}\``} |`,
  );
  return `${HEAD}${rows.join("\n")}\n`;
}

/**
 * Every value that has a comment directly above it, and what stands below such a one is part of it.
 * @throws Error for a value that nothing is said of
 */
export function documentedValues(text: string): DocumentedValue[] {
  const found: DocumentedValue[] = [];
  const above: { indent: number; key: string }[] = [];
  let comment: string[] = [];
  let within: number | undefined;
  for (const line of text.split("\n")) {
    const [, spaces = "", said, key] = /^( *)(?:# (.*)|([A-Za-z]+):.*)?$/.exec(line) ?? [];
    if (said !== undefined) comment.push(said);
    else if (key === undefined) comment = [];
    else if (within === undefined || spaces.length <= within) {
      while ((above.at(-1)?.indent ?? -1) >= spaces.length) above.pop();
      above.push({ indent: spaces.length, key });
      within = undefined;
      const opens = new RegExp(`^ *${key}:$`).test(line);
      if (comment.length > 0 && !(opens && isSection(comment))) {
        const path = above.map((each) => each.key).join(".");
        found.push({ path, meaning: comment.join(" "), default: valueAt(text, path) });
        within = spaces.length;
      } else if (!opens) throw new Error(`values.yaml: nothing is said of ${key}`);
      comment = [];
    }
  }
  return found;
}

/** A comment on a group of values, each of which has its own. */
const isSection = ([first = ""]: string[]): boolean => /^(Flags of|For the Prometheus operator)/.test(first);

function valueAt(text: string, path: string): unknown {
  let value: unknown = load(text);
  for (const key of path.split(".")) value = (value as Record<string, unknown>)[key];
  return value;
}

const HEAD = `# Helm chart of ProjectGitOps

<!-- Made from values.yaml by: npm run generate -->

The same objects as \`kubectl apply -k deploy/\`; a test renders both and compares. Names are fixed, so that a second installation in the same cluster is refused by Helm and does not work on the same projects.

\`\`\`
helm install projectgitops deploy/chart --namespace projectgitops-system --create-namespace --set image.repository=registry.acme.dev/projectgitops
kubectl label namespace projectgitops-system pod-security.kubernetes.io/enforce=restricted
\`\`\`

- **Upgrade**: \`helm upgrade\` with the new chart. The CRD is a template and is upgraded with the rest.
- **Rollback**: \`helm rollback projectgitops\`. It puts the CRD back, too.
- **Uninstall**: \`helm uninstall projectgitops --namespace projectgitops-system\`. The CRD, every ProjectGitOps and all that was made for them stay; a later install of the same name takes the CRD over again.
- **After \`kubectl apply -k deploy/\`**: \`helm install --take-ownership\` takes over what is there.
- A value that the chart does not know, or of the wrong kind, is refused by \`values.schema.json\` with its name.

| value | meaning | default |
|---|---|---|
`;
