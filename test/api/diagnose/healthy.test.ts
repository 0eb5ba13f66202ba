import { afterAll, beforeAll, expect, test } from "bun:test";
import { type Lab, openLab } from "./lab.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterAll(() => lab.stop());

test("a healthy project has no findings, and diagnose exits with 0", async () => {
  const name = await lab.project();
  expect(await lab.diagnose(name)).toEqual({ healthy: true, findings: [] });
});
