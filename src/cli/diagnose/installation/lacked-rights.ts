import { FIELD_MANAGER } from "../../../api/names.ts";
import { CLUSTER_ROLES, ROLES } from "../../../kube/index.ts";
import { allowed } from "../../answers.ts";
import type { Look } from "../look.ts";
import { SELF_SUBJECT_REVIEWS, SUBJECT_ACCESS_REVIEWS } from "../reads/reviews.ts";
import { isHeld, type Right } from "./rights.ts";

interface Subject {
  readonly namespace: string;
  readonly serviceAccount: string;
}

/**
 * Those of the rights that this ServiceAccount lacks: by asking the API server, where this person may ask for others
 * or is the ServiceAccount itself; else by reading the roles of deploy/. Undefined where none of it is allowed.
 */
export async function lackedRights(
  look: Look,
  subject: Subject,
  needed: readonly Right[],
): Promise<readonly Right[] | undefined> {
  const user = userName(subject);
  const [first, ...others] = needed;
  if (first === undefined) return [];
  const answer = await mayDo(look, subject, first);
  if (answer !== undefined) {
    return lackedOf([
      [first, answer],
      ...(await each(others, async (right) => (await mayDo(look, subject, right)) ?? true)),
    ]);
  }
  if ((await ownName(look)) === user) {
    return lackedOf(await each(needed, async (right) => (await look.client.canI(right)).allowed));
  }
  return byRoles(look, needed);
}

type Answer = readonly [Right, boolean];

/** Side by side: the client sends as many at once as suits it. */
const each = (rights: readonly Right[], allowed: (right: Right) => Promise<boolean>): Promise<Answer[]> =>
  Promise.all(rights.map(async (right) => [right, await allowed(right)] as const));

const lackedOf = (answers: readonly Answer[]): Right[] =>
  answers.filter(([, allowed]) => !allowed).map(([right]) => right);

const userName = ({ namespace, serviceAccount }: Subject): string =>
  `system:serviceaccount:${namespace}:${serviceAccount}`;

/** Undefined where this person may not ask for others. That is no loss: there are other ways. */
async function mayDo(look: Look, subject: Subject, right: Right): Promise<boolean | undefined> {
  // What a request with its token carries: the authoriser sees its groups, not its name alone.
  const groups = [
    "system:serviceaccounts",
    `system:serviceaccounts:${subject.namespace}`,
    "system:authenticated",
  ];
  const spec = { user: userName(subject), groups, resourceAttributes: right };
  const review = await allowed(look.client.create(SUBJECT_ACCESS_REVIEWS, { spec }));
  return review && review.status?.allowed === true;
}

async function ownName(look: Look): Promise<string | undefined> {
  const review = await allowed(look.client.create(SELF_SUBJECT_REVIEWS, {}));
  return review?.status?.userInfo?.username;
}

/** The roles of deploy/ by their names: whether they are bound stays unknown. */
async function byRoles(look: Look, needed: readonly Right[]): Promise<readonly Right[] | undefined> {
  const namespace = needed.find((right) => right.namespace !== undefined)?.namespace;
  const [inCluster, inNamespace] = await Promise.all([
    look.get(CLUSTER_ROLES, { name: FIELD_MANAGER }),
    namespace === undefined
      ? undefined
      : look.get(ROLES, { namespace, name: `${FIELD_MANAGER}-leader-election` }),
  ]);
  if (inCluster.state === "closed") return undefined;
  const rules = inCluster.state === "found" ? (inCluster.object.rules ?? []) : [];
  const ofNamespace = inNamespace?.state === "found" ? (inNamespace.object.rules ?? []) : [];
  return needed.filter((right) => {
    if (isHeld(right, rules)) return false;
    if (right.namespace === undefined) return true;
    return inNamespace?.state !== "closed" && !isHeld(right, ofNamespace);
  });
}
