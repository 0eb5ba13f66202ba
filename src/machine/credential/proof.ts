import type { Milliseconds } from "../../api/duration.ts";
import type { CredentialSlot } from "../../api/generated.ts";
import type { EnvironmentStatus } from "../../api/schema.ts";

/** What Flux says of a new credential: every GitRepository has to fetch with it before the old one goes. */
export type Proof =
  | { readonly kind: "proved" }
  | { readonly kind: "waiting" }
  /** It does not work; in Flux's words. */
  | { readonly kind: "refused"; readonly message: string };

/** source-controller's and its git library's words for a sign-in that was refused (FLUX-FACTS). */
const SIGN_IN_REFUSED =
  /unable to authenticate|authentication required|authorization failed|permission denied|access denied|invalid credentials|repository not found|\b40[13]\b/i;

/** A source that was Ready and is not for so long, with a new credential, goes back to the old one. */
const PATIENCE: Milliseconds = 10 * 60_000;

/** A source fails for what is no matter of the sign-in: no other credential mends that, and none could be proved. */
export const isFailingOtherwise = (environments: readonly EnvironmentStatus[]): boolean =>
  environments.some(
    ({ source }) =>
      source?.suspended !== true && source?.ready === "False" && !SIGN_IN_REFUSED.test(source.message),
  );

/** @param environments as this pass found them: Unknown where Flux has not answered for the new credential */
export function proofOf(
  slot: CredentialSlot,
  environments: readonly EnvironmentStatus[],
  now: Milliseconds,
): Proof {
  const sources = environments.flatMap(({ source }) => (source === undefined ? [] : [source]));
  const asked = sources.filter(({ suspended }) => suspended !== true);
  const since = Date.parse(slot.promotedAt ?? slot.createdAt);
  const refused = asked.find(
    ({ ready, message }) => ready === "False" && (SIGN_IN_REFUSED.test(message) || now - since > PATIENCE),
  );
  if (refused) return { kind: "refused", message: refused.message };
  const proved =
    asked.length > 0 &&
    sources.length === environments.length &&
    asked.every(({ ready }) => ready === "True");
  return { kind: proved ? "proved" : "waiting" };
}
