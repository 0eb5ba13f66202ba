import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { program } from "./binaries.ts";
import { Daemon, freePort } from "./daemon.ts";
import { eventually } from "./eventually.ts";
import { GitRemote } from "./git-remote.ts";
import { GiteaApi } from "./gitea-api.ts";
import { moduleFolder } from "./go.ts";
import { scratchFolder } from "./janitor.ts";
import { mustRun } from "./kubectl.ts";
import { progress } from "./progress.ts";

/** The account that owns every repository of the tests. */
export const OWNER = "acme";

/** A git host of the tests' own: Gitea with its REST API, SSH and plain HTTP (see tls-proxy.ts for HTTPS). */
export interface Gitea {
  /** http://127.0.0.1:port */
  url: string;
  api: GiteaApi;
  /** Line for known_hosts with the host key. */
  knownHosts: string;
  /** Host and port of SSH: 127.0.0.1:port */
  sshHost: string;
  /** ssh://git@127.0.0.1:port/acme/NAME.git */
  sshUrl(repository: string): string;
  /** Creates a repository and returns it with its local working copy. */
  createRepository(name: string, options?: { private?: boolean }): Promise<GitRemote>;
  daemon: Daemon;
  stop(): Promise<void>;
}

/** Starts Gitea with an empty database; about ten seconds. */
export function startGitea(): Promise<Gitea> {
  return progress("starting Gitea", async () => {
    const [binary, source] = await Promise.all([
      program("gitea"),
      moduleFolder("gitea", "code.gitea.io/gitea"),
    ]);
    const folder = scratchFolder("gitea");
    const ports = { http: await freePort(), ssh: await freePort() };
    const env = prepare(folder, source, ports);
    const gitea = (...args: string[]) => mustRun([binary, ...args], { env, cwd: folder });
    await gitea("migrate");
    const user = ["--username", OWNER, "--email", `${OWNER}@example.com`];
    await gitea(
      "admin",
      "user",
      "create",
      "--admin",
      ...user,
      "--random-password",
      "--must-change-password=false",
    );
    const generate = "admin user generate-access-token --scopes all --raw --token-name tests --username";
    // Log lines may precede it.
    const token = (await gitea(...generate.split(" "), OWNER)).trim().split("\n").at(-1) ?? "";
    const url = `http://127.0.0.1:${ports.http}`;
    const daemon = await Daemon.start({
      name: "gitea",
      command: [binary, "web"],
      env,
      cwd: folder,
      log: join(folder, "gitea.log"),
      ready: async () => (await fetch(`${url}/api/healthz`)).ok,
    });
    const api = new GiteaApi(url, OWNER, token);
    const sshHost = `127.0.0.1:${ports.ssh}`;
    return {
      url,
      api,
      sshHost,
      knownHosts: await hostKey(folder, ports.ssh),
      sshUrl: (repository) => `ssh://git@${sshHost}/${OWNER}/${repository}.git`,
      createRepository: async (name, options) => {
        await api.createRepository(name, options);
        return GitRemote.at(`http://${OWNER}:${token}@127.0.0.1:${ports.http}/${OWNER}/${name}.git`);
      },
      daemon,
      stop: () => daemon.kill(),
    };
  });
}

/** Writes app.ini, also fit for CI systems that run everything as root; returns the environment that names it. */
function prepare(
  folder: string,
  source: string,
  ports: { http: number; ssh: number },
): Record<string, string> {
  const config = join(folder, "custom", "conf", "app.ini");
  mkdirSync(join(folder, "custom", "conf"), { recursive: true });
  writeFileSync(
    config,
    `RUN_MODE = prod
RUN_USER = ${userInfo().username}
I_AM_BEING_UNSAFE_RUNNING_AS_ROOT = true
WORK_PATH = ${folder}
[server]
HTTP_ADDR = 127.0.0.1
HTTP_PORT = ${ports.http}
ROOT_URL = http://127.0.0.1:${ports.http}/
STATIC_ROOT_PATH = ${source}
START_SSH_SERVER = true
SSH_LISTEN_HOST = 127.0.0.1
SSH_LISTEN_PORT = ${ports.ssh}
SSH_DOMAIN = 127.0.0.1
SSH_PORT = ${ports.ssh}
BUILTIN_SSH_SERVER_USER = git
OFFLINE_MODE = true
[database]
DB_TYPE = sqlite3
[security]
INSTALL_LOCK = true
[cron]
ENABLED = false
[log]
MODE = console
LEVEL = Warn
`,
  );
  return {
    GITEA_WORK_DIR: folder,
    GITEA_CUSTOM: join(folder, "custom"),
    HOME: folder,
  };
}

async function hostKey(folder: string, port: number): Promise<string> {
  const path = join(folder, "data", "ssh", "gitea.rsa.pub");
  await eventually(() => existsSync(path), { description: "Gitea has made its SSH host key" });
  const [type, key] = readFileSync(path, "utf8").trim().split(" ");
  return `[127.0.0.1]:${port} ${type} ${key}\n`;
}
