import type { Provider } from "../../api/generate.ts";
import { HOST_ANSWERS } from "../../api/reasons.ts";

/**
 * Why a call of a git host's API came to nothing; stable, for programs. HostNotAllowed: not named by --git-hosts, and
 * no well-known host: nothing was sent.
 */
export const HOST_ERROR_REASONS = ["HostNotAllowed", ...HOST_ANSWERS] as const;
export type HostErrorReason = (typeof HOST_ERROR_REASONS)[number];

export interface HostErrorFields {
  reason: HostErrorReason;
  provider: Provider;
  /** Verb and path, such as `POST /api/v1/repos/acme/shop/keys`; without a query. */
  request: string;
  /** Host and port. */
  host: string;
  statusCode?: number | undefined;
  /** What happened, where the host itself said nothing. */
  what?: string | undefined;
  /** The host's own words. */
  serverMessage?: string | undefined;
  /** What a person must do; default what is usual for the reason. */
  fix?: string | undefined;
  /** Epoch milliseconds before which the host is not called again. */
  retryAt?: number | undefined;
}

/** A call of a git host's API that came to nothing. Its texts hold no secret byte: whoever makes one masks them. */
export class HostError extends Error {
  override readonly name = "HostError";
  readonly reason: HostErrorReason;
  readonly provider: Provider;
  readonly request: string;
  readonly host: string;
  readonly statusCode: number | undefined;
  readonly serverMessage: string | undefined;
  readonly retryAt: number | undefined;

  /** @param mask takes secrets out of a text */
  constructor(fields: HostErrorFields, mask: (text: string) => string) {
    // Masked before it is cut: half a secret would be recognised no more.
    const words = fields.serverMessage && cut(mask(fields.serverMessage), LONGEST_WORDS);
    super(mask(sentence({ ...fields, serverMessage: words })));
    this.reason = fields.reason;
    this.provider = fields.provider;
    this.request = mask(fields.request);
    this.host = fields.host;
    this.statusCode = fields.statusCode;
    this.serverMessage = words;
    this.retryAt = fields.retryAt;
  }

  /** Whether the same call may go well later without anybody's doing. */
  get isTransient(): boolean {
    return TRANSIENT.has(this.reason);
  }
}

export const PROVIDER_NAMES: Record<Provider, string> = {
  github: "GitHub",
  gitlab: "GitLab",
  gitea: "Gitea",
  forgejo: "Forgejo",
};

const LONGEST_WORDS = 300;

const TRANSIENT = new Set<HostErrorReason>([
  "HostUnreachable",
  "HostRateLimited",
  "HostUnavailable",
  "HostTimeout",
]);

/** What a person must do, unless an adapter knows better. */
const FIXES: Record<HostErrorReason, string> = {
  HostUnreachable: "check apiURL, DNS and the network policy of the operator; it tries again",
  HostNotAllowed: "name the host in the operator's --git-hosts",
  HostUnauthorized:
    "the Secret that hostCredentialRef names holds a wrong, expired or revoked credential: replace it",
  HostForbidden: "give the credential that hostCredentialRef names the right to manage this repository",
  RepositoryNotFoundOnHost:
    "check the path in spec.git.url, and that the credential that hostCredentialRef names may see the repository",
  KeyInUseElsewhere: "remove that key where it is registered, or have a new one made",
  HostRefused: "read the host's words",
  HostRateLimited: "nothing: it is tried again after that time",
  HostUnavailable: "nothing: it is tried again",
  HostTimeout: "check that the host is not overloaded; it is tried again",
  UnexpectedAnswer: "check that apiURL names the host itself and that provider is right",
};

function sentence(fields: HostErrorFields): string {
  const { reason, provider, host, request, statusCode, what, serverMessage, retryAt } = fields;
  const found = [what, serverMessage && `“${serverMessage}”`].filter(Boolean).join(": ");
  const status = statusCode === undefined ? "" : `${statusCode} `;
  const until = retryAt === undefined ? "" : ` (not before ${new Date(retryAt).toISOString()})`;
  const told = `${status}${found || reason}`;
  return `${PROVIDER_NAMES[provider]} at ${host}: ${request}: ${told}${until}; ${fields.fix ?? FIXES[reason]}`;
}

const cut = (text: string, longest: number): string =>
  text.length <= longest ? text : `${text.slice(0, longest - 1)}…`;
