import type { KubeObject } from "../../kube/index.ts";

/** The fields of Flux's objects that an import looks at; everything else is told as not modelled. */
export interface GitRepository extends KubeObject {
  spec: {
    url: string;
    ref?: Record<string, string>;
    interval: string;
    secretRef?: { name: string };
    suspend?: boolean;
    [field: string]: unknown;
  };
}

export interface Kustomization extends KubeObject {
  spec: {
    sourceRef: { kind: string; name: string; namespace?: string };
    interval: string;
    path?: string;
    timeout?: string;
    retryInterval?: string;
    prune?: boolean;
    wait?: boolean;
    force?: boolean;
    suspend?: boolean;
    targetNamespace?: string;
    serviceAccountName?: string;
    dependsOn?: { name: string; namespace?: string }[];
    healthChecks?: { apiVersion?: string; kind: string; name: string; namespace: string }[];
    postBuild?: { substitute?: Record<string, string>; substituteFrom?: unknown[] };
    patches?: unknown[];
    images?: unknown[];
    decryption?: unknown;
    [field: string]: unknown;
  };
}

export interface HelmRelease extends KubeObject {
  spec?: { chart?: { spec?: { sourceRef?: { kind: string; name: string; namespace?: string } } } };
}

/** `namespace/name`. */
export const keyOf = ({ metadata }: KubeObject): string =>
  `${metadata?.namespace ?? ""}/${metadata?.name ?? ""}`;

/** The source that a Kustomization names; undefined for another kind than GitRepository. */
export function sourceKeyOf({ spec, metadata }: Kustomization): string | undefined {
  const { kind, name, namespace = metadata?.namespace ?? "" } = spec.sourceRef;
  return kind === "GitRepository" ? `${namespace}/${name}` : undefined;
}

/** The GitRepository that a chart lies in; undefined where it comes from elsewhere. */
export function chartSourceOf({ spec, metadata }: HelmRelease): string | undefined {
  const source = spec?.chart?.spec?.sourceRef;
  if (source?.kind !== "GitRepository") return undefined;
  return `${source.namespace ?? metadata?.namespace ?? ""}/${source.name}`;
}
