import type { BunK8sClient } from "../../kube/index.ts";
import { orMissing } from "../answers.ts";
import { ask } from "../connect.ts";
import type { Look } from "../follow.ts";
import { INSTALL_LABEL, isLabelledOurs, outcomeLine } from "../installed/objects.ts";
import type { SeenObject } from "../installed/seen.ts";
import { until } from "../installed/until.ts";
import type { Io } from "../io.ts";

/**
 * Removes the very object that was seen, and waits until it is gone: of the Deployment with its Pods, which have
 * ended then, so that nobody acts with rights that go next.
 */
export async function removeObject(
  client: BunK8sClient,
  { resource, ref, text, live }: SeenObject,
  timeout: string,
  io: Io,
): Promise<void> {
  if (live === undefined) return;
  if (!isLabelledOurs(live)) {
    io.out(outcomeLine(text, `stays: it is not labelled ${INSTALL_LABEL.name}=${INSTALL_LABEL.value}`));
    return;
  }
  const { uid = "" } = live.metadata ?? {};
  const options = { preconditions: { uid }, propagationPolicy: "Foreground" } as const;
  await ask(io, `delete ${text}`, orMissing(client.delete(resource, ref, options)));
  await until(io, {
    what: `${text} to be gone`,
    timeout,
    next: `kubectl get ${resource.plural} ${ref.name}${ref.namespace ? ` -n ${ref.namespace}` : ""} -o yaml`,
    look: async (): Promise<Look<true>> => {
      const now = await ask(io, `read ${text}`, orMissing(client.getMetadata(resource, ref)));
      if (now === undefined || now.metadata?.uid !== uid) return { answer: true };
      return { waitingFor: now.metadata?.finalizers?.join(", ") || "what is in it to end" };
    },
  });
  io.out(outcomeLine(text, "removed"));
}
