/** What can keep Flux from fetching, as its message tells. Each is the id of a finding. */
export const SOURCE_TROUBLES = [
  "GitHostNotFound",
  "GitConnectionRefused",
  "GitHostTimeout",
  "GitCertificateUntrusted",
  "HostKeyChanged",
  "HostKeyUnknown",
  "KeyRefused",
  "TokenRefused",
  "RepositoryNotFound",
  "RepositoryEmpty",
  "BranchNotFound",
  "TagNotFound",
  "SemverNotMatched",
  "CommitNotFound",
  "RefNotFound",
  "SourceFailing",
] as const;
export type SourceTrouble = (typeof SOURCE_TROUBLES)[number];

/**
 * Words of source-controller 1.9.6, go-git 5.19 and Go's own net, tls and ssh (FLUX-FACTS), the first that fits. They
 * are the only sign: the reason is GitOperationFailed for all of them.
 */
const SIGNS: readonly (readonly [SourceTrouble, RegExp])[] = [
  ["HostKeyChanged", /knownhosts: key mismatch/],
  ["HostKeyUnknown", /knownhosts: key is unknown/],
  ["KeyRefused", /ssh: unable to authenticate/],
  // A name server that does not answer is a time-out; one that answers "no" is not.
  ["GitHostNotFound", /no such host|server misbehaving/],
  ["GitCertificateUntrusted", /x509: |tls: failed to verify/],
  ["GitConnectionRefused", /connection refused|connection reset by peer/],
  [
    "GitHostTimeout",
    /i\/o timeout|handshake timeout|deadline exceeded|Client\.Timeout|timed out|no route to host|network is unreachable|operation not permitted/,
  ],
  ["BranchNotFound", /couldn't find remote ref ["']refs\/heads\//],
  ["TagNotFound", /couldn't find remote ref ["']refs\/tags\//],
  ["RefNotFound", /couldn't find remote ref|unable to resolve ref '/],
  ["SemverNotMatched", /no match found for semver|semver parse error/],
  ["CommitNotFound", /unable to resolve commit object for '/],
  ["RepositoryEmpty", /repository is empty/],
  // The first answer of a host to a wrong token, the second to a token without the right; git hosts add their own words.
  ["TokenRefused", /authentication required|authorization failed/],
  // A host that answers in words where git's lines should come, such as Gitea over ssh or a page to sign in: the last.
  [
    "RepositoryNotFound",
    /repository not found|invalid pkt-len|[Rr]epository does not exist|[Cc]annot find repository|does not appear to be a git repository|could not be found/,
  ],
];

/** Which trouble a message of Flux tells of. Pure. */
export const classify = (message: string): SourceTrouble =>
  SIGNS.find(([, sign]) => sign.test(message))?.[0] ?? "SourceFailing";

/** A time-out or "no" of the name server, and not of the git host. */
export const isNameLookup = (message: string): boolean => /\blookup \S+/.test(message);

/** Flux's own words for the way to the cause. */
const PREAMBLE =
  /^(?:failed to checkout and determine revision: )?(?:unable to (?:clone|list remote for)(?: '[^']*')?: )?/;

/**
 * The cause in Flux's words, in one line. What a git host says in the body of its refusal may repeat a token, so it
 * is only kept where `redact` knows the project's secrets. Pure.
 */
export function causeIn(message: string, redact: ((text: string) => string) | undefined): string {
  const tail = message.replace(PREAMBLE, "").replaceAll(/\s+/g, " ").trim();
  const told = redact === undefined ? tail.replace(BODY, "$1") : redact(tail);
  return told.length > LONGEST ? `${told.slice(0, LONGEST)}…` : told;
}

const LONGEST = 300;
const BODY = /(authentication required|authorization failed|repository not found|unknown error): .*$/;
