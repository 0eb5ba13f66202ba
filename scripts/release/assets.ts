/**
 * Makes all that a release consists of, beside the image:
 * `scripts/release/assets.ts --image NAME@sha256:… --out FOLDER [--platform linux/amd64 …]`.
 * Programs, the chart and the manifests with that image, the schema for editors, a bill of materials, checksums.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { version } from "../../package.json";
import { formatError } from "../../src/cli/errors.ts";
import { installManifests } from "../../src/cli/manifests.ts";
import { packChart, pinnedImage } from "./chart.ts";
import { PLATFORMS, packProgram } from "./programs.ts";
import { billOfMaterials } from "./sbom.ts";

const ROOT = join(import.meta.dir, "..", "..");
const SCHEMA = "projectgitops_v1alpha1.json";

const { values } = parseArgs({
  options: {
    image: { type: "string", default: "" },
    out: { type: "string", default: join(ROOT, "dist", "release") },
    platform: { type: "string", multiple: true, default: [...PLATFORMS] },
  },
});

try {
  const image = pinnedImage(values.image);
  mkdirSync(values.out, { recursive: true });
  const made: string[] = [];
  for (const platform of values.platform) made.push(await packProgram(platform, version, values.out));
  made.push(await packChart(image, version, values.out));
  made.push(write(`projectgitops_${version}_install.yaml`, installManifests(values.image)));
  made.push(
    write(`projectgitops_${version}_sbom.cdx.json`, `${JSON.stringify(await billOfMaterials(), null, 2)}\n`),
  );
  copyFileSync(join(ROOT, "docs", "schema", SCHEMA), join(values.out, SCHEMA));
  made.push(SCHEMA);
  const sums = made.map((name) => `${sha256(name)}  ${name}\n`).join("");
  made.push(write(`projectgitops_${version}_checksums.txt`, sums));
  process.stdout.write(`${made.map((name) => join(values.out, name)).join("\n")}\n`);
} catch (error) {
  process.stderr.write(
    formatError({ message: (error as Error).message, next: "mend it, and run this again" }),
  );
  process.exit(1);
}

function write(name: string, text: string): string {
  writeFileSync(join(values.out, name), text);
  return name;
}

function sha256(name: string): string {
  return new Bun.CryptoHasher("sha256").update(readFileSync(join(values.out, name))).digest("hex");
}
