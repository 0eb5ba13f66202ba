import type { FindingKind } from "../finding-kind.ts";
import { DELIVERY_BUILD } from "./delivery-build.ts";
import { DELIVERY_FLUX, DELIVERY_LAST } from "./delivery-flux.ts";
import { DELIVERY_OBJECTS } from "./delivery-objects.ts";
import { DELIVERY_RIGHTS } from "./delivery-rights.ts";
import { DELIVERY_WORKLOAD } from "./delivery-workload.ts";

export const DELIVERY: readonly FindingKind[] = [
  ...DELIVERY_FLUX,
  ...DELIVERY_RIGHTS,
  ...DELIVERY_BUILD,
  ...DELIVERY_OBJECTS,
  ...DELIVERY_WORKLOAD,
  ...DELIVERY_LAST,
];
