import { readFileSync } from "node:fs";
import { join } from "node:path";
import { defineResource, type KubeObject, NAMESPACES } from "../../../src/kube/index.ts";
import { MANAGED_KINDS, type ManagedKind } from "../../../src/plan/index.ts";
import { eventually, uniqueName } from "../../cluster/index.ts";
import type { Scope } from "./scope.ts";

const WEBHOOKS = defineResource<KubeObject & { webhooks: object[] }>({
  group: "admissionregistration.k8s.io",
  version: "v1",
  plural: "validatingwebhookconfigurations",
  kind: "ValidatingWebhookConfiguration",
  namespaced: false,
});

interface Review {
  request: { uid: string; name: string; namespace?: string; kind: { kind: string }; dryRun: boolean };
}

/** A place in the API server where creates of one project can be held up. */
export interface Gate {
  /** `Kind namespace/name` of the creates that came by, held ones included. */
  readonly arrived: readonly string[];
  /** Holds this and all later creates of these kinds, after as many as `pass` of them. */
  hold(kinds: readonly ManagedKind[], pass?: number): void;
  /** Lets everything through, also what is held. */
  open(): void;
  close(): Promise<void>;
}

/**
 * A validating webhook for the creates of one project: a request that it holds stands in the API server, sent and
 * not answered. Resolves when it works.
 */
export async function openGate({ admin, cluster }: Scope, projectId: string): Promise<Gate> {
  const arrived: string[] = [];
  const held: (() => void)[] = [];
  let works = false;
  let holding: { kinds: readonly ManagedKind[]; left: number } | undefined;
  const pem = (file: string) => readFileSync(join(cluster.certs, file), "utf8");
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 60,
    tls: { cert: pem("apiserver.crt"), key: pem("apiserver.key") },
    fetch: async (request) => {
      const { request: review } = (await request.json()) as Review;
      if (review.dryRun) works = true;
      else {
        arrived.push(`${review.kind.kind} ${[review.namespace, review.name].filter(Boolean).join("/")}`);
        if (holding?.kinds.includes(review.kind.kind as ManagedKind) && holding.left-- <= 0)
          await new Promise<void>((go) => held.push(go));
      }
      const response = { uid: review.uid, allowed: true };
      return Response.json({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
    },
  });
  server.unref();
  const name = uniqueName("gate");
  await admin.create(WEBHOOKS, {
    metadata: { name },
    webhooks: [webhook(projectId, `https://127.0.0.1:${server.port}`, cluster.caPem)],
  });
  const open = () => {
    holding = undefined;
    for (const go of held.splice(0)) go();
  };
  const probe = { metadata: { name, labels: { "projectgitops.dev/project": projectId } } };
  await eventually(async () => (await admin.create(NAMESPACES, probe, { dryRun: true })) && works, {
    description: "the gate works",
  });
  return {
    arrived,
    hold: (kinds, pass = 0) => {
      holding = { kinds, left: pass };
    },
    open,
    close: async () => {
      open();
      await admin.delete(WEBHOOKS, { name });
      await server.stop(true);
    },
  };
}

function webhook(projectId: string, url: string, caPem: string): object {
  const rules = Object.values(MANAGED_KINDS).map(({ group, version, plural }) => ({
    operations: ["CREATE"],
    apiGroups: [group],
    apiVersions: [version],
    resources: [plural],
  }));
  return {
    name: "gate.test.projectgitops.dev",
    clientConfig: { url, caBundle: Buffer.from(caPem).toString("base64") },
    rules,
    objectSelector: { matchLabels: { "projectgitops.dev/project": projectId } },
    admissionReviewVersions: ["v1"],
    sideEffects: "None",
    timeoutSeconds: 30,
    failurePolicy: "Fail",
  };
}
