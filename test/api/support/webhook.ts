import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineResource, type KubeObject } from "../../../src/kube/index.ts";
import { MANAGED_KINDS, type ManagedKind } from "../../../src/plan/index.ts";
import { uniqueName } from "../../cluster/index.ts";
import type { Scope } from "./scope.ts";

const WEBHOOKS = defineResource<KubeObject & { webhooks: object[] }>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural: "validatingwebhookconfigurations",
  kind: "ValidatingWebhookConfiguration",
  namespaced: false,
});

export interface WebhookOptions {
  /** Only objects that carry this project's label. */
  projectId: string;
  kind: ManagedKind;
  /** `{url, caBundle}` or `{service}`. */
  clientConfig: object;
  failurePolicy?: "Fail" | "Ignore";
}

/** Registers a validating webhook for creates. @returns its name, which is its configuration's too, and its end */
export async function registerWebhook(
  { admin }: Pick<Scope, "admin">,
  { projectId, kind, clientConfig, failurePolicy = "Fail" }: WebhookOptions,
): Promise<{ name: string; remove(): Promise<void> }> {
  const { group, version, plural } = MANAGED_KINDS[kind];
  const name = `${uniqueName("hook")}.test.projectgitops.dev`;
  const rule = { operations: ["CREATE"], apiGroups: [group], apiVersions: [version], resources: [plural] };
  await admin.create(WEBHOOKS, {
    metadata: { name },
    webhooks: [
      {
        name,
        clientConfig,
        rules: [rule],
        objectSelector: { matchLabels: { "projectgitops.dev/project": projectId } },
        admissionReviewVersions: ["v1"],
        sideEffects: "None",
        timeoutSeconds: 5,
        failurePolicy,
      },
    ],
  });
  return { name, remove: async () => void (await admin.delete(WEBHOOKS, { name })) };
}

/** A program behind a webhook that says no to everything, in these words. */
export function serveNo(
  { cluster }: Pick<Scope, "cluster">,
  words: string,
): { clientConfig: object; asked(): number; stop(): Promise<void> } {
  const pem = (file: string) => readFileSync(join(cluster.certs, file), "utf8");
  let asked = 0;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: pem("apiserver.crt"), key: pem("apiserver.key") },
    fetch: async (request) => {
      const { request: review } = (await request.json()) as { request: { uid: string } };
      asked += 1;
      const response = { uid: review.uid, allowed: false, status: { message: words } };
      return Response.json({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
    },
  });
  server.unref();
  return {
    clientConfig: {
      url: `https://127.0.0.1:${server.port}`,
      caBundle: Buffer.from(cluster.caPem).toString("base64"),
    },
    asked: () => asked,
    stop: () => server.stop(true),
  };
}
