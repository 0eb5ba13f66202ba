import { readFileSync } from "node:fs";
import { BunK8sClient, type KubeObject, type ResourceType } from "../../src/kube/index.ts";

/** What a raw writer needs of a client. */
export interface Writer {
  create(resource: ResourceType, body: KubeObject): Promise<unknown>;
  /** A merge patch. */
  patch(
    resource: ResourceType,
    ref: { namespace: string; name: string },
    body: object,
    subresource?: string,
  ): Promise<unknown>;
  close(): void;
}

export const WRITERS: Record<string, (kubeconfig: string) => Writer> = {
  BunK8sClient: (kubeconfig) => {
    // Everything is handed over at once, so the last one waits for its turn as long as all others take.
    const client = new BunK8sClient(kubeconfig, {
      userAgent: "raw-writer",
      fieldManager: "projectgitops",
      requestTimeoutMs: 300_000,
    });
    return {
      create: (resource, body) => client.create(resource, body),
      patch: (resource, ref, body, subresource) =>
        client.patch(resource, ref, body, { type: "merge", ...(subresource ? { subresource } : {}) }),
      close: () => client.close(),
    };
  },
  "bare fetch": bareFetch,
};

const AT_ONCE = 32;

/** Nothing but fetch: no errors told apart, no deadlines, no hooks. */
function bareFetch(kubeconfig: string): Writer {
  const { clusters, users } = JSON.parse(readFileSync(kubeconfig, "utf8"));
  const { server, "certificate-authority-data": ca } = clusters[0].cluster;
  const tls = { ca: Buffer.from(ca, "base64").toString() };
  const authorization = `Bearer ${users[0].user.token}`;
  let free = AT_ONCE;
  const waiting: (() => void)[] = [];
  const send = async (method: string, path: string, type: string, body: object) => {
    if (free > 0) free--;
    else await new Promise<void>((go) => waiting.push(go));
    try {
      const headers = { authorization, "content-type": type, "user-agent": "raw-writer" };
      const answer = await fetch(server + path, { method, headers, tls, body: JSON.stringify(body) });
      const text = await answer.text();
      if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
      return JSON.parse(text) as unknown;
    } finally {
      const next = waiting.shift();
      if (next) next();
      else free++;
    }
  };
  const query = "?fieldManager=projectgitops&fieldValidation=Strict";
  return {
    create: (resource, body) =>
      send("POST", collection(resource, body.metadata?.namespace) + query, "application/json", {
        apiVersion: resource.group ? `${resource.group}/${resource.version}` : resource.version,
        kind: resource.kind,
        ...body,
      }),
    patch: (resource, { namespace, name }, body, subresource) =>
      send(
        "PATCH",
        `${collection(resource, namespace)}/${name}${subresource ? `/${subresource}` : ""}${query}`,
        "application/merge-patch+json",
        body,
      ),
    close: () => undefined,
  };
}

function collection({ group, version, plural }: ResourceType, namespace: string | undefined): string {
  const base = group ? `/apis/${group}/${version}` : `/api/${version}`;
  return namespace ? `${base}/namespaces/${namespace}/${plural}` : `${base}/${plural}`;
}
