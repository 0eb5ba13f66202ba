import { load } from "js-yaml";

/** A place that says which version this is; undefined where nothing is found there. */
export interface Place {
  where: string;
  says: string | undefined;
}

/** Every place that has to say the same. @param read gives a file's text by its path from the repository's root */
export function versionPlaces(read: (path: string) => string): Place[] {
  const chart = load(read("deploy/chart/Chart.yaml")) as Record<string, string>;
  const lock = JSON.parse(read("package-lock.json")) as {
    version?: string;
    packages: Record<string, Versioned>;
  };
  return [
    { where: "package.json, version", says: (JSON.parse(read("package.json")) as Versioned).version },
    { where: "package-lock.json, version", says: lock.version },
    { where: "package-lock.json, version of the root package", says: lock.packages[""]?.version },
    { where: "deploy/chart/Chart.yaml, version", says: chart["version"] },
    { where: "deploy/chart/Chart.yaml, appVersion", says: chart["appVersion"] },
    { where: "deploy/deployment.yaml, tag of the image", says: tagIn(read("deploy/deployment.yaml")) },
    { where: "src/cli/manifests.ts, PLACEHOLDER_IMAGE", says: tagIn(read("src/cli/manifests.ts")) },
  ];
}

/** What stands in the way of a release under this tag, a line each; none when it may go. */
export function refusals(tag: string, read: (path: string) => string): string[] {
  const [, version] = /^v(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)$/.exec(tag) ?? [];
  if (version === undefined)
    return [`${tag} is no tag of a release: it has to be like v1.2.3 or v1.2.3-rc.1`];
  const different = versionPlaces(read)
    .filter(({ says }) => says !== version)
    .map(({ where, says }) => `${where}: ${says ?? "nothing"}, not ${version}`);
  const notes = releaseNotes(version, read("CHANGELOG.md"));
  const missing = `CHANGELOG.md: no section "## [${version}] - YYYY-MM-DD" with a line in it`;
  return notes === undefined ? [...different, missing] : different;
}

/** The changelog's section of a version, without its heading; undefined where there is none, or nothing in it. */
export function releaseNotes(version: string, changelog: string): string | undefined {
  const sections = changelog.split(/^(?=## )/m);
  const heading = new RegExp(`^## \\[${version.replaceAll(".", "\\.")}\\] - \\d{4}-\\d{2}-\\d{2}\\n`);
  const section = sections
    .find((each) => heading.test(each))
    ?.replace(heading, "")
    .trim();
  return section || undefined;
}

interface Versioned {
  version?: string;
}

const tagIn = (text: string): string | undefined =>
  /registry\.example\.com\/projectgitops:([^\s"]+)/.exec(text)?.[1];
