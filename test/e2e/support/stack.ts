import {
  type Cluster,
  type Flux,
  type Gitea,
  sharedCluster,
  startFlux,
  startGitea,
  startTlsProxy,
  type TlsProxy,
} from "../../cluster/index.ts";

/** What the end-to-end tests share: a control plane, Flux and a git host. */
export interface Stack {
  cluster: Cluster;
  flux: Flux;
  gitea: Gitea;
  /** HTTPS of the git host with a certificate that Flux trusts, as it trusts those of public hosts. */
  publicHttps: TlsProxy;
  /** HTTPS of the git host with a certificate of a CA that nobody knows. */
  selfSignedHttps: TlsProxy;
}

// bun test loads modules anew for each file, in one process.
const KEY = Symbol.for("projectgitops.test.stack");

/** The run's stack, started at the first call; it ends with the process. */
export function sharedStack(): Promise<Stack> {
  const global = globalThis as { [KEY]?: Promise<Stack> };
  global[KEY] ??= start();
  return global[KEY];
}

async function start(): Promise<Stack> {
  const [cluster, gitea] = await Promise.all([sharedCluster(), startGitea()]);
  const [publicHttps, selfSignedHttps] = await Promise.all([
    startTlsProxy(gitea.url),
    startTlsProxy(gitea.url),
  ]);
  const flux = await startFlux(cluster, { trustedCaPem: publicHttps.caPem });
  return { cluster, flux, gitea, publicHttps, selfSignedHttps };
}
