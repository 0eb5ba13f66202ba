import { apiVersionOf } from "../../../kube/index.ts";
import { orMissing } from "../../answers.ts";
import { UNKNOWN_KIND } from "../catalogue/delivery-objects.ts";
import type { Look } from "../look.ts";
import { deployAgain, type Reader, troubleOf } from "./failure.ts";
import { mendedMeanwhile } from "./mended.ts";
import { objectIn, type UnknownKind, unknownKind } from "./server-words.ts";

/** The repository holds an object of a kind that the API server does not serve. */
export const kindUnknown: Reader = async (failure, look) => {
  const unknown = unknownKind(failure.message);
  if (unknown === undefined) return undefined;
  const served = await servedAs(look, unknown);
  if (served === unknown.apiVersion) return mendedMeanwhile(failure);
  const { kind, apiVersion } = unknown;
  const name = objectIn(failure.message)?.name;
  const object = name === undefined ? kind : `${kind} ${name}`;
  const group = groupOf(apiVersion);
  return troubleOf(UNKNOWN_KIND, failure, {
    same: `${kind} ${apiVersion}`,
    what: (where) =>
      served === undefined
        ? `${where} is not deployed: the cluster knows no kind ${kind} of ${apiVersion}`
        : `${where} is not deployed: the cluster serves ${kind} as ${served}, not as ${apiVersion}`,
    cause:
      served === undefined
        ? `no CRD for it is installed${maker(group)}. An administrator installs it; the deployer cannot, for CRDs are cluster-scoped. Or take ${object} out of the repository`
        : `this version is gone, or has not come yet. Write apiVersion: ${served} into the manifest of ${object}, and push`,
    fix: [
      ...(served === undefined ? [`kubectl api-resources --api-group=${group}`] : []),
      deployAgain(failure.project),
    ],
  });
};

/** `group/version` in which the kind is served, that which was asked for first; undefined where it is in none. */
function servedAs(look: Look, { kind, apiVersion }: UnknownKind): Promise<string | undefined> {
  const group = groupOf(apiVersion);
  return look.once(`served ${kind} ${apiVersion}`, async () => {
    const asked = await orMissing(look.client.discover({ apiVersion, kind }));
    if (asked !== undefined) return apiVersion;
    // What was in the group extensions once is in groups of its own now.
    const anywhere = group === "" || group === "extensions";
    const other = await orMissing(look.client.discover({ name: anywhere ? kind : `${kind}.${group}` }));
    return other?.kind === kind ? apiVersionOf(other) : undefined;
  });
}

const groupOf = (apiVersion: string): string => /^(.*)\//.exec(apiVersion)?.[1] ?? "";

/** Whose kinds people meet most often. */
const MAKERS: Readonly<Record<string, string>> = {
  "cert-manager.io": "cert-manager",
  "monitoring.coreos.com": "the Prometheus operator",
  "external-secrets.io": "External Secrets",
  "gateway.networking.k8s.io": "the Gateway API",
  "networking.istio.io": "Istio",
  "security.istio.io": "Istio",
  "traefik.io": "Traefik",
  "keda.sh": "KEDA",
  "argoproj.io": "Argo",
  "cilium.io": "Cilium",
  "kyverno.io": "Kyverno",
  "snapshot.storage.k8s.io": "the CSI snapshotter",
};

const maker = (group: string): string =>
  MAKERS[group] === undefined ? "" : `: it comes with ${MAKERS[group]}`;
