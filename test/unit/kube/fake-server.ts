import type { AddressInfo } from "node:net";
import { createServer, type TLSSocket, type TlsOptions } from "node:tls";
import type { ClientConfig } from "../../../src/kube/index.ts";
import { type Authority, makeAuthority } from "./certificates.ts";

/** One HTTP request as it came in. */
export interface SeenRequest {
  method: string;
  path: string;
  headers: Headers;
  body: string;
  /** Common name of the client's certificate. */
  clientName: string | undefined;
}

/** What a test does with the connection that the request came over. */
export interface Reply {
  json(status: number, body: unknown, headers?: Record<string, string>): void;
  text(status: number, contentType: string, body: string, headers?: Record<string, string>): void;
  /** Bytes as they are. */
  raw(bytes: string | Uint8Array): Promise<void>;
  /** Ends the connection. */
  close(): void;
}

export type Handler = (request: SeenRequest, reply: Reply) => unknown;

/** A TLS server of the tests' own, for what a real API server cannot be made to do. */
export interface FakeServer {
  url: string;
  authority: Authority;
  /** Enough to reach it. */
  config: ClientConfig;
  requests: SeenRequest[];
  /** TLS handshakes so far. */
  handshakes: number;
  /** Connections open now. */
  open: number;
  /** Replaces the handler. */
  answer(handler: Handler): void;
  stop(): Promise<void>;
}

export async function startFakeServer(
  handler: Handler,
  options: { authority?: Authority; tls?: TlsOptions; port?: number } = {},
): Promise<FakeServer> {
  const authority = options.authority ?? (await makeAuthority());
  const pair = options.tls?.cert === undefined ? await authority.issue() : undefined;
  const sockets = new Set<TLSSocket>();
  let answer = handler;
  const server = createServer({ ...pair, ...options.tls }, (socket) => {
    fake.handshakes++;
    sockets.add(socket);
    fake.open = sockets.size;
    socket.on("close", () => {
      sockets.delete(socket);
      fake.open = sockets.size;
    });
    socket.on("error", () => socket.destroy());
    readRequests(socket, (request) => {
      fake.requests.push(request);
      return answer(request, replyOn(socket));
    });
  });
  await new Promise<void>((resolve) => server.listen(options.port ?? 0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakeServer = {
    url,
    authority,
    config: { server: url, ca: authority.caPem },
    requests: [],
    handshakes: 0,
    open: 0,
    answer: (next) => {
      answer = next;
    },
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

/** A Status as the API server sends it. */
export function status(code: number, reason: string, message = reason, details?: object): object {
  return {
    kind: "Status",
    apiVersion: "v1",
    metadata: {},
    status: "Failure",
    message,
    reason,
    details,
    code,
  };
}

function readRequests(socket: TLSSocket, use: (request: SeenRequest) => unknown): void {
  let data = Buffer.alloc(0);
  socket.on("data", (chunk: Buffer) => {
    data = Buffer.concat([data, chunk]);
    for (;;) {
      const end = data.indexOf("\r\n\r\n");
      if (end < 0) return;
      const [first = "", ...lines] = data.subarray(0, end).toString().split("\r\n");
      const headers = new Headers(
        lines.map((line) => line.split(/: ?(.*)/s).slice(0, 2) as [string, string]),
      );
      const length = Number(headers.get("content-length") ?? 0);
      if (data.length < end + 4 + length) return;
      const body = data.subarray(end + 4, end + 4 + length).toString();
      data = data.subarray(end + 4 + length);
      const [method = "", path = ""] = first.split(" ");
      const clientName = socket.getPeerCertificate()?.subject?.CN;
      use({
        method,
        path,
        headers,
        body,
        clientName: typeof clientName === "string" ? clientName : undefined,
      });
    }
  });
}

function replyOn(socket: TLSSocket): Reply {
  const raw = (bytes: string | Uint8Array) =>
    new Promise<void>((resolve) => {
      if (socket.destroyed || socket.write(bytes)) return resolve();
      const done = () => {
        socket.off("drain", done).off("close", done);
        resolve();
      };
      socket.on("drain", done).on("close", done);
    });
  const text: Reply["text"] = (code, contentType, body, headers = {}) => {
    const more = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`);
    const length = Buffer.byteLength(body);
    void raw(
      `HTTP/1.1 ${code} Test\r\nContent-Type: ${contentType}\r\nContent-Length: ${length}\r\n${more.join("")}\r\n${body}`,
    );
  };
  return {
    raw,
    text,
    json: (code, body, headers) => text(code, "application/json", JSON.stringify(body), headers),
    close: () => socket.end(),
  };
}
