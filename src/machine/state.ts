import type { Desired } from "../plan/index.ts";
import type { Problem } from "./observed.ts";

/** What the project asks for, as far as it can be rendered. */
export interface DesiredState {
  readonly objects: readonly Desired[];
  /** The spec cannot be carried out as it stands, or is not allowed: nothing is done until it changes. */
  readonly invalid?: Problem;
  /**
   * A credential or pull Secret that is missing or malformed. Before the first COMPLETED nothing is
   * made; afterwards the last good copy stays, and the rest goes on.
   */
  readonly credential?: Problem;
  /** The credential's Secret itself names the host of spec.git.url (rule 10). */
  readonly hostConfirmed?: boolean;
  /** Version of the Secret that the credential came from; absent for a public repository or no Secret. */
  readonly credentialVersion?: string;
}
