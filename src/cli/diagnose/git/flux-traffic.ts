import type { ProjectGitOps } from "../../../api/schema.ts";
import { projectKey } from "../../../reconcile/resources.ts";
import { FLUX_TRAFFIC_BLOCKED } from "../catalogue/git-content.ts";
import { type Found, found } from "../finding-kind.ts";
import { inWords } from "../in-words.ts";
import type { Look } from "../look.ts";
import { type FluxEnvironment, readFluxObjects } from "../reads/flux-objects.ts";
import { type FluxController, fluxController } from "./flux-controllers.ts";
import { judgePolicies } from "./network-policy.ts";
import { applyPolicy, podOf, policiesIn, selectorOf } from "./policies.ts";

/** NetworkPolicies between source-controller and the controller that deploys, where that gets nothing from it. */
export async function fluxTrafficBlocked(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const failing = (await readFluxObjects(look, project)).filter(cannotDownload);
  const [first] = failing;
  if (first === undefined) return [];
  const [source, deployer] = await Promise.all([
    fluxController(look, "source-controller"),
    fluxController(
      look,
      first.delivery.id.kind === "HelmRelease" ? "helm-controller" : "kustomize-controller",
    ),
  ]);
  const blocked = await blockedWays(look, deployer, source);
  if (blocked.length === 0) return [];
  const names = failing.map(({ environment }) => environment.name);
  return [
    found(FLUX_TRAFFIC_BLOCKED, {
      project: projectKey(project.metadata),
      environment: names.length === 1 ? names[0] : undefined,
      object: `NetworkPolicy ${blocked[0]?.namespace}/${blocked[0]?.by[0]}`,
      what: `A NetworkPolicy keeps ${deployer.name} from source-controller, so ${inWords(names)} is not deployed`,
      evidence: `${first.delivery.object} says ${first.delivery.health?.reason}: ${first.delivery.health?.message}`,
      cause: blocked.map(({ words }) => words).join("; "),
      fix: blocked.map(({ fix }) => fix).join("\n"),
      since: failing.flatMap(({ delivery }) => delivery.since ?? []).toSorted()[0],
    }),
  ];
}

/** Words of kustomize-controller 1.9.5. */
const cannotDownload = ({ delivery: { health } }: FluxEnvironment): boolean =>
  health?.ready === "False" && !health.suspended && /failed to download archive/.test(health.message);

interface BlockedWay {
  readonly namespace: string;
  readonly by: readonly string[];
  readonly words: string;
  readonly fix: string;
}

async function blockedWays(
  look: Look,
  deployer: FluxController,
  source: FluxController,
): Promise<BlockedWay[]> {
  const [from, to, outgoing, incoming] = await Promise.all([
    podOf(look, deployer),
    podOf(look, source),
    policiesIn(look, deployer.namespace),
    policiesIn(look, source.namespace),
  ]);
  const port = { port: source.ports["http"] ?? 9090, protocol: "TCP" } as const;
  const out = judgePolicies("Egress", outgoing, from, to, port);
  const into = judgePolicies("Ingress", incoming, to, from, port);
  const apart = (namespace: string) => ({
    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
  });
  return [
    ...(out.verdict === "blocked"
      ? [
          {
            namespace: deployer.namespace,
            by: out.by,
            words: `${inWords(out.by)} in ${deployer.namespace} lets ${deployer.name} out to other places only`,
            fix: applyPolicy(deployer.namespace, `allow-${deployer.name}-to-source`, {
              podSelector: selectorOf(deployer),
              policyTypes: ["Egress"],
              egress: [
                { to: [{ ...apart(source.namespace), podSelector: selectorOf(source) }], ports: [port] },
              ],
            }),
          },
        ]
      : []),
    ...(into.verdict === "blocked"
      ? [
          {
            namespace: source.namespace,
            by: into.by,
            words: `${inWords(into.by)} in ${source.namespace} lets others into source-controller only`,
            fix: applyPolicy(source.namespace, `allow-source-from-${deployer.name}`, {
              podSelector: selectorOf(source),
              policyTypes: ["Ingress"],
              ingress: [
                {
                  from: [{ ...apart(deployer.namespace), podSelector: selectorOf(deployer) }],
                  ports: [port],
                },
              ],
            }),
          },
        ]
      : []),
  ];
}
