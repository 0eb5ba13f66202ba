import { expect, test } from "bun:test";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { dump, load } from "js-yaml";
import { desiredObjects, type PlanInputs } from "../../../src/plan/index.ts";
import { APP_SECRET, inputsFor, projectFromFile } from "./support.ts";

/**
 * fixtures/x.yaml is a manifest, fixtures/x.golden.yaml every object that is rendered from it. After a change
 * that is meant: `UPDATE_GOLDEN=1 bun test test/unit/plan`, then read the diff.
 */
const FOLDER = join(import.meta.dir, "fixtures");
const FIXTURES = readdirSync(FOLDER).filter(
  (name) => name.endsWith(".yaml") && !name.endsWith(".golden.yaml"),
);

/** What comes to the plan from elsewhere than the manifest. */
const SPECIAL: Record<string, Partial<PlanInputs>> = {
  "https-github-app": { gitSecret: APP_SECRET },
  guardrails: {
    environmentDefaults: {
      podSecurity: { enforce: "baseline", warn: "restricted", audit: "restricted" },
      resourceQuota: { hard: { pods: "50", "requests.cpu": "4", "limits.memory": "16384Mi" } },
      limitRange: {
        limits: [
          {
            type: "Container",
            max: { cpu: "2", memory: "4Gi" },
            default: { cpu: "500m", memory: "256Mi" },
            defaultRequest: { cpu: "100m", memory: "128Mi" },
          },
        ],
      },
      networkPolicy: { ingress: "OtherProjectsDenied", egress: "DNSAndGit" },
    },
  },
};

for (const file of FIXTURES) {
  const name = basename(file, ".yaml");
  test(`${name.replaceAll("-", " ")}: renders as in ${name}.golden.yaml`, () => {
    const project = projectFromFile(join(FOLDER, file));
    const special = SPECIAL[name] ?? {};
    const manifests = desiredObjects(project, inputsFor(project, special)).map(({ manifest }) => manifest);
    const golden = join(FOLDER, `${name}.golden.yaml`);
    if (process.env["UPDATE_GOLDEN"])
      writeFileSync(golden, dump(manifests, { lineWidth: 110, noRefs: true }));
    expect(manifests as unknown).toEqual(load(readFileSync(golden, "utf8")));
  });
}

test("there is a fixture for each way of delivery and sign-in", () => {
  expect(FIXTURES.length).toBeGreaterThanOrEqual(6);
});
