import { generateKeyPairSync } from "node:crypto";
import { chmodSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import type { Finding } from "../../../src/cli/finding.ts";
import { makeSshKey } from "../../../src/git/index.ts";
import { SECRETS } from "../../../src/kube/index.ts";
import { eventually, mustRun, scratchFolder, uniqueName } from "../../cluster/index.ts";
import { untilReady } from "../support/flux.ts";
import { condition, untilProject } from "../support/scope.ts";
import type { Lab } from "./lab.ts";
import { paste } from "./paste.ts";

export const SSH_URL = "git@github.com:acme/shop.git";
export const HTTPS_URL = "https://github.com/acme/shop.git";
/** Nobody publishes a key of it. */
export const OWN_HOST_URL = "ssh://git@git.example.com:2222/acme/shop.git";

export const base64 = (text: string): string => Buffer.from(text).toString("base64");

/** A new SSH key; each test has its own, so that none is found by chance. */
export const newKey = makeSshKey;

/** An RSA key that this password opens, in PEM. */
export const encryptedPem = (passphrase: string): string =>
  String(
    generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey.export({
      format: "pem",
      type: "pkcs1",
      cipher: "aes-256-cbc",
      passphrase,
    }),
  );

/** A key that this password opens, in OpenSSH's own format, made by ssh-keygen. */
export async function encryptedOpenSsh(passphrase: string): Promise<string> {
  const file = join(scratchFolder("key"), "key");
  await mustRun(["ssh-keygen", "-q", "-t", "ed25519", "-N", passphrase, "-f", file]);
  return Bun.file(file).text();
}

interface SecretOptions {
  name?: string;
  type?: string;
  annotations?: Record<string, string>;
}

/** A Secret in the lab's namespace; returns its name. */
export async function giveSecret(
  { admin, namespace }: Lab,
  values: Record<string, string>,
  { name = uniqueName("git"), type = "Opaque", annotations = {} }: SecretOptions = {},
): Promise<string> {
  const data = Object.fromEntries(Object.entries(values).map(([key, value]) => [key, base64(value)]));
  await admin.create(SECRETS, { metadata: { namespace, name, annotations }, type, data });
  return name;
}

export const specWith = (
  secret: string,
  url = SSH_URL,
  rest: Partial<ProjectGitOpsSpecInput> = {},
): Partial<ProjectGitOpsSpecInput> => ({
  git: { url, credential: { secretRef: { name: secret } } },
  environments: [{ name: "staging" }],
  ...rest,
});

/** A project that the operator refuses for this reason. */
export async function refused(
  lab: Lab,
  spec: Partial<ProjectGitOpsSpecInput>,
  reason = "CredentialInvalid",
): Promise<string> {
  const name = await lab.apply(spec);
  await untilProject(
    lab,
    name,
    (project) => condition(project, "Ready")?.reason === reason,
    `is not Ready for ${reason}`,
  );
  return name;
}

/** The one finding of a project, which is this, and shows nothing of what the Secrets of its namespaces hold. */
export async function only(lab: Lab, name: string, id: string): Promise<Finding> {
  const finding = await lab.first(name, id);
  const ids = await lab.ids(name);
  if (ids.length !== 1) throw new Error(`expected ${id} alone, found ${ids.join(", ")}`);
  await showsNoSecret(lab, finding);
  return finding;
}

const PUBLIC = new Set(["username", "known_hosts", "identity.pub", "ca.crt"]);
const SHORTEST = 8;

async function showsNoSecret({ admin, namespace }: Lab, finding: Finding): Promise<void> {
  const { items } = await admin.list(SECRETS, { namespace });
  const text = Object.values(finding).join("\n");
  for (const [key, value] of items.flatMap(({ data }) => Object.entries(data ?? {}))) {
    if (PUBLIC.has(key)) continue;
    const lines = [value, ...Buffer.from(value, "base64").toString().split(/\r?\n/)];
    const shown = lines.filter((line) => !/^(-----|\.\/)/.test(line) && line.length >= SHORTEST);
    if (shown.some((line) => text.includes(line)))
      throw new Error(`${finding.id} shows what stands in ${key}`);
  }
}

/**
 * Pastes a fix in a folder with these files, and sees that the project becomes Ready and nothing is found any more.
 * ssh-keyscan answers with `hostKeys`: no git host runs here.
 */
export async function mends(
  lab: Lab,
  name: string,
  { fix }: Finding,
  files: Record<string, string> = {},
  hostKeys = "",
): Promise<void> {
  await pasteIn(lab, fix, files, hostKeys);
  await eventually(
    async () => {
      await untilReady(lab, name);
      const ids = await lab.ids(name);
      if (ids.length > 0) throw new Error(`the fix\n${fix}\nleaves ${ids.join(", ")}`);
      return true;
    },
    { description: `nothing is found of ${name} any more`, everyMs: 200 },
  );
}

export async function pasteIn(
  lab: Lab,
  fix: string | undefined,
  files: Record<string, string> = {},
  hostKeys = "",
): Promise<void> {
  const folder = scratchFolder("fix");
  mkdirSync(join(folder, "bin"));
  mkdirSync(join(folder, ".docker"));
  for (const [file, text] of Object.entries(files)) writeFileSync(join(folder, file), text);
  const scan = join(folder, "bin", "ssh-keyscan");
  writeFileSync(scan, `#!/bin/sh\necho "# $*" >&2\ncat <<'END'\n${hostKeys}\nEND\n`);
  chmodSync(scan, 0o755);
  await paste(lab.cluster, `export HOME='${folder}' PATH='${folder}/bin':"$PATH"\ncd '${folder}'\n${fix}`);
}
