import { expect, test } from "bun:test";
import { BunK8sClient } from "../../../src/kube/index.ts";
import { type Handler, startFakeServer } from "./fake-server.ts";

const version: Handler = (_request, reply) => reply.json(200, { gitVersion: "v1" });

test("at most 32 requests are under way at once", async () => {
  let held = 0;
  let most = 0;
  const waiting: (() => void)[] = [];
  const server = await startFakeServer((request, reply) => {
    most = Math.max(most, ++held);
    waiting.push(() => {
      held--;
      version(request, reply);
    });
    if (held === 32) for (const answer of waiting.splice(0)) answer();
  });
  const client = new BunK8sClient(server.config);
  await Promise.all(Array.from({ length: 96 }, () => client.version()));
  expect(most).toBe(32);
  await server.stop();
});

test("32 at a time over and over: after the first 32 there is no new TLS handshake", async () => {
  const server = await startFakeServer(version);
  const client = new BunK8sClient(server.config);
  const round = () => Promise.all(Array.from({ length: 32 }, () => client.version()));
  await round();
  const first = server.handshakes;
  for (let rounds = 0; rounds < 20; rounds++) await round();
  expect(first).toBeLessThanOrEqual(32);
  expect(server.handshakes).toBeLessThanOrEqual(32);
  expect(server.requests).toHaveLength(21 * 32);
  await server.stop();
});

test("one after the other they share one connection", async () => {
  const server = await startFakeServer(version);
  const client = new BunK8sClient(server.config);
  for (let calls = 0; calls < 50; calls++) await client.version();
  expect(server.handshakes).toBe(1);
  await server.stop();
});

test("two clusters and two identities in one process never mix", async () => {
  const [one, other] = await Promise.all([startFakeServer(echo), startFakeServer(echo)]);
  const clients = await Promise.all(
    [one, other].flatMap((server) =>
      ["jane", "joe"].map(async (name) => {
        const tls = { ...(await server.authority.issue()), ca: server.authority.caPem, requestCert: true };
        const strict = await startFakeServer(echo, { authority: server.authority, tls });
        const pair = await server.authority.issue({ commonName: name });
        const credential = { clientCertificate: pair.cert, clientKey: pair.key };
        return { name, strict, client: new BunK8sClient({ ...strict.config, credential }) };
      }),
    ),
  );
  const calls = Array.from({ length: 40 }, (_, at) => clients[at % clients.length]).map(async (each) => {
    expect((await each?.client.version())?.gitVersion).toBe(each?.name);
  });
  await Promise.all(calls);
  await Promise.all([one, other, ...clients.map((each) => each.strict)].map((server) => server.stop()));
});

const echo: Handler = (request, reply) => reply.json(200, { gitVersion: request.clientName });

test("a CONNECT proxy carries the TLS connection through, and sees no credential", async () => {
  const server = await startFakeServer(version);
  const seen: string[] = [];
  const proxy = connectProxy(seen);
  const client = new BunK8sClient({
    ...server.config,
    proxyUrl: `http://127.0.0.1:${proxy.port}`,
    credential: { token: "hunter2" },
  });
  expect((await client.version()).gitVersion).toBe("v1");
  expect(server.requests[0]?.headers.get("authorization")).toBe("Bearer hunter2");
  expect(seen[0]).toStartWith(`CONNECT ${server.url.slice("https://".length)} HTTP/1.1`);
  expect(seen.join("")).not.toContain("hunter2");
  proxy.stop(true);
  await server.stop();
});

interface Tunnel {
  upstream?: Bun.Socket<undefined>;
}

/** A proxy that notes what is said to it in the clear. */
function connectProxy(seen: string[]) {
  return Bun.listen<Tunnel>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(socket) {
        socket.data = {};
      },
      async data(socket, bytes) {
        if (socket.data.upstream !== undefined) {
          socket.data.upstream.write(bytes);
          return;
        }
        const head = bytes.toString();
        seen.push(head);
        const [hostname = "", port = ""] = (head.split(" ")[1] ?? "").split(":");
        socket.data.upstream = await Bun.connect({
          hostname,
          port: Number(port),
          socket: {
            data: (_upstream, answer) => void socket.write(answer),
            close: () => void socket.end(),
          },
        });
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
      },
      close: (socket) => void socket.data.upstream?.end(),
    },
  });
}
