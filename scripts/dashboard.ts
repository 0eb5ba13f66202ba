/** A panel of the Grafana dashboard: what it asks Prometheus, and how an answer is called. */
export interface Panel {
  title: string;
  /** What a person reads out of it. */
  description: string;
  type: "stat" | "timeseries" | "table";
  unit: string;
  queries: { expr: string; legend?: string }[];
  /** Of the 24 columns. */
  width: number;
  /** From this value on it is red. */
  redFrom?: number;
}

const SCOPE = 'namespace=~"$namespace"';
const PROJECTS = `${SCOPE}, exported_namespace=~"$project_namespace"`;
const quantile = (q: number, metric: string, by = "") =>
  `histogram_quantile(${q}, sum by (le${by}) (rate(projectgitops_${metric}_bucket{${SCOPE}}[$__rate_interval])))`;
const halfAndTail = (metric: string) => [
  { expr: quantile(0.5, metric), legend: "half" },
  { expr: quantile(0.99, metric), legend: "99 of 100" },
];

/** Rows of the dashboard in their order. */
export const ROWS: Record<string, Panel[]> = {
  Projects: [
    {
      title: "Projects",
      description: "All that the leader has read.",
      type: "stat",
      unit: "none",
      queries: [{ expr: `count(projectgitops_project_info{${PROJECTS}}) or vector(0)` }],
      width: 4,
    },
    {
      title: "Not Ready",
      description: "Without those that are suspended.",
      type: "stat",
      unit: "none",
      queries: [
        {
          expr: `count(projectgitops_project_info{${PROJECTS}, ready!="True", suspended="false"}) or vector(0)`,
        },
      ],
      width: 4,
      redFrom: 1,
    },
    {
      title: "Leaders",
      description: "One acts, the others stand by.",
      type: "stat",
      unit: "none",
      queries: [{ expr: `sum(projectgitops_leader{${SCOPE}})` }],
      width: 4,
      redFrom: 2,
    },
    {
      title: "Last poll",
      description: "Since the leader last saw its projects.",
      type: "stat",
      unit: "s",
      queries: [
        {
          expr: `time() - max(projectgitops_poll_last_success_timestamp_seconds{${SCOPE}})`,
        },
      ],
      width: 4,
      redFrom: 120,
    },
    {
      title: "Projects by phase",
      description: "FAILED: the set-up was rolled back, or is kept as it is.",
      type: "timeseries",
      unit: "none",
      queries: [{ expr: `count by (phase) (projectgitops_project_info{${PROJECTS}})`, legend: "{{phase}}" }],
      width: 8,
    },
    {
      title: "Projects that are not Ready",
      description: "projectgitops diagnose says why.",
      type: "table",
      unit: "none",
      queries: [
        {
          expr: `sum by (exported_namespace, name, phase, ready) (projectgitops_project_info{${PROJECTS}, ready!="True", suspended="false"})`,
        },
      ],
      width: 12,
    },
    {
      title: "Days until a credential ends",
      description: "Replaced at 2/3 of its life, where the operator made it.",
      type: "table",
      unit: "d",
      queries: [
        {
          expr: `sort(min by (exported_namespace, name) (projectgitops_credential_expiry_timestamp_seconds{${PROJECTS}} - time()) / 86400)`,
        },
      ],
      width: 12,
    },
  ],
  Work: [
    {
      title: "Passes by what they came to",
      description: "error: ended early, tried again with back-off.",
      type: "timeseries",
      unit: "ops",
      queries: [
        {
          expr: `sum by (outcome) (rate(projectgitops_reconcile_total{${SCOPE}}[$__rate_interval]))`,
          legend: "{{outcome}}",
        },
      ],
      width: 8,
    },
    {
      title: "Duration of a pass",
      description: "Over one project.",
      type: "timeseries",
      unit: "s",
      queries: halfAndTail("reconcile_duration_seconds"),
      width: 8,
    },
    {
      title: "Duration of a set-up",
      description: "From its beginning to the first COMPLETED.",
      type: "timeseries",
      unit: "s",
      queries: halfAndTail("setup_duration_seconds"),
      width: 8,
    },
    {
      title: "Queue",
      description: "Projects that wait for a worker. Never empty: the operator does not keep up.",
      type: "timeseries",
      unit: "none",
      queries: [{ expr: `sum(projectgitops_queue_depth{${SCOPE}})`, legend: "waiting" }],
      width: 8,
    },
    {
      title: "Duration of a poll",
      description: "One list of all ProjectGitOps.",
      type: "timeseries",
      unit: "s",
      queries: halfAndTail("poll_duration_seconds"),
      width: 8,
    },
    {
      title: "Replaced credentials",
      description: "By what it came to.",
      type: "timeseries",
      unit: "none",
      queries: [
        {
          expr: `sum by (outcome) (increase(projectgitops_credential_rotations_total{${SCOPE}}[1h]))`,
          legend: "{{outcome}}",
        },
      ],
      width: 8,
    },
  ],
  "API server and process": [
    {
      title: "Requests to the API server",
      description: "Do not grow with the number of projects while nothing changes.",
      type: "timeseries",
      unit: "reqps",
      queries: [
        {
          expr: `sum by (verb) (rate(projectgitops_api_requests_total{${SCOPE}}[$__rate_interval]))`,
          legend: "{{verb}}",
        },
      ],
      width: 6,
    },
    {
      title: "Refused requests",
      description: "404 and 409 are answers that the operator expects.",
      type: "timeseries",
      unit: "reqps",
      queries: [
        {
          expr: `sum by (resource, code) (rate(projectgitops_api_requests_total{${SCOPE}, code=~"4..|5..|error", code!~"404|409"}[$__rate_interval]))`,
          legend: "{{resource}} {{code}}",
        },
      ],
      width: 6,
    },
    {
      title: "Duration of requests (99 of 100)",
      description: "By verb.",
      type: "timeseries",
      unit: "s",
      queries: [{ expr: quantile(0.99, "api_request_duration_seconds", ", verb"), legend: "{{verb}}" }],
      width: 6,
    },
    {
      title: "Memory",
      description: "Resident, for each Pod.",
      type: "timeseries",
      unit: "bytes",
      queries: [
        {
          expr: `process_resident_memory_bytes{${SCOPE}} and on (namespace, instance) projectgitops_leader`,
          legend: "{{instance}}",
        },
      ],
      width: 6,
    },
  ],
};

/** The dashboard as Grafana imports it (schema version 39, Grafana 10 and later). */
export function dashboard(): object {
  const source = { type: "prometheus", uid: "$datasource" };
  const panels: object[] = [];
  let y = 0;
  for (const [title, row] of Object.entries(ROWS)) {
    panels.push({
      id: panels.length + 1,
      type: "row",
      title,
      collapsed: false,
      gridPos: { x: 0, y, w: 24, h: 1 },
    });
    y += 1;
    let x = 0;
    for (const panel of row) {
      if (x + panel.width > 24) {
        x = 0;
        y += HEIGHT;
      }
      const gridPos = { x, y, w: panel.width, h: HEIGHT };
      panels.push({ id: panels.length + 1, ...drawn(panel), datasource: source, gridPos });
      x += panel.width;
    }
    y += HEIGHT;
  }
  return {
    title: "ProjectGitOps",
    uid: "projectgitops",
    tags: ["projectgitops", "flux", "gitops"],
    schemaVersion: 39,
    version: 1,
    editable: true,
    refresh: "30s",
    time: { from: "now-6h", to: "now" },
    templating: {
      list: [
        { name: "datasource", label: "Prometheus", type: "datasource", query: "prometheus" },
        variable("namespace", "Operator in", "label_values(projectgitops_leader, namespace)"),
        variable(
          "project_namespace",
          "Projects in",
          "label_values(projectgitops_project_info, exported_namespace)",
        ),
      ],
    },
    panels,
  };
}

const HEIGHT = 7;

function drawn({ title, description, type, unit, queries, redFrom }: Panel): object {
  const steps = [
    { color: "green", value: null },
    ...(redFrom === undefined ? [] : [{ color: "red", value: redFrom }]),
  ];
  return {
    type,
    title,
    description,
    fieldConfig: { defaults: { unit, thresholds: { mode: "absolute", steps } }, overrides: [] },
    ...(type === "table"
      ? { transformations: [{ id: "organize", options: { excludeByName: { Time: true } } }] }
      : {}),
    targets: queries.map(({ expr, legend = "" }, index) => ({
      refId: String.fromCharCode(65 + index),
      expr,
      legendFormat: legend,
      ...(type === "timeseries" ? {} : { instant: true, format: type === "table" ? "table" : "time_series" }),
    })),
  };
}

function variable(name: string, label: string, query: string): object {
  return {
    name,
    label,
    type: "query",
    datasource: { type: "prometheus", uid: "$datasource" },
    query: { query, refId: name },
    includeAll: true,
    multi: true,
    allValue: ".*",
    current: { text: "All", value: "$__all" },
    refresh: 2,
  };
}
