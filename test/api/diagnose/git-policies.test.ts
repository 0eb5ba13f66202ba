import { afterAll, afterEach, beforeAll, expect, test } from "bun:test";
import { deployFails, fetchFails, untilMended } from "./git-support.ts";
import { type Lab, openLab } from "./lab.ts";
import { ONE } from "./support.ts";

let lab: Lab;
beforeAll(async () => {
  lab = await openLab();
}, 60_000);
afterEach(() => lab.paste("kubectl delete networkpolicies --all -n flux-system"));
afterAll(() => lab.stop());

const TIMEOUT = "dial tcp 140.82.121.3:22: i/o timeout";
const DNS_TIMEOUT =
  "dial tcp: lookup github.com on 10.96.0.10:53: read udp 10.244.0.5:4->10.96.0.10:53: i/o timeout";
const NO_DOWNLOAD =
  'failed to download archive: GET http://source-controller.flux-system.svc.cluster.local./gitrepository/a/b/c.tar.gz giving up after 10 attempt(s): Get "http://source-controller.flux-system.svc.cluster.local./gitrepository/a/b/c.tar.gz": dial tcp 10.96.4.4:80: i/o timeout';

/** A policy in Flux's namespace; `spec` is YAML in flow form. */
const policy = (name: string, spec: string) =>
  lab.paste(
    `kubectl apply -f - <<'EOF'\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: ${name}, namespace: flux-system}\nspec: ${spec}\nEOF`,
  );

/** What \`flux install\` makes. */
const FLUX_OWN =
  "{podSelector: {}, policyTypes: [Ingress, Egress], ingress: [{from: [{podSelector: {}}]}], egress: [{}]}";

test("EgressBlocked: found when no policy lets source-controller out to the git host, and its fix allows it", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, TIMEOUT);
  await policy(
    "web-only",
    "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 443}, {port: 53, protocol: UDP}]}]}",
  );
  const first = await lab.first(name, "EgressBlocked");
  expect(first.what).toBe("A NetworkPolicy keeps Flux from github.com:22, so development cannot fetch");
  expect(first.object).toBe("NetworkPolicy flux-system/web-only");
  expect(first.evidence).toContain("i/o timeout");
  expect(await lab.ids(name)).toEqual(["EgressBlocked"]);
  await lab.paste(first.fix);
  // Nothing enforces policies here: that it is allowed now shows in what is left, the time-out alone.
  expect(await lab.ids(name)).toEqual(["GitHostTimeout"]);
  await untilMended(lab, name);
});

test("EgressBlocked: found when the way to the name server is closed", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, DNS_TIMEOUT);
  await policy("ssh-only", "{podSelector: {}, policyTypes: [Egress], egress: [{ports: [{port: 22}]}]}");
  const first = await lab.first(name, "EgressBlocked");
  expect(first.what).toContain("the name server (port 53)");
  await lab.paste(first.fix);
  expect(await lab.ids(name)).toEqual(["GitHostTimeout"]);
});

test("EgressBlocked: absent when the policies let it out and still no answer comes", async () => {
  const name = await lab.project(ONE);
  await fetchFails(lab, name, TIMEOUT);
  await policy("allow-egress", FLUX_OWN);
  await policy("others", "{podSelector: {matchLabels: {app: web}}, policyTypes: [Egress]}");
  expect(await lab.ids(name)).toEqual(["GitHostTimeout"]);
});

test("EgressBlocked: absent when a policy would forbid it and the fetch works: nothing enforces it", async () => {
  const name = await lab.project(ONE);
  await policy("deny-all", "{podSelector: {}, policyTypes: [Egress]}");
  expect(await lab.ids(name)).toEqual([]);
});

test("FluxTrafficBlocked: found when policies part Flux's controllers, both ways, and its fix joins them", async () => {
  const name = await lab.project(ONE);
  await deployFails(lab, name, NO_DOWNLOAD);
  await policy("deny-all", "{podSelector: {}, policyTypes: [Ingress, Egress]}");
  const first = await lab.first(name, "FluxTrafficBlocked");
  expect(first.what).toBe(
    "A NetworkPolicy keeps kustomize-controller from source-controller, so development is not deployed",
  );
  expect(await lab.ids(name)).toEqual(["FluxTrafficBlocked"]);
  await lab.paste(first.fix);
  expect(await lab.ids(name)).not.toContain("FluxTrafficBlocked");
});

test("FluxTrafficBlocked: absent when the policies are those of flux install", async () => {
  const name = await lab.project(ONE);
  await deployFails(lab, name, NO_DOWNLOAD);
  await policy("allow-egress", FLUX_OWN);
  expect(await lab.ids(name)).not.toContain("FluxTrafficBlocked");
});
