import { FIELD_IMMUTABLE, OBJECT_INVALID, OBJECT_REFUSED } from "../catalogue/delivery-objects.ts";
import { deployAgain, type Failure, quoted, type Reader, troubleOf } from "./failure.ts";
import { type Named, nameOf, objectIn } from "./server-words.ts";
import type { Trouble } from "./trouble.ts";

/** The API server refuses an object for what it is, and not for who sends it. */
export const objectRefused: Reader = (failure) => {
  const object = objectIn(failure.message);
  if (object === undefined) return undefined;
  if (/ is immutable| immutable field/.test(failure.message)) return immutable(failure, object);
  if (INVALID.test(failure.message)) return invalid(failure, object);
  return REFUSED.test(failure.message) ? refused(failure, object) : undefined;
};

/** Words of the API server, as `ssa` puts them after the object. */
const INVALID =
  /dry-run failed \((?:Invalid|BadRequest)\)|failed to create typed patch object|cannot be handled as a /;
const REFUSED =
  /dry-run failed \(Forbidden\)|denied the request|denied request: |violates PodSecurity|exceeded quota: /;

function immutable(failure: Failure, object: Named): Trouble {
  const { kind, namespace, name } = object;
  const at = namespace === "" ? "" : ` -n ${namespace}`;
  return troubleOf(FIELD_IMMUTABLE, failure, {
    same: `${kind} ${name}`,
    object: nameOf(object),
    what: (where) => `${where} is not deployed: ${kind} ${name} cannot be changed in place`,
    cause: `a field of it is fixed once it exists. The fix deletes it, and Flux makes it anew; with force: true in spec.environments[${placeOf(failure)}] Flux does that by itself. What it holds is lost`,
    fix: [`kubectl delete ${kind.toLowerCase()} ${name}${at}`, deployAgain(failure.project)],
  });
}

const invalid = (failure: Failure, object: Named): Trouble =>
  troubleOf(OBJECT_INVALID, failure, {
    same: `${object.kind} ${object.name}`,
    object: nameOf(object),
    what: (where) =>
      `${where} is not deployed: ${object.kind} ${object.name} is not valid${fieldIn(failure.message)}`,
    evidence: `the API server says: ${quoted(inOwnWords(failure.message))}`,
    cause: "a field has a value or a type that the API server does not take. Mend the manifest and push",
    fix: [deployAgain(failure.project)],
  });

function refused(failure: Failure, object: Named): Trouble {
  const quota = /exceeded quota: ([^,\s]+)/.exec(failure.message)?.[1];
  return troubleOf(OBJECT_REFUSED, failure, {
    same: `${object.kind} ${object.name}`,
    object: nameOf(object),
    what: (where) =>
      quota === undefined
        ? `${where} is not deployed: the cluster's policy refuses ${object.kind} ${object.name}`
        : `${where} is not deployed: ${object.kind} ${object.name} exceeds the quota ${quota}`,
    evidence: `the API server says: ${quoted(inOwnWords(failure.message))}`,
    cause:
      quota === undefined
        ? "a webhook, an admission policy or Pod Security refuses it: the evidence says which and why. Change the manifest and push, or ask whoever keeps the policy"
        : "the namespace has no room for it: take something out, or let an administrator raise the quota",
    fix: [
      ...(quota === undefined ? [] : [`kubectl describe resourcequota ${quota} -n ${object.namespace}`]),
      deployAgain(failure.project),
    ],
  });
}

/** `: spec.ports[0].port`, where the answer names a field. */
function fieldIn(message: string): string {
  const field = /is invalid: \[?([\w.[\]"/-]+): |; [^)]*\): (\.[\w.[\]-]+): /.exec(message);
  const path = field?.[1] ?? field?.[2]?.slice(1);
  return path === undefined ? "" : `: ${path}`;
}

const inOwnWords = (message: string): string => message.replace(/^\S+ dry-run failed(?: \(\w+\))?: /, "");

const placeOf = ({ project, flux }: Failure): number => project.spec.environments.indexOf(flux.environment);
