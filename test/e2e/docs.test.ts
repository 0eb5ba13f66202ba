import { afterAll, beforeAll, describe } from "bun:test";
import { concepts } from "./docs/concepts.ts";
import { contributing } from "./docs/contributing.ts";
import { importing } from "./docs/import.ts";
import { install } from "./docs/install.ts";
import { installFlux } from "./docs/install-flux.ts";
import { k3s } from "./docs/k3s.ts";
import { metrics } from "./docs/metrics.ts";
import { operations } from "./docs/operations.ts";
import { openPlace, type Place } from "./docs/place.ts";
import { standPods } from "./docs/pods.ts";
import { quickStart } from "./docs/quick-start.ts";
import { readme } from "./docs/readme.ts";
import { sshAuthentication } from "./docs/ssh-authentication.ts";
import { troubleshooting } from "./docs/troubleshooting.ts";

// The pages are told one after the other on one cluster: each says what it expects of the one before.

let place: Place;
beforeAll(async () => {
  place = await openPlace();
}, 180_000);
afterAll(() => place?.stop());

const here = (): Place => place;

quickStart(here);
installFlux(here);
install(here);
readme(here);

describe("with an installed operator and its Pods", () => {
  let endPods: () => Promise<void>;
  beforeAll(async () => {
    endPods = await standPods(place);
  });
  afterAll(() => endPods?.());

  troubleshooting(here);
  operations(here);
  metrics(here);
  k3s(here);
  concepts(here);
  sshAuthentication(here);
  importing(here);
});

contributing(here);
