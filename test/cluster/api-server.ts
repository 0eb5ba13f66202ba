import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { adminRequest } from "./admin.ts";
import { AUDIT_POLICY, STATUS_AUDIT_POLICY } from "./audit.ts";
import { Daemon, freePort } from "./daemon.ts";

export interface ApiServerOptions {
  folder: string;
  etcdUrl: string;
  /** Folder of `makeCertificates`. */
  certs: string;
  /** Added to the flags here, and stronger. */
  flags: string[];
  /** Only the statuses that the operator writes are noted. */
  auditsStatusesOnly: boolean;
}

/** A kube-apiserver that can be stopped and started again at the same address. */
export class ApiServer {
  readonly auditLog: string;
  readonly #binary: string;
  readonly #options: ApiServerOptions;
  #port = 0;
  #daemon: Daemon | undefined;

  constructor(binary: string, options: ApiServerOptions) {
    this.#binary = binary;
    this.#options = options;
    this.auditLog = join(options.folder, "audit.log");
  }

  /** Known once it has been started. */
  get url(): string {
    return `https://127.0.0.1:${this.#port}`;
  }

  async start(): Promise<void> {
    if (this.#port === 0) this.#port = await freePort();
    const { folder, certs } = this.#options;
    this.#daemon = await Daemon.start({
      name: "kube-apiserver",
      command: [this.#binary, ...this.#flags()],
      log: join(folder, "kube-apiserver.log"),
      ready: async () => (await adminRequest({ server: this.url, certs }, "GET", "/readyz")).status === 200,
    });
  }

  async stop(): Promise<void> {
    // A graceful end waits for open watches far longer than any test wants to.
    await this.#daemon?.stop(1000);
  }

  async kill(): Promise<void> {
    await this.#daemon?.kill();
  }

  /** The flags of controller-runtime's envtest, with ServiceAccount admission left on and an audit log. */
  #flags(): string[] {
    const { folder, certs, etcdUrl, flags, auditsStatusesOnly } = this.#options;
    const policy = join(folder, "audit-policy.json");
    writeFileSync(policy, JSON.stringify(auditsStatusesOnly ? STATUS_AUDIT_POLICY : AUDIT_POLICY));
    return [
      "--bind-address=127.0.0.1",
      "--advertise-address=127.0.0.1",
      `--secure-port=${this.#port}`,
      `--etcd-servers=${etcdUrl}`,
      `--cert-dir=${certs}`,
      `--tls-cert-file=${join(certs, "apiserver.crt")}`,
      `--tls-private-key-file=${join(certs, "apiserver.key")}`,
      `--client-ca-file=${join(certs, "ca.crt")}`,
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-key-file=${join(certs, "sa-signer.pub")}`,
      `--service-account-signing-key-file=${join(certs, "sa-signer.key")}`,
      "--authorization-mode=RBAC",
      "--service-cluster-ip-range=10.0.0.0/24",
      "--allow-privileged=true",
      `--audit-policy-file=${policy}`,
      `--audit-log-path=${this.auditLog}`,
      "--audit-log-mode=blocking", // what a test has seen done is in the file
      ...flags,
    ];
  }
}
