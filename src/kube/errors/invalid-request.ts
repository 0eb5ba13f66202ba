import { KubeError } from "./kube-error.ts";

/** The call itself is wrong (an empty name, a missing namespace, "../"): nothing was sent. */
export class InvalidRequest extends KubeError {
  override name = "InvalidRequest";
}
