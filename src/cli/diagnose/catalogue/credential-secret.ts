import type { FindingKind } from "../finding-kind.ts";
import { SETUP_HELD, SOURCE_FAILS, UNUSABLE } from "./credential-symptoms.ts";

export const CREDENTIAL_MISSING: FindingKind = {
  ...UNUSABLE,
  id: "CredentialMissing",
  title: "The Secret that spec.git.credential names does not exist",
  means:
    "The operator copies the git credential from a Secret in the project's own namespace into every environment. There is no Secret of that name in that namespace: nothing can be set up, and an environment that has a copy keeps the old one.",
  shows:
    "`kubectl get secret NAME -n NAMESPACE` says NotFound; `kubectl get pgops` shows the reason CredentialMissing.",
  fix: "Create it. For an ssh URL make a key (`ssh-keygen -t ed25519 -N '' -f deploy-key`), give `deploy-key.pub` to the git host as a deploy key, and put `deploy-key` into the Secret as `identity`. Where a Secret with nearly the same name can be used, `diagnose` names it.",
  lookAlike:
    "`CredentialCopyMissing`: the Secret is there, and its copy in one environment is gone. A Secret of that name in another namespace does not count: a project may use the Secrets of its own namespace only.",
};

export const CREDENTIAL_WRONG_TYPE: FindingKind = {
  ...UNUSABLE,
  id: "CredentialWrongType",
  title: "The Secret is of a type that is for something else",
  means:
    "A git credential is of type Opaque, kubernetes.io/ssh-auth (ssh URLs) or kubernetes.io/basic-auth (https URLs). A Secret of another type, such as a registry's or one of type ssh-auth beside an https URL, is refused, since it was made for something else.",
  shows: "`kubectl get secret NAME -n NAMESPACE`: the column TYPE.",
  fix: "The type of a Secret cannot be changed: delete it and create it again with the right type, or name another Secret in spec.git.credential. Where the keys are right and only the type is wrong, `diagnose` prints a command that keeps the content.",
  lookAlike: "`CredentialKeysMissing`: the type is right, and the keys in it are not.",
};

export const CREDENTIAL_KEYS_MISSING: FindingKind = {
  ...UNUSABLE,
  id: "CredentialKeysMissing",
  title: "The Secret has not the keys that the URL asks for",
  means:
    "For ssh URLs the private key is looked for under `identity` or `ssh-privatekey`; for https URLs there must be `username` and `password`, or `bearerToken`, or the fields of a GitHub App, or `ca.crt` alone for a public repository. A key that is there and empty counts as missing. Other names are never guessed.",
  shows: "`kubectl describe secret NAME -n NAMESPACE` lists the keys and how many bytes each has.",
  fix: "Put the value under the name that is expected. Where one of the other keys holds what is wanted (an SSH key under `id_rsa`), `diagnose` prints a command that copies it.",
  lookAlike:
    "`HttpsCredentialForSsh` and `SshKeyForHttps`: the Secret is complete, but for the other kind of URL.",
};

export const SSH_KEY_FOR_HTTPS: FindingKind = {
  ...UNUSABLE,
  id: "SshKeyForHttps",
  title: "The URL is https, and the Secret holds an SSH key",
  means: "An SSH key cannot sign in over https. One of the two was meant otherwise: the URL or the Secret.",
  shows:
    "spec.git.url begins with https://, and `kubectl describe secret` lists identity or ssh-privatekey and neither password nor bearerToken.",
  fix: "Write the URL in its ssh form, `ssh://git@HOST/OWNER/REPO.git`, or put username and password, or bearerToken, into the Secret.",
  lookAlike:
    "`CredentialWrongType`: a Secret of type kubernetes.io/ssh-auth says by its type that it is not for https.",
};

export const HTTPS_CREDENTIAL_FOR_SSH: FindingKind = {
  ...UNUSABLE,
  id: "HttpsCredentialForSsh",
  title: "The URL is ssh, and the Secret holds a password or token",
  means:
    "Git hosts take no password or token over ssh. One of the two was meant otherwise: the URL or the Secret.",
  shows:
    "spec.git.url begins with ssh:// or git@, and `kubectl describe secret` lists username, password, bearerToken or githubAppID and neither identity nor ssh-privatekey.",
  fix: "Write the URL in its https form, `https://HOST/OWNER/REPO.git`, or put an SSH private key into `identity`.",
  lookAlike: "`PrivateKeyEncrypted`: there, a key is present, and `password` is what opens it.",
};

export const CREDENTIAL_ENCODED_TWICE: FindingKind = {
  ...UNUSABLE,
  id: "CredentialEncodedTwice",
  title: "A value of the Secret is base64-encoded twice",
  means:
    "`data` of a Secret is base64. Who encodes a value and then writes it under `stringData`, or hands it to `kubectl create secret`, which both encode it once more, stores base64 of base64. Flux decodes once and gets no key. Told for keys, certificates, known_hosts and tokens with a known beginning.",
  shows:
    "`kubectl get secret NAME -n NAMESPACE -o jsonpath='{.data.identity}' | base64 -d | head -c 11` prints LS0tLS1CRUd and not `-----BEGIN `.",
  fix: "Decode it once: `diagnose` prints the command. Then mend where it comes from: plain text under `stringData`, or `kubectl create secret generic NAME --from-file=identity=./deploy-key`.",
  lookAlike: "`NotAPrivateKey`: the value is no key, however often it is decoded.",
  explains: [...SETUP_HELD, ...SOURCE_FAILS],
};

export const CREDENTIAL_AMBIGUOUS: FindingKind = {
  ...UNUSABLE,
  id: "CredentialAmbiguous",
  title: "The Secret holds two credentials, and it is not clear which is meant",
  means:
    "`identity` and `ssh-privatekey` with different keys, or two ways to sign in over https (a token beside a password). Which one Flux would take is left to chance, so the Secret is refused.",
  shows: "`kubectl describe secret NAME -n NAMESPACE` lists both keys.",
  fix: "Remove one of them. `diagnose` tells the fingerprints of two SSH keys, to compare with the git host's list, and prints the command.",
  lookAlike: "`identity` and `ssh-privatekey` with the same key are no finding: the copies have both names.",
};

export const CREDENTIAL_MALFORMED: FindingKind = {
  ...UNUSABLE,
  id: "CredentialMalformed",
  title: "A value of the Secret has not the form that it must have",
  means:
    "A token or password of several lines, a githubAppID that is no number, or an identity.pub that is no public key.",
  shows:
    "The reason CredentialInvalid in `kubectl get pgops`; the message names the key of the Secret and the form that is expected.",
  fix: "Write the value anew; identity.pub can be left out, since it is derived from the private key.",
  lookAlike:
    "`CredentialKeysMissing`: the value is empty. A line break at the end of a token, as echo leaves it, is no finding: it is cut off.",
};

export const CERTIFICATE_INVALID: FindingKind = {
  ...UNUSABLE,
  id: "CertificateInvalid",
  title: "ca.crt of the Secret is no certificate",
  means:
    "ca.crt (or caFile) holds the certificate authority of a git host that has its own. The text has no -----BEGIN CERTIFICATE----- block, or one that cannot be read.",
  shows:
    "`kubectl get secret NAME -n NAMESPACE -o jsonpath='{.data.ca\\.crt}' | base64 -d | openssl x509 -noout -subject` fails.",
  fix: "Put the certificate authority's PEM file there.",
  lookAlike: "`PrivateKeyForPublic`: a private key stands in ca.crt. It must not be copied anywhere.",
  explains: [...SETUP_HELD, "GitCertificateUntrusted"],
};

export const CREDENTIAL_SECRET: readonly FindingKind[] = [
  CREDENTIAL_MISSING,
  CREDENTIAL_WRONG_TYPE,
  SSH_KEY_FOR_HTTPS,
  HTTPS_CREDENTIAL_FOR_SSH,
  CREDENTIAL_KEYS_MISSING,
  CREDENTIAL_ENCODED_TWICE,
  CREDENTIAL_AMBIGUOUS,
  CREDENTIAL_MALFORMED,
  CERTIFICATE_INVALID,
];
