import { DELIVERY_FAILING } from "../catalogue/delivery-flux.ts";
import { deployAgain, quoted, type Reader, troubleOf } from "./failure.ts";

/** What no other reader knows, in Flux's own words. */
export const failing: Reader = (failure) =>
  troubleOf(DELIVERY_FAILING, failure, {
    same: quoted(failure.message.replaceAll(failure.flux.namespace, "")),
    what: (where) => `${where} is not deployed: ${failure.reason}`,
    cause: "the evidence is Flux's own message",
    fix: [deployAgain(failure.project)],
  });
