import { expect } from "bun:test";
import { symlinkSync } from "node:fs";
import { join } from "node:path";
import { loadAll } from "js-yaml";
import { PROJECTS } from "../../../src/reconcile/index.ts";
import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import type { Place } from "./place.ts";

/** Begins with an installed operator and the README's project shop, all of it well. */
export function operations(place: () => Place): void {
  let shell: Shell;
  let before: string;
  /** Everything of the project, by uid: what was made anew has another one. */
  const uids = () =>
    shell.must(
      "kubectl get namespaces,secrets,serviceaccounts,rolebindings,gitrepositories,kustomizations -A -l projectgitops.dev/project=shop -o custom-columns=NAME:.metadata.name,UID:.metadata.uid --no-headers",
    );
  const ready = () => shell.must("projectgitops wait shop -n platform");

  tellPage(readPage("docs/operations.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    begin: async () => {
      shell = await place().terminal();
      symlinkSync(place().checkout, join(shell.folder, "projectgitops"));
    },
    scenes: {
      "overlays/high-availability": {
        instead: async (kustomization) => {
          await Bun.write(join(shell.folder, "kustomization.yaml"), kustomization);
          const kinds = (loadAll(await shell.must("kubectl kustomize .")) as { kind: string }[]).map(
            ({ kind }) => kind,
          );
          expect(kinds).toEqual(expect.arrayContaining(["PodDisruptionBudget", "NetworkPolicy"]));
        },
      },
      "-k .": {
        after: async () => {
          const replicas =
            "kubectl get deployment projectgitops -n projectgitops-system -o jsonpath={.spec.replicas}";
          expect(await shell.must(replicas)).toBe("2");
        },
      },
      "projectgitops:0.2.0": {
        before: async () => {
          before = await uids();
        },
        after: async () => {
          await place().rollOut();
          await ready();
          expect(await uids()).toBe(before);
        },
      },
      "Downgrade > replicas=0": { after: () => place().rollOut() },
      "Restore, and how Velero loses status > replicas=0": { after: () => place().rollOut() },
      "replicas=1": {
        before: async () => {
          before = await uids();
          await restoreWithoutStatus(place());
        },
        after: async () => {
          await place().rollOut();
          await ready();
          expect(await uids()).toBe(before);
        },
      },
    },
  });
}

/** Has the ProjectGitOps as Velero brings it back: another uid, no status, no finalizer. */
async function restoreWithoutStatus({ admin }: Place): Promise<void> {
  const ref = { namespace: "platform", name: "shop" };
  const { apiVersion, kind, metadata, spec } = await admin.get(PROJECTS, ref);
  await admin.patch(PROJECTS, ref, { metadata: { finalizers: null } }, { type: "merge" });
  await admin.delete(PROJECTS, ref);
  const { annotations = {}, labels = {} } = metadata;
  await admin.create(PROJECTS, { apiVersion, kind, metadata: { ...ref, annotations, labels }, spec });
}
