import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { ResponseEvent } from "../kube/index.ts";

/** One project as project_info shows it. */
export interface ProjectInfo {
  readonly namespace: string;
  readonly name: string;
  readonly project: string;
  readonly phase: string;
  readonly ready: string;
  readonly suspended: boolean;
  /** Seconds since the epoch; absent where its credential does not end, or nobody says when. */
  readonly credentialExpiry?: number;
}

const PASS_BUCKETS = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];
const REQUEST_BUCKETS = [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10];
const SETUP_BUCKETS = [0.1, 0.3, 1, 3, 10, 30, 60, 300, 600];

/** The operator's metrics (DESIGN section 8). Label values come from fixed sets; only project_info grows, with the projects. */
export class Metrics {
  readonly registry = new Registry();
  readonly reconciles = this.#counter("reconcile_total", "Finished passes by what they came to.", [
    "outcome",
  ]);
  readonly reconcileDuration = this.#histogram(
    "reconcile_duration_seconds",
    "Duration of one pass over one project.",
    PASS_BUCKETS,
  );
  readonly setupDuration = this.#histogram(
    "setup_duration_seconds",
    "Time from the beginning of a set-up to its first COMPLETED.",
    SETUP_BUCKETS,
  );
  readonly pollDuration = this.#histogram("poll_duration_seconds", "Duration of one poll.", REQUEST_BUCKETS);
  readonly pollSuccess = this.#gauge(
    "poll_last_success_timestamp_seconds",
    "When the last successful poll ended, in seconds since the epoch.",
  );
  readonly queueDepth = this.#gauge("queue_depth", "Projects that wait for a worker.");
  readonly leader = this.#gauge("leader", "1 while this process is the one that acts.");
  readonly #rotations = this.#counter(
    "credential_rotations_total",
    "Replacements of git credentials of the operator's own making, by what they came to.",
    ["outcome"],
  );
  readonly rotations = {
    rotated: () => this.#rotations.inc({ outcome: "rotated" }),
    failed: () => this.#rotations.inc({ outcome: "failed" }),
  };
  readonly #requests = this.#counter("api_requests_total", "Requests to the API server.", [
    "verb",
    "resource",
    "code",
  ]);
  readonly #requestDuration = this.#histogram(
    "api_request_duration_seconds",
    "Duration of requests to the API server.",
    REQUEST_BUCKETS,
    ["verb"],
  );
  readonly #answers = new Map<string, Answers>();
  readonly #info = this.#gauge("project_info", "1 for each project, with its state as labels.", [
    "exported_namespace",
    "name",
    "project",
    "phase",
    "ready",
    "suspended",
  ]);

  readonly #expiry = this.#gauge(
    "credential_expiry_timestamp_seconds",
    "When a project's git credential ends by itself, in seconds since the epoch.",
    ["exported_namespace", "name", "project"],
  );

  /** @param projects called at each scrape */
  constructor(projects: () => ProjectInfo[]) {
    // There from the beginning, so that the first failure is an increase.
    for (const outcome of ["rotated", "failed"]) this.#rotations.inc({ outcome }, 0);
    collectDefaultMetrics({ register: this.registry });
    this.#collectInfo(projects);
  }

  onResponse(event: ResponseEvent): void {
    const resource = resourceLabel(event);
    const key = `${event.verb} ${resource} ${event.code}`;
    const known = this.#answers.get(key) ?? this.#answersOf(event.verb, resource, String(event.code));
    this.#answers.set(key, known);
    known.count.inc();
    known.duration.observe(event.durationMs / 1000);
  }

  /** Kept by what they are labelled with: looking a label set up costs more than counting. */
  #answersOf(verb: string, resource: string, code: string): Answers {
    return {
      count: this.#requests.labels({ verb, resource, code }),
      duration: this.#requestDuration.labels({ verb }),
    };
  }

  text(): Promise<string> {
    return this.registry.metrics();
  }

  #collectInfo(projects: () => ProjectInfo[]): void {
    const gauge = this.#info as Gauge<string> & { collect?: () => void };
    gauge.collect = () => {
      gauge.reset();
      this.#expiry.reset();
      for (const { namespace, name, project, phase, ready, suspended, credentialExpiry } of projects()) {
        const labels = { exported_namespace: namespace, name, project };
        gauge.set({ ...labels, phase, ready, suspended: String(suspended) }, 1);
        if (credentialExpiry !== undefined) this.#expiry.set(labels, credentialExpiry);
      }
    };
  }

  #counter(name: string, help: string, labelNames: string[] = []) {
    return new Counter({ name: `projectgitops_${name}`, help, labelNames, registers: [this.registry] });
  }

  #gauge(name: string, help: string, labelNames: string[] = []) {
    return new Gauge({ name: `projectgitops_${name}`, help, labelNames, registers: [this.registry] });
  }

  #histogram(name: string, help: string, buckets: number[], labelNames: string[] = []) {
    return new Histogram({
      name: `projectgitops_${name}`,
      help,
      buckets,
      labelNames,
      registers: [this.registry],
    });
  }
}

interface Answers {
  readonly count: { inc(): void };
  readonly duration: { observe(seconds: number): void };
}

const resourceLabel = ({ resource, subresource }: ResponseEvent): string =>
  subresource ? `${resource}/${subresource}` : resource;
