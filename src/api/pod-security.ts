/** Pod Security: what the Pods of a namespace may be, said by labels on the Namespace. */

export const POD_SECURITY_MODES = ["enforce", "warn", "audit"] as const;
export type PodSecurityMode = (typeof POD_SECURITY_MODES)[number];

/** From the loosest to the strictest. */
export const POD_SECURITY_LEVELS = ["privileged", "baseline", "restricted"] as const;
export type PodSecurityLevel = (typeof POD_SECURITY_LEVELS)[number];

export const podSecurityLabel = (mode: PodSecurityMode): string => `pod-security.kubernetes.io/${mode}`;
export const podSecurityVersionLabel = (mode: PodSecurityMode): string => `${podSecurityLabel(mode)}-version`;

export const isPodSecurityLevel = (value: string): value is PodSecurityLevel =>
  (POD_SECURITY_LEVELS as readonly string[]).includes(value);
