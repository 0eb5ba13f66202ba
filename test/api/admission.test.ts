import { beforeAll, describe, expect, test } from "bun:test";
import { parseProject } from "../../src/api/schema.ts";
import { adminCall, adminRequest, type Cluster, sharedCluster, uniqueName } from "../cluster/index.ts";
import { PROJECT_REFUSALS } from "./admission-cases.ts";
import { CREDENTIAL_ACCEPTED, CREDENTIAL_REFUSALS } from "./admission-credential-cases.ts";
import { ENVIRONMENT_REFUSALS } from "./admission-environment-cases.ts";
import { COLLECTION, object, type Refusal, STRICT } from "./admission-support.ts";

const REFUSALS = [...PROJECT_REFUSALS, ...CREDENTIAL_REFUSALS, ...ENVIRONMENT_REFUSALS];

interface Status {
  message?: string;
  reason?: string;
}

let cluster: Cluster;
beforeAll(async () => {
  cluster = await sharedCluster();
}, 120_000);

/** Asks the API server without storing anything. */
const dryRun = (specification: unknown) =>
  adminRequest<Status>(
    cluster,
    "POST",
    `${COLLECTION}?${STRICT}&dryRun=All`,
    object(specification, uniqueName("admission")),
  );

/** Stores `before` and asks whether `after` may replace it. */
async function dryRunChange(before: unknown, after: unknown) {
  const name = uniqueName("admission");
  const stored = await adminCall<{ metadata: object }>(
    cluster,
    "POST",
    `${COLLECTION}?${STRICT}`,
    object(before, name),
  );
  const changed = { ...object(after, name), metadata: stored.metadata };
  const answer = await adminRequest<Status>(
    cluster,
    "PUT",
    `${COLLECTION}/${name}?${STRICT}&dryRun=All`,
    changed,
  );
  await adminCall(cluster, "DELETE", `${COLLECTION}/${name}`);
  return answer;
}

describe("the API server refuses", () => {
  const ask = ({ before, spec: after }: Refusal) => (before ? dryRunChange(before, after) : dryRun(after));

  for (const refusal of REFUSALS) {
    test(refusal.what, async () => {
      const { status, body } = await ask(refusal);
      expect({ status, reason: body.reason }).toEqual({ status: 422, reason: "Invalid" });
      expect(body.message).toContain(refusal.path);
      expect(body.message).toContain(refusal.serverSays ?? refusal.says);
    });
  }

  test("a password without repeating it", async () => {
    const withPassword = REFUSALS.filter(({ spec: s }) => JSON.stringify(s).includes("hunter2"));
    expect(withPassword.length).toBeGreaterThan(1);
    for (const refusal of withPassword) {
      expect((await ask(refusal)).body.message).not.toContain("hunter2");
    }
  });
});

describe("the API server accepts", () => {
  for (const [what, given] of CREDENTIAL_ACCEPTED)
    test(what, async () => {
      const { status, body } = await dryRun(given);
      expect({ status, message: body.message }).toEqual({ status: 201, message: undefined });
    });
});

describe("what slipped past admission is refused by the operator, in the same words", () => {
  for (const { what, spec: s, path, says } of REFUSALS.filter(({ before }) => !before)) {
    test(what, () => {
      const parsed = parseProject(object(s, "admission"));
      if (parsed.ok) throw new Error("it was accepted");
      const problem = parsed.problems.find(({ message }) => message.includes(says));
      expect(problem ?? parsed.problems).toMatchObject({ path });
    });
  }
});
