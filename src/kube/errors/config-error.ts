import { KubeError } from "./kube-error.ts";

/** The configuration cannot be used; the message is one line that names the file, the field and the fix. */
export class ConfigError extends KubeError {
  override name = "ConfigError";
}
