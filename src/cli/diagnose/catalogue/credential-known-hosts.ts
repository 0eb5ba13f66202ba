import type { FindingKind } from "../finding-kind.ts";
import { HOST_KEY_REFUSED, SETUP_HELD, UNUSABLE } from "./credential-symptoms.ts";

const VERIFY =
  "Compare the fingerprint (`ssh-keygen -lf known_hosts`) with the one that the host's administrator publishes before you store it: whoever stands in between can answer ssh-keyscan as well.";

export const KNOWN_HOSTS_MISSING: FindingKind = {
  ...UNUSABLE,
  id: "KnownHostsMissing",
  title: "Nobody says which host key the git host has",
  means:
    "Over ssh the host proves itself by its key, and no key is ever trusted on first use. The keys of github.com, gitlab.com, bitbucket.org and codeberg.org are built in; of any other host, or port, neither spec.git.knownHosts nor the key known_hosts of the Secret says anything.",
  shows:
    "The reason KnownHostsMissing in `kubectl get pgops`; Flux itself would say `'known_hosts' is required`.",
  fix: `Store what \`ssh-keyscan -p PORT HOST\` prints under the key known_hosts of the Secret, or in spec.git.knownHosts. ${VERIFY}`,
  lookAlike:
    "`KnownHostsOfOtherHost` and `KnownHostsOfOtherPort`: there are known hosts, but not this one. `HostKeyChanged`: the host is named, and answers with another key.",
  explains: [...SETUP_HELD, ...HOST_KEY_REFUSED],
};

export const KNOWN_HOSTS_OF_OTHER_HOST: FindingKind = {
  ...UNUSABLE,
  id: "KnownHostsOfOtherHost",
  title: "The known hosts name another host than the URL",
  means:
    "spec.git.knownHosts, or the key known_hosts of the Secret, has keys, but none of the host in spec.git.url. Once one of the two is given, the built-in keys are not used.",
  shows: "`ssh-keygen -F HOST -f known_hosts` finds nothing. Flux would say `knownhosts: key is unknown`.",
  fix: `For a host whose keys are built in, remove what is given. For any other store what \`ssh-keyscan -p PORT HOST\` prints. ${VERIFY}`,
  lookAlike:
    "`KnownHostsOfOtherPort`: the host is named, for another port. Hashed names (`|1|…`) cannot be listed, but are compared.",
  explains: [...SETUP_HELD, ...HOST_KEY_REFUSED],
};

export const KNOWN_HOSTS_OF_OTHER_PORT: FindingKind = {
  ...UNUSABLE,
  id: "KnownHostsOfOtherPort",
  title: "The known hosts name the host, but for another port",
  means:
    "In known_hosts `git.example.com` means port 22 only; another port is written `[git.example.com]:2222`. A host may well have another key on another port (a system's sshd beside the git host's).",
  shows: "`ssh-keygen -F '[HOST]:PORT' -f known_hosts` finds nothing.",
  fix: `Scan the port that the URL names: \`ssh-keyscan -p PORT HOST\`. ${VERIFY}`,
  lookAlike: "`KnownHostsOfOtherHost`: the host is not named at all.",
  explains: [...SETUP_HELD, ...HOST_KEY_REFUSED],
};

export const KNOWN_HOSTS_INVALID: FindingKind = {
  ...UNUSABLE,
  id: "KnownHostsInvalid",
  title: "A line of the known hosts cannot be read",
  means:
    "Each line must be host, key type and key, as ssh-keyscan prints them. One line that cannot be read makes Flux refuse them all (`knownhosts: illegal base64 data`).",
  shows: "`ssh-keygen -lf known_hosts` complains of a line.",
  fix: `Remove the line, or store what \`ssh-keyscan -p PORT HOST\` prints. ${VERIFY}`,
  lookAlike: "`CredentialEncodedTwice`: the whole text is base64. Comments and empty lines are no finding.",
  explains: [...SETUP_HELD, ...HOST_KEY_REFUSED],
};

export const CREDENTIAL_KNOWN_HOSTS: readonly FindingKind[] = [
  KNOWN_HOSTS_MISSING,
  KNOWN_HOSTS_OF_OTHER_HOST,
  KNOWN_HOSTS_OF_OTHER_PORT,
  KNOWN_HOSTS_INVALID,
];
