import type { ListMeta, ObjectMeta } from "kubernetes-types/meta/v1";

export type { ListMeta, ObjectMeta, Status } from "kubernetes-types/meta/v1";

/** What every Kubernetes object has; the base of all type parameters here. */
export interface KubeObject {
  apiVersion?: string;
  kind?: string;
  metadata?: ObjectMeta;
}

/** A list as the API server answers it, each item with its apiVersion and kind filled in. */
export interface KubeList<T extends KubeObject = KubeObject> {
  apiVersion?: string;
  kind?: string;
  /** `resourceVersion` is the version of the whole list; `continue` is set while more pages follow. */
  metadata: ListMeta;
  items: T[];
}

/** An object's metadata without its spec, status or data: what metadata-only requests answer. */
export interface PartialObjectMetadata extends KubeObject {
  metadata?: ObjectMeta;
}

/** A list in the API server's table form: the cells that kubectl prints. Source: meta.k8s.io/v1. */
export interface Table {
  apiVersion?: string;
  kind?: string;
  metadata: ListMeta;
  columnDefinitions: TableColumn[];
  rows: TableRow[];
}

export interface TableColumn {
  name: string;
  type: string;
  format: string;
  description: string;
  /** 0 is printed always, higher ones only in the wide form. */
  priority: number;
}

export interface TableRow {
  cells: unknown[];
  /** The row's object, metadata only. */
  object?: PartialObjectMetadata;
}

/** Names one object of a kind. `namespace` is absent exactly for cluster-scoped kinds. */
export interface Ref {
  namespace?: string;
  name: string;
}

/** What the API server says of itself at /version. */
export interface ServerVersion {
  major: string;
  minor: string;
  gitVersion: string;
  platform?: string;
  [field: string]: string | undefined;
}
