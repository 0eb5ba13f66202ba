import { expect, test } from "bun:test";
import { Limiter } from "../../../src/kube/http/limiter.ts";

const never = new AbortController().signal;

test("no more than the slots are held at once, and waiters go in the order they came", async () => {
  const limiter = new Limiter(2);
  const order: number[] = [];
  let held = 0;
  let most = 0;
  await Promise.all(
    [1, 2, 3, 4, 5].map(async (number) => {
      await limiter.acquire(never);
      most = Math.max(most, ++held);
      order.push(number);
      await Promise.resolve();
      held--;
      limiter.release();
    }),
  );
  expect(most).toBe(2);
  expect(order).toEqual([1, 2, 3, 4, 5]);
});

test("a waiter that gives up leaves the queue and takes no slot", async () => {
  const limiter = new Limiter(1);
  await limiter.acquire(never);
  const controller = new AbortController();
  const gaveUp = limiter.acquire(controller.signal)?.catch((error: unknown) => error);
  const next = limiter.acquire(never);
  controller.abort(new Error("enough"));
  expect(await gaveUp).toMatchObject({ message: "enough" });
  limiter.release();
  await next;
  limiter.release();
  expect(limiter.acquire(never)).toBeUndefined();
});
