import { readFileSync } from "node:fs";
import { join } from "node:path";
import { name as packageName } from "../../package.json";
import { mustRun } from "../../test/cluster/kubectl.ts";

const ROOT = join(import.meta.dir, "..", "..");

/** CycloneDX, as far as it is read here. */
export interface Sbom {
  bomFormat: string;
  metadata: { component: { "bom-ref": string; name: string; version: string; type: string } };
  components: { "bom-ref": string; name: string }[];
  dependencies: { ref: string; dependsOn: string[] }[];
}

/** What is in the program: Bun and the dependencies, not what builds and tests it. */
export async function billOfMaterials(): Promise<Sbom> {
  const command = ["npm", "sbom", "--sbom-format", "cyclonedx", "--sbom-type", "application"];
  const all = JSON.parse(await mustRun(command, { cwd: ROOT })) as Sbom;
  const lock = JSON.parse(readFileSync(join(ROOT, "package-lock.json"), "utf8")) as Lock;
  // npm calls the package by the folder that it lies in.
  all.metadata.component.name = packageName;
  return within(all, partsOf(lock));
}

interface Lock {
  packages: Record<string, { version: string; dev?: boolean; devOptional?: boolean }>;
}

/** As npm's `--omit dev` should do it, which leaves out what a development dependency needs too (npm 11: js-yaml). */
function partsOf({ packages }: Lock): Set<string> {
  const parts = Object.entries(packages).filter(
    ([path, { dev, devOptional }]) => path && !dev && !devOptional,
  );
  return new Set(parts.map(([path, { version }]) => `${path.replace(/^.*node_modules\//, "")}@${version}`));
}

function within(sbom: Sbom, parts: Set<string>): Sbom {
  const root = sbom.metadata.component["bom-ref"];
  return {
    ...sbom,
    components: sbom.components.filter((component) => parts.has(component["bom-ref"])),
    dependencies: sbom.dependencies
      .filter(({ ref }) => ref === root || parts.has(ref))
      .map(({ ref, dependsOn }) => ({ ref, dependsOn: dependsOn.filter((each) => parts.has(each)) })),
  };
}
