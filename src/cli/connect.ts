import { Option } from "@commander-js/extra-typings";
import type { BunK8sClient } from "../kube/index.ts";
import { explain } from "./explain.ts";
import type { Io } from "./io.ts";
import { withProgress } from "./progress.ts";

/** What every verb that asks a cluster understands. */
export interface ClusterFlags {
  kubeconfig?: string | undefined;
  context?: string | undefined;
}

export const kubeconfigOption = () =>
  new Option("--kubeconfig <file>", "kubeconfig; default $KUBECONFIG, else ~/.kube/config");
export const contextOption = () => new Option("--context <name>", "context of the kubeconfig");

/**
 * A client for one command. It is loaded here and not at the top: `--help` and `version` need none of it.
 * @throws CliError where the configuration cannot be used
 */
export async function connect(flags: ClusterFlags, io: Io): Promise<BunK8sClient> {
  const { BunK8sClient } = await import("../kube/index.ts");
  const options = {
    userAgent: "projectgitops-cli",
    ...(flags.context === undefined ? {} : { context: flags.context }),
    hooks: { onWarning: ({ text }: { text: string }) => io.err(`warning: ${text}\n`) },
  };
  try {
    return flags.kubeconfig === undefined
      ? BunK8sClient.fromEnvironment(options)
      : new BunK8sClient(flags.kubeconfig, options);
  } catch (error) {
    throw await explain("read the kubeconfig", error);
  }
}

/**
 * Waits for an answer of the cluster: with progress where it takes long, and with an error that says what failed.
 * @param what such as `list ProjectGitOps in namespace platform`
 */
export async function ask<T>(io: Io, what: string, work: Promise<T>): Promise<T> {
  try {
    return await withProgress(io, `the API server to ${what}`, work);
  } catch (error) {
    throw await explain(what, error);
  }
}
