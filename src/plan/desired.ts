import type { ManagedKind } from "./kinds.ts";

/** Says which object: `namespace` is "" for a Namespace. */
export interface ObjectId {
  readonly kind: ManagedKind;
  readonly namespace: string;
  readonly name: string;
}

/** An object as it is sent, without uid, resourceVersion and created-by, which the executor adds. */
export interface Manifest {
  apiVersion: string;
  kind: ManagedKind;
  metadata: {
    name: string;
    namespace?: string;
    labels: Record<string, string>;
    annotations: Record<string, string>;
  };
  [field: string]: unknown;
}

/** One object that the spec asks for. */
export interface Desired extends ObjectId {
  /** The environment's name in the spec. */
  readonly environment: string;
  readonly manifest: Manifest;
  /** Changes when the manifest does. Kept in memory only: it covers Secret data. */
  readonly hash: string;
}

/** The key of an object in every map: `kind/namespace/name`. */
export const objectKey = (id: ObjectId): string => `${id.kind}/${id.namespace}/${id.name}`;

/** How people and messages name an object: `Secret project-shop-staging/shop-git-auth`. */
export const describe = (id: ObjectId): string =>
  id.namespace === "" ? `${id.kind} ${id.name}` : `${id.kind} ${id.namespace}/${id.name}`;

/** The namespace that an object stands in, or is. */
export const homeNamespace = (id: ObjectId): string => (id.kind === "Namespace" ? id.name : id.namespace);

export const idOf = (manifest: Manifest): ObjectId => ({
  kind: manifest.kind,
  namespace: manifest.metadata.namespace ?? "",
  name: manifest.metadata.name,
});
