import type { CredentialSlot } from "../../api/generated.ts";
import type { Announcement } from "../events.ts";

/** What people are told of a credential's life, in events. */
export const normal = (reason: string, note: string): Announcement => ({ type: "Normal", reason, note });
export const warning = (reason: string, note: string): Announcement => ({ type: "Warning", reason, note });

/** What could not be revoked: each with its title and where it is found. */
export function leftBehind(slots: readonly CredentialSlot[], because: string): Announcement {
  const left = slots.map(
    ({ title, url, target }) => `"${title}" at ${url ?? `${target.apiURL}/${target.path}`}`,
  );
  return warning("CredentialLeftBehind", `not revoked, remove it by hand: ${left.join(", ")}. ${because}`);
}
