import { describe, expect, test } from "bun:test";
import { readPage } from "../../docs/page.ts";

const PAGE = readPage("docs/troubleshooting.md").text;

/** The finding of each row, under its group's heading. */
const GROUPS = readPage("docs/findings/README.md")
  .text.split(/^## /m)
  .slice(1)
  .map(
    (part) =>
      [part.split("\n")[0] ?? "", [...part.matchAll(/^\| \[(\w+)\]/gm)].map(([, id = ""]) => id)] as const,
  );

describe("docs/troubleshooting.md leads from what is seen to every finding of diagnose", () => {
  test.each(GROUPS)("%s", (group, ids) => {
    expect(ids.length).toBeGreaterThan(0);
    const linked = ids.filter((id) => PAGE.includes(`(findings/${id}.md)`));
    // Where there are many, the most frequent ones and the group.
    if (PAGE.includes(`(findings/README.md#${group})`)) expect(linked.length).toBeGreaterThan(0);
    else expect(linked).toEqual(ids);
  });
});

test.each([
  "kubectl get namespace project-xxx-development",
  "kubectl logs -n default deployment/api-gateway --tail=100",
  "bun run dev",
  "kubectl create secret generic test-secret",
  "bun run scripts/test-gitops-setup.ts",
  "bun run scripts/diagnose-gitops-pending.ts",
])("the notes' debugging command `%s` has its line in docs/troubleshooting.md", (command) => {
  expect(PAGE).toContain(`| \`${command}`);
});
