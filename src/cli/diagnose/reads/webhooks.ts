import type { LabelSelector } from "kubernetes-types/meta/v1";
import { defineResource, type KubeObject } from "../../../kube/index.ts";
import type { Look } from "../look.ts";

/** What is judged of a webhook, validating or mutating. */
export interface Webhook {
  readonly name: string;
  readonly failurePolicy?: "Fail" | "Ignore";
  readonly clientConfig: {
    readonly service?: { readonly namespace: string; readonly name: string };
    readonly url?: string;
  };
  readonly rules?: readonly WebhookRule[];
  readonly namespaceSelector?: LabelSelector;
  readonly objectSelector?: LabelSelector;
}

export interface WebhookRule {
  readonly apiGroups?: readonly string[];
  readonly resources?: readonly string[];
  readonly operations?: readonly string[];
}

/** One webhook with the configuration that it stands in. */
export interface RegisteredWebhook {
  readonly kind: "ValidatingWebhookConfiguration" | "MutatingWebhookConfiguration";
  readonly configuration: string;
  readonly webhook: Webhook;
}

interface Configuration extends KubeObject {
  webhooks?: Webhook[];
}

const KINDS = {
  ValidatingWebhookConfiguration: "validatingwebhookconfigurations",
  MutatingWebhookConfiguration: "mutatingwebhookconfigurations",
} as const;

/** All admission webhooks of the cluster; undefined where this person may not list them. */
export function readWebhooks(look: Look): Promise<RegisteredWebhook[] | undefined> {
  return look.once("admission webhooks", async () => {
    const kinds = Object.keys(KINDS) as (keyof typeof KINDS)[];
    const lists = await Promise.all(kinds.map((kind) => look.list(resourceOf(kind))));
    if (lists.some((list) => list === undefined)) return undefined;
    return lists.flatMap((list, place) =>
      (list ?? []).flatMap(({ metadata, webhooks = [] }) =>
        webhooks.map((webhook) => ({
          kind: kinds[place] as keyof typeof KINDS,
          configuration: metadata?.name ?? "",
          webhook,
        })),
      ),
    );
  });
}

const resourceOf = (kind: keyof typeof KINDS) =>
  defineResource<Configuration>({
    group: "admissionregistration.k8s.io",
    version: "v1",
    plural: KINDS[kind],
    kind,
    namespaced: false,
  });
