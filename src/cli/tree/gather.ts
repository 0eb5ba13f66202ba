import type { ProjectGitOps } from "../../api/schema.ts";
import type { BunK8sClient } from "../../kube/index.ts";
import { assemble, idsOf } from "./assemble.ts";
import { DeliveredReader } from "./delivered.ts";
import type { TreeObject, TreeProject } from "./model.ts";
import { readManaged } from "./read.ts";

/**
 * Reads what belongs to these projects. Of a single one also what Flux deployed is looked at; of many it is named
 * only: that would be thousands of reads.
 */
export async function gatherTrees(
  client: BunK8sClient,
  projects: readonly ProjectGitOps[],
): Promise<TreeProject[]> {
  const sightings = await readManaged(client, projects.flatMap(idsOf), projects);
  const trees = projects.map((project) => assemble(project, sightings));
  const reader = new DeliveredReader(client);
  if (trees.length === 1) for (const tree of trees) await lookInside(tree, reader);
  return trees;
}

async function lookInside(tree: TreeProject, reader: DeliveredReader): Promise<void> {
  const holders = tree.environments.flatMap(({ objects }) => objects);
  await Promise.all(
    holders.map(async (holder: TreeObject) => {
      if (holder.objects === undefined) return;
      holder.objects = await Promise.all(holder.objects.map((id) => reader.read(id)));
    }),
  );
}
