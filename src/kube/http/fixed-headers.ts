import type { ClientConfig } from "../config/client-config.ts";

/** The headers of every request, apart from its credential. */
export function fixedHeaders(config: ClientConfig, userAgent: string): [string, string][] {
  const headers: [string, string][] = [["User-Agent", userAgent]];
  if (config.disableCompression === true) headers.push(["Accept-Encoding", "identity"]);
  const as = config.impersonate;
  if (as === undefined) return headers;
  headers.push(["Impersonate-User", as.user]);
  if (as.uid !== undefined) headers.push(["Impersonate-Uid", as.uid]);
  return headers;
}

/** Impersonation's headers that may come more than once each. Source: Kubernetes docs, "User impersonation". */
export function listHeaders(config: ClientConfig): Record<string, string[]> {
  const { groups = [], extra = {} } = config.impersonate ?? {};
  const headers: Record<string, string[]> = {};
  if (groups.length > 0) headers["Impersonate-Group"] = groups;
  for (const key in extra) headers[`Impersonate-Extra-${encodeURIComponent(key)}`] = extra[key] ?? [];
  return headers;
}
