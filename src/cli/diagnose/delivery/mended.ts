import { RETRY_PENDING } from "../catalogue/delivery-flux.ts";
import { deployAgain, type Failure, troubleOf } from "./failure.ts";
import type { Trouble } from "./trouble.ts";

/** What Flux failed with is no longer so: only its next try is missing. */
export function mendedMeanwhile(failure: Failure): Trouble {
  const { environment } = failure.flux;
  return troubleOf(RETRY_PENDING, failure, {
    what: (where) => `${where} failed for a reason that is gone, and Flux has not tried again yet`,
    cause: `Flux tries again every ${environment.retryInterval ?? environment.interval}; the fix makes it try now`,
    fix: [deployAgain(failure.project)],
  });
}
