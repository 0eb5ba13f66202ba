import { program } from "./binaries.ts";

export interface Ran {
  code: number;
  stdout: string;
  stderr: string;
}

/** Runs kubectl (the cache's) with this cluster's administrator, or another kubeconfig. Never rejects on exit codes. */
export async function kubectl(
  cluster: { kubeconfigPath: string },
  args: string[],
  input?: string,
): Promise<Ran> {
  const command = [await program("kubectl"), "--kubeconfig", cluster.kubeconfigPath, ...args];
  return run(command, input === undefined ? {} : { input });
}

/** Runs a program to its end. */
export async function run(
  command: string[],
  options: { input?: string; env?: Record<string, string>; cwd?: string } = {},
): Promise<Ran> {
  const child = Bun.spawn(command, {
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, ...options.env },
    stdin: new Blob([options.input ?? ""]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [stdout, stderr, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  return { code, stdout, stderr };
}

/** Like `run`, for what must succeed: resolves to its stdout. @throws Error with its stderr. */
export async function mustRun(...args: Parameters<typeof run>): Promise<string> {
  const { code, stdout, stderr } = await run(...args);
  if (code === 0) return stdout;
  throw new Error(
    `${args[0].slice(0, 4).join(" ")} … ended with code ${code}:\n${(stderr + stdout).trimEnd()}`,
  );
}
