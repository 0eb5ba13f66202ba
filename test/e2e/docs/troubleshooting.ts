import { expect, test } from "bun:test";
import { blockWith, readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

const PAGE = readPage("docs/troubleshooting.md");

/** Begins with an installed operator, its Pods, and the README's project shop; in the folder with its key. */
export function troubleshooting(place: () => Place): void {
  let shell: Shell;
  tellPage(PAGE, {
    cluster: () => place().cluster,
    shell: () => shell,
    scenes: {
      "kubectl get namespace ": {
        after: ({ stdout }) => expect(stdout).toContain('"projectgitops.dev/owner":"platform/shop"'),
      },
      "-n non-existent-namespace": {
        exit: 1,
        after: ({ stderr }) => expect(stderr).toBe(blockWith(PAGE, "failed to create secret").text),
      },
    },
    begin: async () => {
      shell = await place().terminal({ folder: place().checkout });
    },
  });

  test.each([
    "kubectl get namespace project-xxx-development",
    "kubectl logs -n default deployment/api-gateway --tail=100",
    "bun run dev",
    "kubectl create secret generic test-secret",
    "bun run scripts/test-gitops-setup.ts",
    "bun run scripts/diagnose-gitops-pending.ts",
  ])("the notes' debugging command `%s` has its line in docs/troubleshooting.md", (command) => {
    expect(PAGE.text).toContain(`| \`${command}`);
  });
}
