import type { Deployment } from "kubernetes-types/apps/v1";

/** A Deployment that is valid and never run: the test cluster has no nodes. */
export function deployment(name: string): Deployment {
  const labels = { app: name };
  return {
    metadata: { name },
    spec: {
      replicas: 1,
      selector: { matchLabels: labels },
      template: { metadata: { labels }, spec: { containers: [{ name: "main", image: "one" }] } },
    },
  };
}

/** What a call rejects with; a call that does not reject fails the test. */
export async function failure(call: Promise<unknown>): Promise<unknown> {
  const answer = await call.then(
    (answer) => ({ answer }),
    (error: unknown) => ({ error }),
  );
  if ("error" in answer) return answer.error;
  throw new Error(`expected a rejection, got ${Bun.inspect(answer.answer).slice(0, 500)}`);
}
