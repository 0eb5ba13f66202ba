import { type Command, Option } from "@commander-js/extra-typings";
import type { Cli } from "../program.ts";
import { cannotRun, runSettings } from "../run-settings.ts";

/** Each flag of `run` may stand in the environment instead: --poll-interval as PROJECTGITOPS_POLL_INTERVAL. */
const setting = <F extends string>(flags: F, name: string, description: string) =>
  new Option(flags, description).env(`PROJECTGITOPS_${name}`);

/** `projectgitops run`: the operator. */
export function addRun(program: Command, cli: Cli): void {
  program
    .command("run")
    .description("run the operator")
    .addOption(
      setting(
        "--kubeconfig <file>",
        "KUBECONFIG",
        "default: in a cluster its ServiceAccount, else as kubectl",
      ),
    )
    .addOption(setting("--context <name>", "CONTEXT", "context of the kubeconfig"))
    .addOption(setting("--namespace <namespace>", "NAMESPACE", "only this one's ProjectGitOps; default all"))
    .addOption(
      setting("--poll-interval <duration>", "POLL_INTERVAL", "how often to look for changes").default("5s"),
    )
    .addOption(
      setting("--resync-interval <duration>", "RESYNC_INTERVAL", "how often to look for drift").default("1m"),
    )
    .addOption(
      setting("--concurrency <n>", "CONCURRENCY", "projects that are worked on at once").default("32"),
    )
    .addOption(setting("--listen <address>", "LISTEN", "/metrics, /healthz and /readyz").default(":8080"))
    .addOption(
      setting(
        "--deployer-cluster-role <name>",
        "DEPLOYER_CLUSTER_ROLE",
        "what deployers may do in their namespace",
      ).default("admin"),
    )
    .addOption(
      setting(
        "--environment-defaults <file>",
        "ENVIRONMENT_DEFAULTS",
        "YAML: podSecurity, resourceQuota, limitRange, networkPolicy of every environment, which a spec may only tighten; default none",
      ),
    )
    .addOption(
      setting(
        "--git-hosts <hosts>",
        "GIT_HOSTS",
        "hosts that repositories may be on, default any, and whose API is called for generated credentials, default the well-known ones",
      ),
    )
    .addOption(
      setting(
        "--host-calls <n>",
        "HOST_CALLS",
        "calls of one git host's API in a minute, all projects together",
      ).default("10"),
    )
    .addOption(
      setting(
        "--tenancy <kind>",
        "TENANCY",
        "strict: a namespace without projectgitops.dev/allowed-projects and allowed-repositories may hold no project",
      )
        .choices(["default", "strict"])
        .default("default" as const),
    )
    .addOption(
      setting(
        "--leader-elect [true|false]",
        "LEADER_ELECT",
        "act only while holding a Lease; for two replicas",
      )
        .choices(["true", "false"])
        .preset("true")
        .default("false" as const),
    )
    .addOption(
      setting("--lease-namespace <namespace>", "LEASE_NAMESPACE", "namespace of that Lease").default(
        "projectgitops-system",
      ),
    )
    .addOption(
      setting("--log-level <level>", "LOG_LEVEL", "least of what is logged")
        .choices(["trace", "debug", "info", "warn", "error", "silent"])
        .default("info" as const),
    )
    .addOption(
      setting("--once [true|false]", "ONCE", "settle all once and end: exit 0 if all are COMPLETED, else 1")
        .choices(["true", "false"])
        .preset("true")
        .default("false" as const),
    )
    .addHelpText(
      "after",
      `
A flag goes before its environment variable. SIGTERM ends it within 10 s.

Examples:
  ${cli.io.name} run
  ${cli.io.name} run --kubeconfig ~/.kube/config --listen 127.0.0.1:8080
  PROJECTGITOPS_POLL_INTERVAL=2s ${cli.io.name} run --once`,
    )
    .action(async (flags) => {
      const settings = await runSettings({
        ...flags,
        once: String(flags.once),
        leaderElect: String(flags.leaderElect),
      });
      const { runOperator } = await import("../../runtime/run.ts");
      cli.exitCode = await runOperator(settings).catch(async (error) => {
        throw await cannotRun(error);
      });
    });
}
