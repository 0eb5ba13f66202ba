import type { CredentialSlot } from "../../api/generated.ts";
import { type GitHost, type Registered, withoutComment } from "../../git/index.ts";
import { lifeFor, rfc3339 } from "../../machine/index.ts";
import { type CredentialData, decoded } from "./store.ts";

/** What came of registering: the slot as it is now, and of a token its one and only sight. */
export interface RegisteredSlot {
  readonly slot: CredentialSlot;
  readonly basic?: { username: string; password: string };
}

/**
 * Registers what is being made, where it is not there already: found again by its title where an earlier attempt got
 * so far; a token, whose value is shown once, is made anew.
 *
 * @param ours everything of this project at the host
 * @param now milliseconds since the epoch; a token's life begins when the host takes it
 * @throws HostError
 */
export async function register(
  host: GitHost,
  next: CredentialSlot,
  data: CredentialData,
  ours: readonly Registered[],
  now: number,
  interval: number,
): Promise<RegisteredSlot> {
  const { kind, path, readOnly } = next.target;
  const { title } = next;
  const publicKey = withoutComment(decoded(data["identity.pub"] ?? ""));
  const namesakes = ours.filter((one) => one.title === title);
  const there = namesakes.find((one) => kind === "deployKey" && one.publicKey === publicKey);
  for (const one of namesakes.filter((other) => other !== there)) await host.remove(kind, path, one.id);
  if (there) return { slot: registeredAs(next, there) };
  if (kind === "deployKey") {
    const { registered } = await host.add(path, { kind, title, readOnly, publicKey });
    return { slot: registeredAs(next, registered) };
  }
  const expiresAt = rfc3339(now + lifeFor(interval));
  const { registered, basic } = await host.add(path, { kind, title, readOnly, expiresAt });
  const slot = { ...registeredAs(next, registered), createdAt: rfc3339(now) };
  return { slot, ...(basic ? { basic } : {}) };
}

/** What the host does not let end by itself does not end, whatever was asked for. */
function registeredAs(next: CredentialSlot, { url, expiresAt }: Registered): CredentialSlot {
  const { expiresAt: _, ...rest } = next;
  return { ...rest, url, ...(expiresAt ? { expiresAt } : {}) };
}
