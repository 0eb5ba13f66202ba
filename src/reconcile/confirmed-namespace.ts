import type { LiveObject } from "../machine/index.ts";

declare const confirmed: unique symbol;

/**
 * A Namespace that the API server returned in this pass. Nothing is created inside a namespace without
 * one: the compiler refuses the mistake this project began with, a Secret sent before its Namespace.
 */
export interface ConfirmedNamespace {
  readonly name: string;
  readonly [confirmed]: true;
}

/** Only gather and execute call it, with what the API server answered. */
export const confirmNamespace = ({ metadata }: Pick<LiveObject, "metadata">): ConfirmedNamespace =>
  ({ name: metadata.name }) as ConfirmedNamespace;
