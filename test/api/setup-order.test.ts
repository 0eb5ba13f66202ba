import { afterAll, beforeAll, expect, test } from "bun:test";
import { PROJECTS } from "../../src/reconcile/index.ts";
import { type AuditEvent, eventually } from "../cluster/index.ts";
import { created, endsBefore, isCall, line, requestsAbout, untilPolled } from "./support/requests.ts";
import {
  giveCredential,
  openScope,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
} from "./support/scope.ts";

const id = uniqueProject();
const ENVIRONMENTS = ["development", "staging", "production"];
let scope: Scope;
let requests: AuditEvent[];
beforeAll(async () => {
  // No resync falls into the set-up: only what the set-up itself costs is counted.
  scope = await openScope({ args: ["--resync-interval", "10m"] });
  await giveCredential(scope);
  await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
  await untilPhase(scope, id, "COMPLETED");
  await eventually(() => requestsAbout(scope, id).some((event) => isCall(event, "create", "events")), {
    description: "the event is sent",
  });
  await untilPolled(scope, 3);
  requests = requestsAbout(scope, id);
});
afterAll(() => scope.stop());

const FLUX = ["gitrepositories", "kustomizations"];
const home = (events: AuditEvent[], environment: string) =>
  events.filter(({ objectRef }) => objectRef?.namespace === `project-${id}-${environment}`);

test("no Secret is sent before the last Namespace is there", () => {
  expect(created(requests, "namespaces")).toHaveLength(3);
  expect(created(requests, "secrets")).toHaveLength(3);
  expect(endsBefore(created(requests, "namespaces"), created(requests, "secrets"))).toBe(true);
});

test("no deployer and no Flux object is sent before the last Secret is there", () => {
  for (const resource of ["serviceaccounts", "rolebindings", ...FLUX]) {
    expect(created(requests, resource)).toHaveLength(3);
    expect(endsBefore(created(requests, "secrets"), created(requests, resource))).toBe(true);
  }
});

test("inside an environment the deployer comes first, then the GitRepository, then the Kustomization", () => {
  for (const environment of ENVIRONMENTS) {
    const own = home(requests, environment);
    const deployer = [...created(own, "serviceaccounts"), ...created(own, "rolebindings")];
    expect(deployer).toHaveLength(2);
    expect(endsBefore(deployer, created(own, "gitrepositories"))).toBe(true);
    expect(endsBefore(created(own, "gitrepositories"), created(own, "kustomizations"))).toBe(true);
  }
});

test("the finalizer is the first write, and the status comes after the last object", () => {
  const [first] = requests.filter(({ verb }) => verb !== "get");
  expect(first?.verb).toBe("patch");
  expect(first?.objectRef).toMatchObject({ resource: "projectgitops", name: id });
  const statuses = requests.filter(({ objectRef }) => objectRef?.subresource === "status").slice(-1);
  expect(endsBefore(created(requests, "kustomizations"), statuses)).toBe(true);
});

test("a set-up costs its creates, one read of the credential, one finalizer, one status or two, one event", () => {
  const about = requests.filter(({ verb, objectRef }) => verb !== "get" || !isFlux(objectRef?.resource));
  const creates = about.filter((event) => event.verb === "create" && event.objectRef?.resource !== "events");
  const statuses = about.filter(({ objectRef }) => objectRef?.subresource === "status");
  const others = about.filter((event) => !creates.includes(event) && !statuses.includes(event));
  expect(creates).toHaveLength(18);
  expect(statuses.length).toBeWithin(1, 3);
  expect(others.map(line).map((text) => text.replace(/ \S+ (\d+)$/, " $1"))).toEqual([
    "patch projectgitops 200",
    "get secrets 200",
    "create events 201",
  ]);
});

test("no request of a set-up is sent twice, and none is refused", () => {
  const lines = requests
    .filter(({ verb, objectRef }) => verb !== "get" && objectRef?.subresource !== "status")
    .map(line);
  expect(lines).toEqual([...new Set(lines)]);
  expect(lines.filter((text) => !/ 20[01]$/.test(text))).toEqual([]);
});

/** Projects that wait for Flux have its objects read, beside the set-up's budget. */
const isFlux = (resource = "") => FLUX.includes(resource);
