import { readFileSync } from "node:fs";
import { join } from "node:path";

/** What a request needs: the address, and the folder with ca.crt, admin.crt and admin.key. */
export interface AdminAccess {
  server: string;
  certs: string;
}

export interface AdminAnswer<T = Record<string, unknown>> {
  status: number;
  body: T;
}

/**
 * One request as cluster administrator, for what the cluster's own set-up needs before and without the client
 * under test. Resolves whatever the status is; rejects only when there is no answer.
 */
export async function adminRequest<T = Record<string, unknown>>(
  { server, certs }: AdminAccess,
  method: string,
  path: string,
  body?: unknown,
  contentType = "application/json",
): Promise<AdminAnswer<T>> {
  const answer = await fetch(`${server}${path}`, {
    method,
    tls: {
      ca: readFileSync(join(certs, "ca.crt"), "utf8"),
      cert: readFileSync(join(certs, "admin.crt"), "utf8"),
      key: readFileSync(join(certs, "admin.key"), "utf8"),
    },
    headers: { accept: "application/json", "content-type": contentType },
    signal: AbortSignal.timeout(20_000),
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
  });
  const text = await answer.text();
  return { status: answer.status, body: parse(text) as T };
}

/** Like `adminRequest`; @throws Error with the server's message unless the status is 2xx. */
export async function adminCall<T = Record<string, unknown>>(
  access: AdminAccess,
  method: string,
  path: string,
  body?: unknown,
  contentType?: string,
): Promise<T> {
  const answer = await adminRequest<T & { message?: string }>(access, method, path, body, contentType);
  if (answer.status >= 200 && answer.status < 300) return answer.body;
  throw new Error(`${method} ${path}: ${answer.status} ${answer.body.message ?? ""}`);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return { message: text };
  }
}
