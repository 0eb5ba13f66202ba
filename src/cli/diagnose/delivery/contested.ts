import { FIELD_MANAGER } from "../../../api/names.ts";
import type { ProjectGitOps } from "../../../api/schema.ts";
import { conditionOf } from "../../../api/standing.ts";
import { describe } from "../../../plan/index.ts";
import { refOf, resourceOf } from "../../../reconcile/resources.ts";
import { idsOf } from "../../tree/assemble.ts";
import { FIELD_CONTESTED, FIELD_SHARED } from "../catalogue/delivery-objects.ts";
import { type Found, found } from "../finding-kind.ts";
import type { Look } from "../look.ts";
import type { FluxEnvironment, FluxObject, FluxView } from "../reads/flux-objects.ts";
import type { Trouble } from "./trouble.ts";

/** The operator has put the same field right three times, and somebody changes it back each time. */
export async function fieldContested(look: Look, project: ProjectGitOps): Promise<Found[]> {
  const ready = conditionOf(project, "Ready");
  if (ready?.reason !== "FieldContested") return [];
  const { namespace, name } = project.metadata;
  const id = idsOf(project).find((one) => ready.message.startsWith(`${describe(one)}: `));
  if (id === undefined) return [];
  const seen = await look.getMetadata(resourceOf(id.kind), refOf(id));
  const managers = seen.state === "found" ? managersOf(seen.object.metadata ?? {}) : [];
  const others = managers.filter((manager) => ready.message.includes(manager));
  const other = others.join(" and ") || "somebody";
  const at = id.namespace === "" ? "" : ` -n ${id.namespace}`;
  return [
    found(FIELD_CONTESTED, {
      project: `${namespace}/${name}`,
      environment: id.environment,
      object: describe(id),
      what: `${other} and ${FIELD_MANAGER} fight over ${describe(id)}`,
      evidence: ready.message,
      cause: `both write the same field with different values. ${other} is its name in metadata.managedFields: stop it, or put its value into the spec of ${name}; the operator leaves the field alone for ten minutes and then tries again`,
      fix: `kubectl get ${id.kind.toLowerCase()} ${id.name}${at} -o yaml --show-managed-fields`,
      since: ready.lastTransitionTime,
    }),
  ];
}

/** Two write the same value into one of Flux's objects: at the next change of the spec they fight. Pure. */
export function fieldShared({ environment, source, delivery }: FluxEnvironment): Trouble[] {
  return [source, delivery].flatMap((view) => (view.live ? shared(view, view.live, environment.name) : []));
}

function shared({ id, object }: FluxView, { metadata }: FluxObject, environment: string): Trouble[] {
  const entries = (metadata.managedFields ?? []).filter(({ subresource }) => subresource === undefined);
  const ours = new Set(entries.filter(({ manager }) => manager === FIELD_MANAGER).flatMap(specFields));
  return (
    entries
      // Who has written it once, before it was adopted, is not who goes on applying it.
      .filter(({ manager, operation }) => manager !== FIELD_MANAGER && operation === "Apply")
      .map((entry) => ({
        manager: entry.manager ?? "unknown",
        fields: specFields(entry).filter((field) => ours.has(field)),
      }))
      .filter(({ fields }) => fields.length > 0)
      .map(({ manager, fields }) => ({
        kind: FIELD_SHARED,
        environment,
        same: `${id.kind} ${manager}`,
        object,
        what: (where) => `${manager} writes the ${id.kind} of ${where} too, beside the operator`,
        evidence: `metadata.managedFields: ${fields.map((field) => `spec.${field}`).join(", ")} belong to ${FIELD_MANAGER} and to ${manager}`,
        cause: `both write the same values today. As soon as the project's spec changes they fight: take the ${id.kind} out of what ${manager} applies`,
        fix: [
          `kubectl get ${id.kind.toLowerCase()} ${id.name} -n ${id.namespace} -o yaml --show-managed-fields`,
        ],
      }))
  );
}

interface Entry {
  manager?: string;
  fieldsV1?: unknown;
}

const managersOf = ({ managedFields = [] }: { managedFields?: Entry[] }): string[] => [
  ...new Set(
    managedFields.flatMap(({ manager }) => manager ?? []).filter((manager) => manager !== FIELD_MANAGER),
  ),
];

/** Names of the fields right under spec. */
function specFields({ fieldsV1 }: Entry): string[] {
  const spec = (fieldsV1 as { "f:spec"?: Record<string, unknown> } | undefined)?.["f:spec"] ?? {};
  return Object.keys(spec)
    .filter((key) => key.startsWith("f:"))
    .map((key) => key.slice(2));
}
