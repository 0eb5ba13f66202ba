import { afterAll, beforeAll, expect, test } from "bun:test";
import { kubectl } from "../../cluster/index.ts";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 90_000);
afterAll(() => lab.stop());

const POLICY = "validatingadmissionpolicy/projectgitops-secrets";
const BINDING = "validatingadmissionpolicybinding/projectgitops-objects";
const ACCOUNT = "ServiceAccount projectgitops-system/projectgitops";

const findings = async () => (await lab.diagnoseAsItIs("")).findings;

async function must(...args: string[]): Promise<void> {
  const { code, stderr } = await kubectl(lab.cluster, args);
  expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
}

test("OperatorNotConfined: found when a policy is gone and another is bound to tell only, and goes with its fix", async () => {
  await must("delete", POLICY);
  await must("patch", BINDING, "--type=merge", "-p", '{"spec":{"validationActions":["Audit"]}}');
  const [first, ...others] = await findings();
  expect(first).toMatchObject({
    id: "OperatorNotConfined",
    severity: "warning",
    object: ACCOUNT,
    evidence: "projectgitops-objects, projectgitops-secrets",
  });
  expect(others).toEqual([]);
  await lab.paste(first?.fix);
  await lab.stand();
  expect(await findings()).toEqual([]);
}, 30_000);

test("OperatorNotConfined: found when the policies are for an operator of another namespace", async () => {
  const expression = "request.userInfo.username == 'system:serviceaccount:ops:projectgitops'";
  const patch = [{ op: "replace", path: "/spec/matchConditions/0/expression", value: expression }];
  await must("patch", POLICY, "--type=json", "-p", JSON.stringify(patch));
  const [first] = await findings();
  expect(first).toMatchObject({ id: "OperatorNotConfined", evidence: "projectgitops-secrets" });
  await lab.paste(first?.fix);
  await lab.stand();
}, 30_000);

test("OperatorNotConfined: absent when they are as in deploy/, and check says so", async () => {
  expect(await findings()).toEqual([]);
  const { stdout } = await lab.typed("check");
  expect(stdout).toContain("admission policies confine it to what the operator writes");
});
