import { describe, expect, test } from "bun:test";
import { anchors } from "../docs/links.ts";
import { metricProblems } from "../unit/chart/promql.ts";
import { checkRules, prometheusRule, ruleTest, type Series } from "./support/alerts.ts";

const rule = await prometheusRule("operator-alerts.yaml");
const rules = rule.spec.groups.flatMap((group) => group.rules);

const POD = 'namespace="projectgitops-system",pod="a"';
const OTHER = 'namespace="projectgitops-system",pod="b"';
const metric = (name: string, labels: string, values: string): Series => ({
  series: `projectgitops_${name}{${labels}}`,
  values,
});
const leads = metric("leader", POD, "1x120");
const standsBy = metric("leader", OTHER, "0x120");
const polls = (labels: string, values: string) =>
  metric("poll_last_success_timestamp_seconds", labels, values);
const info = (state: string, values: string) =>
  metric("project_info", `${POD},exported_namespace="platform",name="shop",project="shop",${state}`, values);
const requests = (code: string, values: string) =>
  metric("api_requests_total", `${POD},verb="create",resource="secrets",code="${code}"`, values);

const PROJECT = { exported_namespace: "platform", name: "shop", project: "shop" };
const NOT_READY = 'ready="False",suspended="false"';
const READY = 'phase="COMPLETED",ready="True",suspended="false"';

interface Case {
  alert: string;
  what: string;
  series: Series[];
  /** Minutes at which it does not fire yet, or no more. */
  silent: number[];
  /** Minutes at which it fires. */
  fires: number[];
  /** Its labels beside name and severity. */
  labels?: Record<string, string>;
}

const CASES: Case[] = [
  {
    alert: "ProjectGitOpsNoLeader",
    what: "fires after five minutes without a leader, and ends when one leads again",
    series: [metric("leader", POD, "1x10 0x20 1x60"), standsBy],
    silent: [10, 14, 33],
    fires: [16, 30],
  },
  {
    alert: "ProjectGitOpsNoLeader",
    what: "fires when no operator is scraped at all",
    // After the last sample Prometheus still shows it for five minutes.
    series: [metric("leader", POD, "1x10")],
    silent: [10, 19],
    fires: [22, 60],
  },
  {
    alert: "ProjectGitOpsNoLeader",
    what: "is silent while one of two leads, whichever",
    series: [metric("leader", POD, "1x30 0x30"), metric("leader", OTHER, "0x30 1x30")],
    silent: [20, 31, 59],
    fires: [],
  },
  {
    alert: "ProjectGitOpsPollStale",
    what: "fires when the leader has not polled for four minutes",
    series: [leads, polls(POD, "0+60x10 600x60")],
    silent: [10, 13],
    fires: [16, 60],
    labels: { namespace: "projectgitops-system", pod: "a" },
  },
  {
    alert: "ProjectGitOpsPollStale",
    what: "is silent for a standby, which does not poll",
    series: [leads, standsBy, polls(POD, "0+60x120"), polls(OTHER, "0x120")],
    silent: [30, 119],
    fires: [],
  },
  {
    alert: "ProjectGitOpsProjectNotReady",
    what: "fires after fifteen minutes, though the project goes from phase to phase, and ends when it is Ready",
    series: [
      info(`phase="CREATING_SECRETS",${NOT_READY}`, "1x10 _x110"),
      info(`phase="FAILED",${NOT_READY}`, "_x5 1x25 stale"),
      info(READY, "_x32 1x60"),
    ],
    silent: [14, 40],
    fires: [16, 29],
    labels: PROJECT,
  },
  {
    alert: "ProjectGitOpsProjectNotReady",
    what: "is silent for a project that is suspended",
    series: [info('phase="COMPLETED",ready="False",suspended="true"', "1x60")],
    silent: [20, 59],
    fires: [],
  },
  {
    alert: "ProjectGitOpsRolledBack",
    what: "fires at once, once for a project, and ends ten minutes after its set-up succeeds",
    series: [
      info(`phase="ROLLING_BACK",${NOT_READY}`, "_x5 1 stale"),
      info(`phase="FAILED",${NOT_READY}`, "_x6 1x4 stale"),
      info(READY, "_x12 1x60"),
    ],
    silent: [4, 25],
    fires: [6, 11, 18],
    labels: PROJECT,
  },
  {
    alert: "ProjectGitOpsRolledBack",
    what: "is silent for a set-up that takes its time",
    series: [info(`phase="CREATING_RESOURCES",${NOT_READY}`, "1x60")],
    silent: [30],
    fires: [],
  },
  {
    alert: "ProjectGitOpsQueueOld",
    what: "fires when the queue is never empty for fifteen minutes",
    series: [metric("queue_depth", POD, "0x10 3x40 0x40")],
    silent: [10, 20, 60],
    fires: [26, 50],
    labels: { namespace: "projectgitops-system", pod: "a" },
  },
  {
    alert: "ProjectGitOpsQueueOld",
    what: "is silent for a queue that is empty now and then",
    series: [metric("queue_depth", POD, "9 9 9 9 0 9 9 9 9 0 9 9 9 9 0 9 9 9 9 0 9 9 9 9 0 9 9 9 9 0")],
    silent: [20, 29],
    fires: [],
  },
  {
    alert: "ProjectGitOpsApiErrors",
    what: "fires when more than one request in twenty fails, and ends when they succeed",
    series: [
      requests("201", "0+90x120"),
      requests("503", "0x10 0+6x20 120x60"),
      requests("error", "0+4x30 120x60"),
    ],
    silent: [9, 50],
    fires: [26],
  },
  {
    alert: "ProjectGitOpsApiErrors",
    what: "is silent for 404 and 409, which are answers",
    series: [requests("201", "0+10x60"), requests("404", "0+10x60"), requests("409", "0+10x60")],
    silent: [30, 59],
    fires: [],
  },
  {
    alert: "ProjectGitOpsForbidden",
    what: "fires when refusals go on, and ends ten minutes after the last",
    series: [requests("403", "0x5 0+1x20 20x60")],
    silent: [5, 12, 45],
    fires: [20, 30],
    labels: { verb: "create", resource: "secrets" },
  },
];

describe.each(rules.map((each) => [each.alert, each] as const))("%s", (alert, { labels, annotations }) => {
  const cases = CASES.filter((each) => each.alert === alert);

  test("has a case in which it fires and one in which it looks the same and is silent", () => {
    expect(cases.some(({ fires }) => fires.length > 0)).toBe(true);
    expect(cases.some(({ silent }) => silent.length > 0)).toBe(true);
  });

  test.each(cases.map((each) => [each.what, each] as const))(
    "%s",
    async (_, { series, silent, fires, ...more }) => {
      const firing = Object.entries({ alertname: alert, alertstate: "firing", ...labels, ...more.labels })
        .map(([name, value]) => `${name}="${value}"`)
        .join(",");
      const at = (minute: number, samples: object[]) => ({
        expr: `ALERTS{alertstate="firing",alertname="${alert}"}`,
        eval_time: `${minute}m`,
        exp_samples: samples,
      });
      const promql_expr_test = [
        ...silent.map((minute) => at(minute, [])),
        ...fires.map((minute) => at(minute, [{ labels: `ALERTS{${firing}}`, value: 1 }])),
      ];
      expect(await ruleTest(rule, { input_series: series, promql_expr_test })).toBe("");
    },
  );

  test("names a part of docs/metrics.md that says what to do", async () => {
    expect(annotations.runbook).toBe(`docs/metrics.md#${alert.toLowerCase()}`);
    expect(anchors("docs/metrics.md")).toContain(alert.toLowerCase());
    expect(annotations.summary && annotations.description).toBeTruthy();
  });
});

test("what a person reads of an alert has the project's name and numbers that read well", async () => {
  const texts = (name: string) => rules.find(({ alert }) => alert === name)?.annotations;
  expect(
    await ruleTest(rule, {
      input_series: [
        info(`phase="FAILED",${NOT_READY}`, "1x60"),
        requests("201", "0+3x60"),
        requests("500", "0+1x60"),
      ],
      alert_rule_test: [
        {
          alertname: "ProjectGitOpsProjectNotReady",
          eval_time: "20m",
          exp_alerts: [
            {
              exp_labels: { severity: "warning", ...PROJECT },
              exp_annotations: {
                ...texts("ProjectGitOpsProjectNotReady"),
                summary: "platform/shop has not been Ready for 15 minutes",
                description: "projectgitops diagnose shop -n platform names the cause and what to type.",
              },
            },
          ],
        },
        {
          alertname: "ProjectGitOpsApiErrors",
          eval_time: "20m",
          exp_alerts: [
            {
              exp_labels: { severity: "warning" },
              exp_annotations: {
                ...texts("ProjectGitOpsApiErrors"),
                summary: "25% of the operator's requests to the API server fail",
              },
            },
          ],
        },
      ],
    }),
  ).toBe("");
});

test("promtool has nothing to complain of, and every metric and label is one that the operator has", async () => {
  const { ok, said } = await checkRules(rule);
  expect({ ok, said: ok ? "" : said }).toEqual({ ok: true, said: "" });
  expect(said).toContain(`SUCCESS: ${rules.length} rules found`);
  for (const { expr } of rules) expect(await metricProblems(expr)).toEqual([]);
});
