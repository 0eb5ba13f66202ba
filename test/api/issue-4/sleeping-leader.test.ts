import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { ProjectGitOps } from "../../../src/api/schema.ts";
import { LEASES } from "../../../src/kube/index.ts";
import {
  type AuditEvent,
  eventually,
  type Operator,
  type OperatorIdentity,
  operatorRequests,
  operatorToken,
  startOperator,
} from "../../cluster/index.ts";
import { type Gate, openGate } from "../support/gate.ts";
import { created, isCall, line, sentAt, writesAbout } from "../support/requests.ts";
import {
  FAST,
  getProject,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
  untilPhase,
  untilProject,
} from "../support/scope.ts";
import { forceRemove, setUp, standing } from "./support.ts";

/** One of two replicas, with a token of its own: the audit log tells them apart by it. */
interface Replica {
  operator: Operator;
  identity: OperatorIdentity;
}

/** Two replicas in one namespace; the first leads, the second stands by. */
interface Pair {
  scope: Scope;
  first: Replica;
  second: Replica;
  stop(): Promise<void>;
}

async function startReplica(scope: Scope): Promise<Replica> {
  const identity = await operatorToken(scope.cluster);
  const args = [...FAST, "--namespace", scope.namespace, "--leader-elect"];
  return { identity, operator: await startOperator(scope.cluster, { args, identity }) };
}

const leads = async ({ operator }: Replica) => /^projectgitops_leader 1$/m.test(await operator.metrics());

async function openPair(): Promise<Pair> {
  const scope = await openScope();
  await scope.operator.stop();
  await giveCredential(scope);
  const first = await startReplica(scope);
  await eventually(() => leads(first), { description: "the first leads" });
  const second = await startReplica(scope);
  return {
    scope,
    first,
    second,
    stop: async () => {
      for (const { operator } of [first, second]) {
        if (operator.running()) process.kill(operator.pid, "SIGCONT");
        if (operator.running()) await operator.stop();
      }
      await scope.stop();
    },
  };
}

/** The id of a token, under which the API server notes its requests. */
function credentialId({ token }: OperatorIdentity): string {
  const [, payload = ""] = token.split(".");
  return `JTI=${(JSON.parse(Buffer.from(payload, "base64url").toString()) as { jti: string }).jti}`;
}

/** All that one replica asked or wrote, the Lease apart. */
function requestsOf({ scope }: Pair, { identity }: Replica): AuditEvent[] {
  const id = credentialId(identity);
  return operatorRequests(scope.cluster, (event) => {
    const { extra } = event.user as { extra?: Record<string, string[]> };
    return (
      extra?.["authentication.kubernetes.io/credential-id"]?.includes(id) === true &&
      event.objectRef?.resource !== "leases"
    );
  });
}

const holder = async ({ admin, namespace }: Scope) => {
  const ref = { namespace: "projectgitops-system", name: `projectgitops-${namespace}` };
  return (await admin.get(LEASES, ref)).spec;
};

const sleep = ({ operator }: Replica) => process.kill(operator.pid, "SIGSTOP");
const wake = ({ operator }: Replica) => process.kill(operator.pid, "SIGCONT");

/** The sleeper's Lease runs out, and the other acts. */
const untilTakenOver = ({ second }: Pair) =>
  eventually(() => leads(second), { description: "the second leads", deadlineMs: 30_000 });

const untilEnded = ({ first }: Pair) =>
  eventually(() => !first.operator.running(), {
    description: "the old leader has ended",
    deadlineMs: 20_000,
  });

describe("while the leader sleeps, its ProjectGitOps is force-removed and made again", () => {
  let pair: Pair;
  let before: ProjectGitOps;
  let after: ProjectGitOps;
  let objects: Awaited<ReturnType<typeof standing>>;
  let sleepsSince: number;
  let written: number;

  beforeAll(async () => {
    pair = await openPair();
    const { scope, first } = pair;
    before = await setUp(scope, { environments: [{ name: "development" }, { name: "staging" }] });
    objects = await standing(scope, before);
    written = writesAbout(scope, before.spec.projectId).length;
    const spec = before.spec;
    // Something to do when it wakes: a change that it has not seen.
    sleep(first);
    sleepsSince = Date.now();
    const { namespace, name } = before.metadata;
    await forceRemove(scope, name);
    await scope.admin.create(PROJECTS, { ...before, metadata: { namespace, name }, spec } as ProjectGitOps);
    await untilTakenOver(pair);
    after = await untilPhase(scope, name, "COMPLETED");
    await eventually(() => Date.now() - sleepsSince >= 20_000, {
      description: "20 s of sleep",
      deadlineMs: 25_000,
    });
    wake(first);
    await untilEnded(pair);
  }, 120_000);
  afterAll(() => pair.stop());

  test("the standby takes everything over, and nothing is lost or made anew", async () => {
    expect(after.metadata.uid).not.toBe(before.metadata.uid);
    expect(await standing(pair.scope, after)).toEqual(objects);
    const now = await getProject(pair.scope, after.metadata.name);
    expect(now.status?.phase).toBe("COMPLETED");
  });

  test("the old leader sends nothing after its Lease, not even a look", () => {
    const late = requestsOf(pair, pair.first).filter((event) => sentAt(event) > sleepsSince + 1000);
    expect(late.map(line)).toEqual([]);
  });

  test("the old leader ends by itself, and leaves the Lease to the other", async () => {
    expect(pair.first.operator.running()).toBe(false);
    expect((await holder(pair.scope))?.leaseTransitions).toBe(1);
    expect(await leads(pair.second)).toBe(true);
  });

  test("each object was created once, and nothing was deleted", () => {
    const writes = writesAbout(pair.scope, before.spec.projectId);
    const creates = writes.filter(
      ({ verb, objectRef, responseStatus }) =>
        verb === "create" && objectRef?.resource !== "events" && responseStatus?.code === 201,
    );
    expect(creates).toHaveLength(12);
    expect(
      writes
        .slice(written)
        .filter(({ verb }) => verb === "delete")
        .map(line),
    ).toEqual([]);
  });
});

describe("while the leader sleeps in the middle of a set-up, with creates under way", () => {
  let pair: Pair;
  let gate: Gate;
  let project: ProjectGitOps;
  let sleepsSince: number;

  beforeAll(async () => {
    pair = await openPair();
    const { scope, first } = pair;
    const id = uniqueProject();
    gate = await openGate(scope, id);
    gate.hold(["Namespace"]);
    await scope.admin.create(PROJECTS, projectObject(scope.namespace, id));
    await eventually(() => gate.arrived.length === 3, { description: "three Namespaces are under way" });
    sleep(first);
    sleepsSince = Date.now();
    // They are made, and the answers wait until it wakes.
    gate.open();
    await untilTakenOver(pair);
    project = await untilPhase(scope, id, "COMPLETED");
    await eventually(() => Date.now() - sleepsSince >= 20_000, {
      description: "20 s of sleep",
      deadlineMs: 25_000,
    });
    wake(first);
    await untilEnded(pair);
  }, 120_000);
  afterAll(async () => {
    await gate.close();
    await pair.stop();
  });

  test("the standby completes it, with one create an object", async () => {
    const { scope } = pair;
    expect((await standing(scope, project)).filter(({ uid, going }) => uid === undefined || going)).toEqual(
      [],
    );
    const creates = writesAbout(scope, project.spec.projectId).filter(
      ({ verb, objectRef }) => verb === "create" && objectRef?.resource !== "events",
    );
    expect(created(creates, "namespaces")).toHaveLength(3);
    expect(creates.filter((event) => event.responseStatus?.code === 201)).toHaveLength(18);
    // The old one's Namespaces were found by the list: nobody had to be told that they exist.
    expect(creates).toHaveLength(18);
  });

  test("the old leader reads its answers and does not go on", () => {
    const late = requestsOf(pair, pair.first).filter((event) => sentAt(event) > sleepsSince + 1000);
    expect(late.map(line)).toEqual([]);
    expect(requestsOf(pair, pair.first).filter((event) => isCall(event, "create", "secrets"))).toEqual([]);
  });

  test("the project stays COMPLETED", async () => {
    await untilProject(
      pair.scope,
      project.metadata.name,
      ({ status }) => status?.phase === "COMPLETED",
      "is still COMPLETED",
    );
  });
});
