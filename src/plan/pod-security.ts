import type { EnvironmentDefaults } from "../api/environment-defaults.ts";
import {
  isPodSecurityLevel,
  POD_SECURITY_LEVELS,
  POD_SECURITY_MODES,
  podSecurityLabel,
  podSecurityVersionLabel,
} from "../api/pod-security.ts";
import { stricter } from "./guardrails.ts";

type Labels = Readonly<Record<string, string>>;

/**
 * The Namespace's labels with the stricter of both levels. Where the operator has a default its version is the latest:
 * an older one that a project pins may leave out what has been forbidden since. A level that is none stays as it is,
 * for the API server to refuse.
 */
export function withPodSecurity(labels: Labels, { podSecurity = {} }: EnvironmentDefaults): Labels {
  const result = { ...labels };
  for (const mode of POD_SECURITY_MODES) {
    const level = podSecurity[mode];
    const asked = labels[podSecurityLabel(mode)];
    if (level === undefined || (asked !== undefined && !isPodSecurityLevel(asked))) continue;
    result[podSecurityLabel(mode)] = stricter(POD_SECURITY_LEVELS, level, asked);
    delete result[podSecurityVersionLabel(mode)];
  }
  return result;
}
