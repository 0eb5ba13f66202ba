import { type Authority, makeAuthority } from "../../../kube/certificates.ts";

export interface Seen {
  method: string;
  /** Encoded, as it was sent. */
  path: string;
  query: URLSearchParams;
  headers: Headers;
  /** Parsed JSON; undefined without one. */
  body: unknown;
}

export interface Answer {
  status: number;
  headers?: Record<string, string>;
  body?: unknown;
}

/** An HTTPS server of the tests on 127.0.0.1, with a certificate of a CA of its own. */
export class TlsServer {
  readonly url: string;
  readonly caPem: string;
  readonly seen: Seen[] = [];
  /** Answers instead of the server, until it is taken away. */
  fault: ((request: Request) => Response | Promise<Response>) | undefined;
  readonly #server: ReturnType<typeof Bun.serve>;

  private constructor(server: ReturnType<typeof Bun.serve>, caPem: string) {
    this.#server = server;
    this.url = `https://127.0.0.1:${server.port}`;
    this.caPem = caPem;
  }

  /** @param names the certificate is good for; default 127.0.0.1 and localhost */
  static async start(
    answer: (seen: Seen) => Answer | Promise<Answer>,
    options: { authority?: Authority; names?: string[] } = {},
  ): Promise<TlsServer> {
    const authority = options.authority ?? (await makeAuthority("git host of the tests"));
    const { cert, key } = await authority.issue(options.names ? { names: options.names } : {});
    const server = Bun.serve({
      hostname: "127.0.0.1",
      port: 0,
      tls: { cert, key },
      idleTimeout: 0,
      fetch: (request) => serve(request),
    });
    server.unref();
    const made = new TlsServer(server, authority.caPem);
    const serve = async (request: Request): Promise<Response> => {
      const seen = await read(request);
      made.seen.push(seen);
      if (made.fault) return made.fault(request);
      const { status, headers = {}, body } = await answer(seen);
      return body === undefined
        ? new Response(null, { status, headers })
        : Response.json(body, { status, headers });
    };
    return made;
  }

  async stop(): Promise<void> {
    await this.#server.stop(true);
  }
}

async function read(request: Request): Promise<Seen> {
  const { pathname, searchParams } = new URL(request.url);
  const text = await request.text();
  return {
    method: request.method,
    path: pathname,
    query: searchParams,
    headers: request.headers,
    body: text === "" ? undefined : JSON.parse(text),
  };
}
