import { CliError, EXIT } from "../errors.ts";
import type { Seen } from "../installed/seen.ts";
import { removeCommand, wayOf, wayText } from "../installed/way.ts";
import type { Io } from "../io.ts";
import type { Standing } from "./standing.ts";

/** What Helm or Flux has installed is theirs to remove. */
export const otherWay = (way: NonNullable<Seen["way"]>): CliError =>
  new CliError(`nothing was removed: the operator is installed ${wayText(way)}`, {
    details: ["what is removed beside that comes back, or is in the way of the next upgrade"],
    next: removeCommand(way),
    exitCode: EXIT.no,
  });

/** Two installations share their ClusterRole. Pure. @throws CliError, exit code 1 */
export function refuseSecond({ elsewhere }: Pick<Seen, "elsewhere">): void {
  const [other] = elsewhere;
  if (other === undefined) return;
  const way = wayOf(other.deployment);
  throw new CliError(`nothing was removed: there is another operator, ${other.object}, ${wayText(way)}`, {
    details: ["it needs the ClusterRole and the CRD"],
    next:
      way.kind === "kubectl"
        ? `kubectl delete deployment ${other.name} -n ${other.namespace}, then again`
        : removeCommand(way),
    exitCode: EXIT.no,
  });
}

/** Only an operator removes projects, in the order that lets Flux prune. Pure. @throws CliError, exit code 1 */
export function refuseWithoutOperator({ projects, running }: Standing, io: Pick<Io, "name">): void {
  if (running !== undefined || projects.length === 0) return;
  throw new CliError("nothing was removed: no operator runs that could remove the projects", {
    next: `${io.name} check`,
    exitCode: EXIT.no,
  });
}
