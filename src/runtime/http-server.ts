import { listenAddress, SettingsError } from "./settings.ts";

/** What the server answers from; asked anew at each request. */
export interface Probes {
  /** The process works: its poll loop has not stopped. */
  healthy(): boolean;
  /** undefined when ready, else why not. */
  notReady(): string | undefined;
  metrics(): Promise<string>;
}

const METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8";

/**
 * Serves /metrics, /healthz and /readyz.
 * @throws SettingsError when the address cannot be listened on
 */
export function serve(listen: string, probes: Probes): { port: number; stop(): void } {
  const { hostname, port } = listenAddress(listen);
  try {
    const server = Bun.serve({ hostname, port, fetch: (request) => answer(new URL(request.url), probes) });
    return { port: server.port ?? port, stop: () => void server.stop(true) };
  } catch (error) {
    throw new SettingsError(`--listen ${listen}: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function answer({ pathname }: URL, probes: Probes): Promise<Response> {
  switch (pathname) {
    case "/metrics":
      return new Response(await probes.metrics(), { headers: { "content-type": METRICS_TYPE } });
    case "/healthz":
      return probes.healthy()
        ? new Response("ok\n")
        : new Response("the poll loop has stopped\n", { status: 503 });
    case "/readyz": {
      const reason = probes.notReady();
      return reason === undefined ? new Response("ok\n") : new Response(`${reason}\n`, { status: 503 });
    }
    default:
      return new Response("not found: try /metrics, /healthz or /readyz\n", { status: 404 });
  }
}
