import { CRD_NAME } from "../../api/crd.ts";
import { NAMESPACES, type ObjectMeta } from "../../kube/index.ts";
import { CliError, EXIT } from "../errors.ts";
import type { Seen, SeenObject } from "../installed/seen.ts";
import { upgradeCommand, wayOf, wayText } from "../installed/way.ts";

/**
 * Another operator would work on the same projects, and what Helm or Flux holds would be put back by them. Pure.
 * @throws CliError, exit code 1
 */
export function refuseOtherWays({ elsewhere, way }: Pick<Seen, "elsewhere" | "way">): void {
  if (way !== undefined) {
    throw new CliError(`the operator is installed already, ${wayText(way)}`, {
      details: ["what is changed beside that is put back, or in the way of the next upgrade"],
      next: upgradeCommand(way),
      exitCode: EXIT.no,
    });
  }
  const [other] = elsewhere;
  if (other === undefined) return;
  const otherWay = wayOf(other.deployment);
  const { scope } = other.settings;
  throw new CliError(`an operator is installed already: ${other.object}, ${wayText(otherWay)}`, {
    details: [
      `it works on the projects of ${scope === undefined ? "all namespaces" : `namespace ${scope}`}, and this one would do so too`,
    ],
    next:
      otherWay.kind === "kubectl"
        ? `kubectl delete deployment ${other.name} -n ${other.namespace}`
        : upgradeCommand(otherWay),
    exitCode: EXIT.no,
  });
}

/** What is on its way out takes what is put into it along. Pure. @throws CliError, exit code 1 */
export function refuseLeaving(objects: readonly SeenObject[]): void {
  const leaving = objects.find(
    ({ resource, ref, live }) => isHome(resource === NAMESPACES, ref.name) && isLeaving(live?.metadata),
  );
  if (leaving === undefined) return;
  const { text, resource, ref } = leaving;
  throw new CliError(`${text} is being deleted`, {
    details: ["what is put into it goes with it"],
    next: `kubectl wait --for=delete ${resource.plural}/${ref.name} --timeout=5m, then again`,
    exitCode: EXIT.no,
  });
}

const isHome = (isNamespace: boolean, name: string): boolean => isNamespace || name === CRD_NAME;

const isLeaving = (metadata: ObjectMeta | undefined): boolean => metadata?.deletionTimestamp !== undefined;
