import type { IncomingMessage } from "node:http";
import type { Agent } from "node:https";
import type { Exchange } from "./transport.ts";

/** The headers of an answer that says nothing in its body. */
const NO_BODY = new Set([204, 205, 304]);

/**
 * Sends a request whose headers hold one name more than once, which fetch joins into one and the API server then
 * takes for one long group name (Impersonate-Group). Used for that alone: fetch is faster.
 */
export function sendWithRepeatedHeaders(
  server: string,
  exchange: Exchange,
  repeated: Record<string, string[]>,
  agent: Agent,
): Promise<Response> {
  const { request } = require("node:https") as typeof import("node:https");
  return new Promise((resolve, reject) => {
    const headers = { ...exchange.headers, ...repeated, "Accept-Encoding": "identity" };
    const { method, signal } = exchange;
    const outgoing = request(server + exchange.target, { method, headers, agent, signal }, (answer) => {
      resolve(responseOf(answer));
    });
    outgoing.on("error", reject);
    outgoing.end(exchange.body);
  });
}

function responseOf(answer: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(answer.headers)) {
    for (const each of Array.isArray(value) ? value : [value ?? ""]) headers.append(name, each);
  }
  const status = answer.statusCode ?? 500;
  const { Readable } = require("node:stream") as typeof import("node:stream");
  const body = NO_BODY.has(status) ? null : (Readable.toWeb(answer) as unknown as ReadableStream);
  return new Response(body, { status, headers });
}
