import type { Milliseconds } from "../../api/duration.ts";
import type { CredentialTarget, GeneratedState } from "../../api/generated.ts";
import type { Problem } from "../observed.ts";

/** What the spec asks for where the operator makes the credential itself. */
export interface WantedCredential {
  readonly target: CredentialTarget;
  /** Name of the Secret that the git host is asked with. */
  readonly hostCredential: string;
  readonly interval: Milliseconds;
  readonly overlap: Milliseconds;
}

/** What a call to the git host came to that did not succeed. */
export interface HostFailure extends Problem {
  /** Milliseconds since the epoch; absent where the operator decides. */
  readonly retryAt?: Milliseconds;
}

/** What is known of a credential of the operator's own making: its Secret, and what stands in its way. */
export interface GeneratedCredential {
  /** Absent where the spec does not ask for one, or the project is on its way out. */
  readonly wanted?: WantedCredential;
  /** Name of the Secret that keeps it, in the project's own namespace. */
  readonly secretName: string;
  /** Absent where the Secret is not there, or not ours. */
  readonly stored?: GeneratedState;
  /** A Secret of that name is somebody else's. */
  readonly isForeign: boolean;
  /** The Secret that the host is asked with is missing or malformed, or no host key is known. */
  readonly problem?: Problem;
  /** Of this pass: no further step of the credential's life is tried in it. */
  readonly failure?: HostFailure;
  /** A step of its life was done in this pass. */
  readonly succeeded: boolean;
  /** How long a removal waits for a host that does not revoke. */
  readonly revokeTimeout: Milliseconds;
  /** It outlives the project, where an environment is left in place. */
  readonly keepOnOrphan: boolean;
}

/**
 * One step of a credential's life. Each is safe to repeat: what is registered is found again by its title, and each
 * write to the Secret names the version that was read.
 *
 * - make: a new key pair, or the name of a token to come, into the Secret as `next`
 * - register: `next` at the git host, where it is not there already
 * - promote: `next` comes into force, and what was in force becomes `previous`
 * - revert: `previous` comes into force again; what was in force is to be revoked
 * - revoke: everything of this project at the host of one slot, but what is kept; then the slot is forgotten
 * - abandon: what cannot be revoked is told and forgotten: one slot, or all of them and the Secret
 * - forget: the Secret goes
 */
export type CredentialAction =
  | { readonly do: "make" }
  | { readonly do: "register" }
  | { readonly do: "promote" }
  | { readonly do: "revert"; readonly because: string }
  | { readonly do: "revoke"; readonly slot: "current" | "next" | "previous" }
  | { readonly do: "abandon"; readonly because: string; readonly slot?: "current" | "next" | "previous" }
  | { readonly do: "forget" };
