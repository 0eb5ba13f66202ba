import "reflect-metadata";
import * as x509 from "@peculiar/x509";

/** A CA of the tests' own, and what it signs. */
export interface Authority {
  caPem: string;
  /** A certificate for 127.0.0.1 and localhost unless other names are given; dates for the expired kind. */
  issue(options?: IssueOptions): Promise<{ cert: string; key: string }>;
}

export interface IssueOptions {
  names?: string[];
  commonName?: string;
  notBefore?: Date;
  notAfter?: Date;
}

const DAY = 86_400_000;
const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };

export async function makeAuthority(name = "test CA"): Promise<Authority> {
  const keys = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
  const ca = await x509.X509CertificateGenerator.createSelfSigned({
    name: `CN=${name}`,
    keys,
    notBefore: new Date(Date.now() - 30 * DAY),
    notAfter: new Date(Date.now() + 30 * DAY),
    signingAlgorithm: ALGORITHM,
    extensions: [
      new x509.BasicConstraintsExtension(true, undefined, true),
      new x509.KeyUsagesExtension(x509.KeyUsageFlags.keyCertSign | x509.KeyUsageFlags.digitalSignature, true),
    ],
  });
  return {
    caPem: ca.toString("pem"),
    async issue({ names = ["127.0.0.1", "localhost"], commonName = "server", notBefore, notAfter } = {}) {
      const own = await crypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
      const certificate = await x509.X509CertificateGenerator.create({
        subject: `CN=${commonName}`,
        issuer: ca.subject,
        publicKey: own.publicKey,
        signingKey: keys.privateKey,
        notBefore: notBefore ?? new Date(Date.now() - DAY),
        notAfter: notAfter ?? new Date(Date.now() + DAY),
        signingAlgorithm: ALGORITHM,
        extensions: [
          new x509.SubjectAlternativeNameExtension(
            names.map((value) => ({ type: /^[\d.]+$/.test(value) ? "ip" : "dns", value }) as const),
          ),
        ],
      });
      const pkcs8 = Buffer.from(await crypto.subtle.exportKey("pkcs8", own.privateKey)).toString("base64");
      const lines = pkcs8.match(/.{1,64}/g)?.join("\n") ?? "";
      return {
        cert: certificate.toString("pem"),
        key: `-----BEGIN PRIVATE KEY-----\n${lines}\n-----END PRIVATE KEY-----\n`,
      };
    },
  };
}
