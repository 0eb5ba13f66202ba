import { rootCertificates } from "node:tls";
import type { GitUrl } from "../../api/git-url.ts";
import type { GitCredential } from "../../git/index.ts";

/** What a git host answers to the first request of every fetch over HTTPS. */
export interface RefsAnswer {
  readonly status: number;
  /** Without parameters, in lower case. */
  readonly contentType: string;
  /** Where a redirect leads, without a query: it is not followed. */
  readonly location: string | undefined;
  /** The first 4 MiB. */
  readonly body: Buffer;
}

const MOST_BYTES = 4 * 1024 * 1024;

/**
 * Asks a git host for the refs of a repository, as git and Flux do: TLS verified, with the credential's own
 * certificate authority, to the host of the URL and nowhere else.
 * @see https://git-scm.com/docs/gitprotocol-http
 * @throws what fetch throws; its `code` says what failed, its message may repeat what was sent
 */
export async function requestRefs(
  url: Pick<GitUrl, "url">,
  credential: GitCredential | "none",
  signal: AbortSignal,
): Promise<RefsAnswer> {
  const ca = credential !== "none" && "caCert" in credential ? credential.caCert : undefined;
  const address = `${url.url.replace(/\/+$/, "")}/info/refs?service=git-upload-pack`;
  const response = await fetch(address, {
    headers: { ...authorization(credential), "User-Agent": "git/projectgitops" },
    // A redirect could carry the credential to another host.
    redirect: "manual",
    // A connection that one project's own CA made trusted must not serve another.
    keepalive: false,
    signal,
    tls: { rejectUnauthorized: true, ...(ca === undefined ? {} : { ca: [...rootCertificates, ca] }) },
  });
  const to = URL.parse(response.headers.get("location") ?? "", address);
  return {
    status: response.status,
    contentType: (response.headers.get("content-type") ?? "").split(";")[0]?.trim().toLowerCase() ?? "",
    location: to === null ? undefined : `${to.origin}${to.pathname}`,
    body: await beginningOf(response),
  };
}

async function beginningOf({ body }: Response): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of body ?? []) {
    chunks.push(chunk);
    size += chunk.byteLength;
    if (size > MOST_BYTES) break;
  }
  return Buffer.concat(chunks, size);
}

function authorization(credential: GitCredential | "none"): Record<string, string> {
  if (credential === "none") return {};
  if (credential.kind === "bearer") return { Authorization: `Bearer ${credential.token}` };
  if (credential.kind !== "basic") return {};
  const basic = Buffer.from(`${credential.username}:${credential.password}`).toString("base64");
  return { Authorization: `Basic ${basic}` };
}
