import { expect, test } from "bun:test";
import { BunK8sClient, NAMESPACES, TransportError } from "../../../src/kube/index.ts";
import { NotInTime } from "../../../src/services/not-in-time.ts";
import { until } from "../../../src/services/until.ts";

/** A port that nobody listens at: taken, and given back. */
function freePort(): number {
  const server = Bun.listen({ hostname: "127.0.0.1", port: 0, socket: { data: () => undefined } });
  const { port } = server;
  server.stop(true);
  return port;
}

test("an API server that stays away is named when the time is over", async () => {
  const client = new BunK8sClient({ server: `https://127.0.0.1:${freePort()}` });
  const waiting = until(
    client,
    NAMESPACES,
    { name: "shop" },
    {
      what: "Namespace shop is there",
      timeoutMs: 100,
      look: () => undefined,
      describe: () => "it is not there",
    },
  );
  const error = await waiting.catch((error: unknown) => error);
  expect(error).toBeInstanceOf(NotInTime);
  const { message, cause } = error as NotInTime;
  expect(message).toStartWith(
    "Namespace shop is there: not within 0.1 s; it is not there; the API server does not answer: ",
  );
  expect(cause).toBeInstanceOf(TransportError);
});
