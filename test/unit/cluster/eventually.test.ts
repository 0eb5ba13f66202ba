import { expect, test } from "bun:test";
import { eventually, NotInTime, uniqueName } from "../../cluster/eventually.ts";

test("a condition that comes true is waited for and its value returned", async () => {
  let looks = 0;
  expect(await eventually(() => ++looks > 2 && "here", { everyMs: 1 })).toBe("here");
});

test("a check that throws counts as not yet", async () => {
  let looks = 0;
  const check = () => {
    if (++looks < 3) throw new Error("not found");
    return looks;
  };
  expect(await eventually(check, { everyMs: 1 })).toBe(3);
});

test("a condition that stays false ends with what was waited for and what was seen last", async () => {
  const failed = eventually(() => undefined, { deadlineMs: 5, everyMs: 1, description: "pigs fly" });
  await expect(failed).rejects.toThrow(NotInTime);
  await expect(failed).rejects.toThrow(/pigs fly\n {2}last seen: undefined/);
});

test("unique names are DNS labels and differ", () => {
  expect(uniqueName("shop")).toMatch(/^shop-[0-9a-f]{8}$/);
  expect(uniqueName()).not.toBe(uniqueName());
});
