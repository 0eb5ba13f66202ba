import { isIP } from "node:net";
import type { NetworkPolicy } from "kubernetes-types/networking/v1";
import type { GitUrl } from "../../../api/git-url.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { SERVICES } from "../../../kube/index.ts";
import { EGRESS_BLOCKED } from "../catalogue/git-host.ts";
import { type Found, found } from "../finding-kind.ts";
import { inWords } from "../in-words.ts";
import type { Look } from "../look.ts";
import { isNameLookup, type SourceTrouble } from "./classify.ts";
import { gitUrlOf } from "./credential.ts";
import { type FluxController, fluxController } from "./flux-controllers.ts";
import { judgePolicies, type Peer, type PolicyPort } from "./network-policy.ts";
import { applyPolicy, labelsOf, podOf, policiesIn, selectorOf } from "./policies.ts";
import { sourceFailures } from "./source-failures.ts";
import { whereAndWhen } from "./source-troubles.ts";

/** Some network plugins drop what a policy forbids, others refuse it. */
const SILENT: ReadonlySet<SourceTrouble> = new Set(["GitHostTimeout", "GitConnectionRefused"]);
const DNS: PolicyPort = { port: 53, protocol: "UDP" };

/** NetworkPolicies that keep source-controller from the git host, or from the name server, where it gets no answer. */
export async function egressBlocked(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const failures = (await sourceFailures(look, project)).filter(({ trouble }) => SILENT.has(trouble));
  const [first] = failures;
  const url = gitUrlOf(project);
  if (first === undefined || url === undefined) return [];
  const controller = await fluxController(look, "source-controller");
  const [policies, pod] = await Promise.all([
    policiesIn(look, controller.namespace),
    podOf(look, controller),
  ]);
  const dns = judgePolicies("Egress", policies, pod, { kind: "anyone" }, DNS);
  const { peer, port } = await peerOf(look, url, policies);
  const git = judgePolicies("Egress", policies, pod, peer, { port, protocol: "TCP" });
  const dnsBlocked = isIP(url.host) === 0 && dns.verdict === "blocked";
  // While names cannot be looked up nothing is known of the way to the host; else the host's own answer counts.
  if (isNameLookup(first.said) ? !dnsBlocked : git.verdict !== "blocked") return [];
  const names = inWords(failures.map(({ flux }) => flux.environment.name));
  const goal = isNameLookup(first.said) ? "the name server (port 53)" : `${url.host}:${url.port}`;
  const by = git.verdict === "blocked" ? git.by : dns.by;
  return [
    found(EGRESS_BLOCKED, {
      ...whereAndWhen({ project, first, failures, names, working: [] }),
      object: `NetworkPolicy ${controller.namespace}/${by[0]}`,
      what: `A NetworkPolicy keeps Flux from ${goal}, so ${names} cannot fetch`,
      evidence: `${first.flux.source.object} says ${first.said}`,
      cause: `${inWords(by)} in ${controller.namespace} ${by.length === 1 ? "selects" : "select"} source-controller, and no rule lets it out to ${goal}`,
      fix: allowing(controller, url, port, peer),
    }),
  ];
}

/** A Service of this cluster stands for its Pods, with their own port: that is what policies see. */
async function peerOf(
  look: Look,
  { host, port }: GitUrl,
  policies: readonly NetworkPolicy[],
): Promise<{ peer: Peer; port: number }> {
  const [, name, namespace] = /^([a-z0-9-]+)\.([a-z0-9-]+)\.svc(?:\.|$)/.exec(host) ?? [];
  if (name === undefined || namespace === undefined) {
    const blocks = policies.some(({ spec }) =>
      spec?.egress?.some(({ to }) => to?.some(({ ipBlock }) => ipBlock)),
    );
    return { peer: { kind: "outside", addresses: blocks ? await addressesOf(host) : undefined }, port };
  }
  const seen = await look.get(SERVICES, { namespace, name });
  const spec = seen.state === "found" ? seen.object.spec : undefined;
  const target = spec?.ports?.find((one) => one.port === port)?.targetPort ?? port;
  if (spec?.selector === undefined || typeof target !== "number") return { peer: { kind: "anyone" }, port };
  const namespaceLabels = await labelsOf(look, namespace);
  return {
    peer: { kind: "pod", namespace, namespaceLabels, labels: spec.selector, ports: {} },
    port: target,
  };
}

const LOOKUP_MS = 500;

/** As this machine knows them; undefined where it does not, or not at once. */
async function addressesOf(host: string): Promise<string[] | undefined> {
  if (isIP(host) !== 0) return [host];
  const late = Bun.sleep(LOOKUP_MS).then(() => undefined);
  const asked = Bun.dns.lookup(host).then((all) => all.map(({ address }) => address));
  return Promise.race([asked.catch(() => undefined), late]);
}

function allowing(controller: FluxController, { host }: GitUrl, port: number, peer: Peer): string {
  const cidr = isIP(host) === 0 ? undefined : `${host}/${isIP(host) === 4 ? 32 : 128}`;
  const to =
    cidr !== undefined
      ? [{ ipBlock: { cidr } }]
      : peer.kind === "pod"
        ? [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": peer.namespace } } }]
        : undefined;
  return applyPolicy(controller.namespace, "allow-git", {
    podSelector: selectorOf(controller),
    policyTypes: ["Egress"],
    egress: [
      { ...(to === undefined ? {} : { to }), ports: [{ protocol: "TCP", port }] },
      { ports: [DNS, { ...DNS, protocol: "TCP" }] },
    ],
  });
}
