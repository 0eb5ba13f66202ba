import { WEBHOOK_DENIES } from "../catalogue/set-up-refused.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import { readWebhooks } from "../reads/webhooks.ts";
import { reconcileCommand } from "./about.ts";
import { AGAIN, aboutRefused, type Refused, thenReconcile } from "./refusal.ts";
import type { Refuser } from "./server-words.ts";

/** The webhook that the server named, as long as it is registered. */
export async function webhookDenies(
  look: Look,
  refused: Refused,
  { webhook, said }: Extract<Refuser, { kind: "webhook" }>,
): Promise<Found[]> {
  const all = await readWebhooks(look);
  const registered = all?.find((one) => one.webhook.name === webhook);
  const isGone = all !== undefined && registered === undefined;
  if (isGone && refused.isOver) return [];
  const { kind = "ValidatingWebhookConfiguration", configuration = "" } = registered ?? {};
  return [
    found(WEBHOOK_DENIES, {
      ...aboutRefused(refused),
      object: registered ? `${kind} ${configuration}` : `admission webhook ${webhook}`,
      what: `the admission webhook ${webhook} does not allow ${refused.target}`,
      evidence: said || "denied without an explanation",
      cause: isGone
        ? `a program behind that webhook decided so; ${AGAIN}`
        : `a program decides so, ${programOf(registered?.webhook.clientConfig)}; its own rules say what it asks for`,
      fix: isGone
        ? reconcileCommand(refused.project)
        : thenReconcile(`kubectl edit ${kind.toLowerCase()} ${configuration}`.trimEnd(), refused),
    }),
  ];
}

function programOf(
  client: { service?: { namespace: string; name: string }; url?: string } | undefined,
): string {
  if (client?.service) return `behind Service ${client.service.namespace}/${client.service.name}`;
  return client?.url === undefined ? "whose place is not known here" : `at ${client.url}`;
}
