/** The forms of an answer that the API server can be asked for. Source: Kubernetes API concepts, "Alternate representations". */
const form = (kind: string) => `application/json;as=${kind};g=meta.k8s.io;v=v1`;

// No plain JSON as an alternative: it would bring a Secret's data to somebody who asked for metadata only.
export const METADATA = form("PartialObjectMetadata");
export const METADATA_LIST = form("PartialObjectMetadataList");
export const TABLE = form("Table");
