import { z } from "zod";
import { matches, ruled } from "./rules.ts";

/** Patterns of names that several parts of the resource share. */
export const DNS_LABEL = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$";
export const DNS_SUBDOMAIN = "^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$";

/** The name of an object, such as a Secret's. */
export const objectName = (what: string) =>
  ruled(
    z.string().min(1).max(253),
    matches(DNS_SUBDOMAIN, `must be the name of a ${what}: lower-case letters, digits, - and .`),
  );

/** One line of text without spaces or control characters. */
export const word = (max: number, what: string) =>
  ruled(z.string().min(1).max(max), matches("^[^\\s\\x00-\\x1f\\x7f]+$", `must be ${what}, without spaces`));

/** A reference to a Secret; in which namespace it is looked for, the description says. */
export const secretRef = (description: string) =>
  z.object({ name: objectName("Secret").describe("Name of the Secret.") }).describe(description);

export const LIST_MAP_BY_NAME = {
  "x-kubernetes-list-type": "map",
  "x-kubernetes-list-map-keys": ["name"],
} as const;
