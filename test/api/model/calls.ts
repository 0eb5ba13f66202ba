import fc from "fast-check";

/** One call, without names and versions: each side fills in its own. */
export type Call =
  | { verb: "create"; kind: Kind; variant: number; manager: Manager; missingNamespace: boolean }
  | { verb: "merge"; kind: Kind; change: Change; manager: Manager; guard: Guard }
  | { verb: "status"; ready: "True" | "False"; manager: Manager; guard: Guard }
  | { verb: "json"; kind: Kind; labels: Record<string, string>; manager: Manager; stale: boolean }
  | { verb: "apply"; kind: Kind; variant: number; manager: Manager; force: boolean; wrongUid: boolean }
  | { verb: "delete"; kind: Kind; guard: Guard }
  | { verb: "get"; kind: Kind };

export type Kind = "Namespace" | "Secret" | "GitRepository";
export type Manager = "projectgitops" | "someone";
/** What a write says of the object that it is meant for. */
export type Guard = "none" | "uid" | "version" | "wrong uid" | "stale version";
export type Change =
  | "label"
  | "no label"
  | "annotation"
  | "finalizer"
  | "no finalizer"
  | "content"
  | "nothing";

const kind = fc.constantFrom<Kind[]>("Namespace", "Secret", "Secret", "GitRepository", "GitRepository");
const manager = fc.constantFrom<Manager[]>("projectgitops", "projectgitops", "someone");
const guard = fc.constantFrom<Guard[]>("none", "uid", "version", "wrong uid", "stale version");
const variant = fc.nat({ max: 2 });

const anyCall: fc.Arbitrary<Call> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      verb: fc.constant("create" as const),
      kind,
      variant,
      manager,
      missingNamespace: fc.boolean(),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      verb: fc.constant("merge" as const),
      kind,
      change: fc.constantFrom<Change[]>(
        "label",
        "no label",
        "annotation",
        "finalizer",
        "no finalizer",
        "content",
        "nothing",
      ),
      manager,
      guard,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant("status" as const),
      ready: fc.constantFrom("True" as const, "False" as const),
      manager,
      guard,
    }),
  },
  {
    weight: 1,
    arbitrary: fc.record({
      verb: fc.constant("json" as const),
      kind,
      labels: fc.constantFrom<Record<string, string>[]>({}, { team: "red" }),
      manager,
      stale: fc.boolean(),
    }),
  },
  {
    weight: 5,
    arbitrary: fc.record({
      verb: fc.constant("apply" as const),
      kind,
      variant,
      manager,
      force: fc.boolean(),
      wrongUid: fc.nat(5).map((n) => n === 0),
    }),
  },
  { weight: 2, arbitrary: fc.record({ verb: fc.constant("delete" as const), kind, guard }) },
  { weight: 1, arbitrary: fc.record({ verb: fc.constant("get" as const), kind }) },
);

const born = (one: Kind): Call => ({
  verb: "create",
  kind: one,
  variant: 0,
  manager: "projectgitops",
  missingNamespace: false,
});

/** Begins with everything there, most of the time: calls to what is missing are soon dull. */
export const anySequence: fc.Arbitrary<Call[]> = fc
  .tuple(fc.nat(9), fc.array(anyCall, { minLength: 4, maxLength: 12 }))
  .map(([n, calls]) =>
    n === 0 ? calls : [born("Namespace"), born("Secret"), born("GitRepository"), ...calls],
  );
