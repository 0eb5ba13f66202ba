import { type FindingKind, type Found, found } from "../finding-kind.ts";
import { inWords } from "../in-words.ts";

/** One trouble of one environment. Where several have the same, it is told once for all of them. */
export interface Trouble extends Pick<Found, "object" | "evidence" | "cause" | "since"> {
  readonly kind: FindingKind;
  /** Name of the environment. */
  readonly environment: string;
  /** The answer in one line. @param where `staging`, or `staging and production` */
  readonly what: (where: string) => string;
  /** Commands, in the order in which they are typed. */
  readonly fix: readonly string[];
  /** What makes it the same trouble as another environment's, beside its kind: such as the file that is missing. */
  readonly same: string;
}

/** The findings of a project, each told once. @param project `namespace/name` @param all in the order of the spec */
export function toldOnce(all: readonly Trouble[], project: string): Found[] {
  const groups = Map.groupBy(all, ({ kind, same }) => `${kind.id} ${same}`);
  return [...groups.values()].map((group) => told(group, project));
}

/** Drops what another trouble of the same environment explains. */
export const withoutExplained = (all: readonly Trouble[]): Trouble[] =>
  all.filter(
    ({ kind, environment }) =>
      !all.some((cause) => cause.environment === environment && cause.kind.explains?.includes(kind.id)),
  );

function told(group: readonly Trouble[], project: string): Found {
  const [first] = group as [Trouble, ...Trouble[]];
  const environments = [...new Set(group.map(({ environment }) => environment))];
  const { kind, object, evidence, cause } = first;
  return found(kind, {
    project,
    object,
    what: first.what(inWords(environments)),
    evidence,
    cause,
    fix: fixOf(group),
    since: group.flatMap(({ since }) => since ?? []).toSorted()[0],
    ...(environments.length === 1 ? { environment: first.environment } : { environments }),
  });
}

/** What several have in common is typed once, after what each needs for itself. */
function fixOf(group: readonly Trouble[]): string | undefined {
  const lines = group.flatMap(({ fix }) => fix);
  const last = lines.filter((line, place) => lines.lastIndexOf(line) === place);
  return last.length === 0 ? undefined : last.join("\n");
}
