import { expect } from "bun:test";
import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import type { Finding } from "../../../src/cli/finding.ts";
import type { Io } from "../../../src/cli/io.ts";
import { BunK8sClient } from "../../../src/kube/index.ts";
import { type OwnCluster, startCluster } from "../../cluster/index.ts";
import type { Ran } from "../../cluster/kubectl.ts";
import type { Typed } from "../../unit/cli/typed.ts";
import { withKubeconfig } from "../cli-support.ts";
import { untilReady } from "../support/flux.ts";
import {
  FAST,
  giveCredential,
  openScope,
  PROJECTS,
  projectObject,
  type Scope,
  uniqueProject,
} from "../support/scope.ts";
import { standInstallation } from "./installation.ts";
import { paste } from "./paste.ts";

/** What `diagnose -o json` prints. */
export interface Diagnosis {
  healthy: boolean;
  findings: Finding[];
}

/**
 * A cluster of its own in which everything is healthy, so that a test breaks exactly one thing. The operator is real;
 * there is no kubelet and no Flux, so their Deployments say that they run, and `untilReady` writes what Flux would.
 */
export interface Lab extends Scope {
  cluster: OwnCluster;
  /** A project that is Ready; its name and projectId are the same. */
  project(spec?: Partial<ProjectGitOpsSpecInput>): Promise<string>;
  /** A project as it is written, which may never become Ready. */
  apply(spec: Partial<ProjectGitOpsSpecInput>): Promise<string>;
  diagnose(name: string, flags?: string): Promise<Diagnosis>;
  /** The same of the installation as the test left it: `diagnose` puts Flux and the operator's Deployment right first. */
  diagnoseAsItIs(name: string, io?: Partial<Io>): Promise<Diagnosis>;
  /** The first finding, which must be this one. */
  first(name: string, id: string): Promise<Finding>;
  /** Ids of all that is found. */
  ids(name: string): Promise<string[]>;
  /** A command line of ours, as the administrator. */
  typed(commandLine: string, io?: Partial<Io>): Promise<Typed>;
  /** Runs a fix as a person would who pastes it. @throws Error with its stderr where a line of it fails */
  paste(fix: string | undefined): Promise<Ran>;
  /** Makes the installation stand as in a healthy cluster. */
  stand(): Promise<void>;
}

/** @param args more flags of the operator */
export async function openLab(args: readonly string[] = []): Promise<Lab> {
  const cluster = await startCluster();
  const admin = new BunK8sClient(cluster.kubeconfigPath, { fieldManager: "test-admin" });
  const scope = await openScope({ cluster, args: ["--leader-elect", ...args] });
  await giveCredential(scope);
  const stand = () => standInstallation(admin, ["--namespace", scope.namespace, ...FAST]);
  await stand();
  const typed = withKubeconfig(cluster.kubeconfigPath);
  const lab: Lab = {
    ...scope,
    cluster,
    // `restart` gives the scope another one.
    get operator() {
      return scope.operator;
    },
    apply: async (spec) => {
      const name = uniqueProject();
      await scope.admin.create(PROJECTS, projectObject(scope.namespace, name, spec));
      return name;
    },
    project: async (spec = {}) => {
      const name = await lab.apply(spec);
      await untilReady(lab, name);
      return name;
    },
    typed,
    stand,
    paste: (fix) => paste(cluster, fix),
    diagnose: async (name, flags = "") => {
      await stand();
      return diagnosisOf(await typed(`diagnose ${name} -n ${scope.namespace} -o json ${flags}`));
    },
    diagnoseAsItIs: async (name, io) =>
      diagnosisOf(await typed(`diagnose ${name} -n ${scope.namespace} -o json`, io)),
    first: async (name, id) => {
      const { findings } = await lab.diagnose(name);
      const [first] = findings;
      if (first?.id !== id) throw new Error(`expected ${id} first, found ${Bun.inspect(findings)}`);
      return first;
    },
    ids: async (name) => (await lab.diagnose(name)).findings.map(({ id }) => id),
    stop: async () => {
      await scope.stop();
      admin.close();
      await cluster.stop();
    },
  };
  return lab;
}

function diagnosisOf({ stdout, stderr, code }: Typed): Diagnosis {
  if (stdout === "") throw new Error(`diagnose ended with ${code}: ${stderr}`);
  const diagnosis = JSON.parse(stdout) as Diagnosis;
  expect({ code, healthy: diagnosis.healthy }).toEqual(
    diagnosis.healthy ? { code: 0, healthy: true } : { code: 1, healthy: false },
  );
  return diagnosis;
}
