import { InvalidRequest } from "../errors/invalid-request.ts";
import type { ApiCall } from "../http/call.ts";
import { collectionPath, needNamespace, objectPath, type Query } from "../http/path.ts";
import type { KubeObject, Ref } from "../objects.ts";
import type { ApplyOptions, DeleteOptions, PatchOptions, WriteOptions } from "../options.ts";
import { apiVersionOf, type ResourceType } from "../resources.ts";

const JSON_TYPE = "application/json";
const PATCH_TYPES = {
  merge: "application/merge-patch+json",
  json: "application/json-patch+json",
  strategic: "application/strategic-merge-patch+json",
} as const satisfies Record<PatchOptions["type"], string>;

export function createCall(
  resource: ResourceType,
  body: KubeObject,
  options: WriteOptions,
  manager: string,
): ApiCall {
  const namespace = needNamespace(resource, body.metadata?.namespace);
  const name = body.metadata?.name;
  if (options.subresource !== undefined) {
    const path = objectPath(resource, { ...refOf(body), name: nameOf(resource, body) }, options.subresource);
    return {
      ...base(resource, "create", "POST", path, options, manager),
      namespace,
      name,
      ...json(resource, body),
    };
  }
  const path = collectionPath(resource, namespace);
  return {
    ...base(resource, "create", "POST", path, options, manager),
    namespace,
    name,
    ...json(resource, body),
  };
}

export function replaceCall(
  resource: ResourceType,
  body: KubeObject,
  options: WriteOptions,
  manager: string,
): ApiCall {
  const ref = { ...refOf(body), name: nameOf(resource, body) };
  const path = objectPath(resource, ref, options.subresource);
  return { ...base(resource, "update", "PUT", path, options, manager), ...ref, ...json(resource, body) };
}

export function applyCall(
  resource: ResourceType,
  body: KubeObject,
  options: ApplyOptions,
  manager: string,
): ApiCall {
  const ref = { ...refOf(body), name: nameOf(resource, body) };
  const path = objectPath(resource, ref, options.subresource);
  const call = {
    ...base(resource, "patch", "PATCH", path, options, manager),
    ...ref,
    ...json(resource, body),
  };
  // JSON is YAML: no YAML is written here.
  return {
    ...call,
    contentType: "application/apply-patch+yaml",
    query: { ...call.query, force: options.force === true },
  };
}

export function patchCall(
  resource: ResourceType,
  ref: Ref,
  patch: unknown,
  options: PatchOptions,
  manager: string,
): ApiCall {
  const path = objectPath(resource, ref, options.subresource);
  return {
    ...base(resource, "patch", "PATCH", path, options, manager),
    namespace: ref.namespace,
    name: ref.name,
    body: JSON.stringify(patch),
    contentType: PATCH_TYPES[options.type],
  };
}

export function deleteCall(resource: ResourceType, ref: Ref, options: DeleteOptions): ApiCall {
  return {
    verb: "delete",
    method: "DELETE",
    path: objectPath(resource, ref),
    resource: resource.plural,
    namespace: ref.namespace,
    name: ref.name,
    ...deleteBody(options),
  };
}

export function deleteBody(options: DeleteOptions): { body: string; contentType: string } {
  const { preconditions, propagationPolicy, gracePeriodSeconds, dryRun } = options;
  const body = {
    apiVersion: "v1",
    kind: "DeleteOptions",
    preconditions,
    propagationPolicy,
    gracePeriodSeconds,
    dryRun: dryRun === true ? ["All"] : undefined,
  };
  return { body: JSON.stringify(body), contentType: JSON_TYPE };
}

/** The namespace (and name) of the call win over the body's: that is where it is written. */
export function inNamespace<T extends KubeObject>(body: T, namespace: string, name?: string): T {
  const metadata = { ...body.metadata, namespace, ...(name === undefined ? {} : { name }) };
  return { ...body, metadata };
}

function base(
  resource: ResourceType,
  verb: ApiCall["verb"],
  method: ApiCall["method"],
  path: string,
  options: WriteOptions,
  manager: string,
): ApiCall {
  const query: Query = {
    fieldManager: options.fieldManager ?? manager,
    fieldValidation: options.fieldValidation ?? "Strict",
    dryRun: options.dryRun === true ? "All" : undefined,
  };
  return { verb, method, path, query, resource: resource.plural, subresource: options.subresource };
}

function json(resource: ResourceType, body: KubeObject): { body: string; contentType: string } {
  const whole = { apiVersion: apiVersionOf(resource), kind: resource.kind, ...body };
  return { body: JSON.stringify(whole), contentType: JSON_TYPE };
}

function refOf(body: KubeObject): { namespace?: string } {
  const namespace = body.metadata?.namespace;
  return namespace === undefined ? {} : { namespace };
}

function nameOf(resource: ResourceType, body: KubeObject): string {
  const name = body.metadata?.name;
  if (name === undefined || name === "")
    throw new InvalidRequest(`the ${resource.kind} has no metadata.name`);
  return name;
}
