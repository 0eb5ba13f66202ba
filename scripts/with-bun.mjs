// Runs a script of this project with Bun, on a machine that has only Node.js and npm: installs the
// dependencies where they are not the ones of the lock file, then hands over to Bun.
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** npm's own record of what is installed agrees with the lock file. (Times would not do: git sets them anew.) */
function isInstalled() {
  try {
    const packages = (...path) => JSON.parse(readFileSync(join(root, ...path), "utf8")).packages;
    const wanted = packages("package-lock.json");
    const installed = packages("node_modules", ".package-lock.json");
    return Object.entries(wanted).every(
      ([path, { version, optional }]) =>
        path === "" || installed[path]?.version === version || (optional && installed[path] === undefined),
    );
  } catch {
    return false; // nothing installed yet
  }
}

/** npm ci, with a sign of life every ten seconds; resolves to its exit code. */
function install() {
  const startedAt = Date.now();
  const tell = () => {
    const seconds = Math.round((Date.now() - startedAt) / 1000);
    process.stderr.write(`installing dependencies with npm ci … ${seconds} s\n`);
  };
  process.stderr.write("installing dependencies with npm ci …\n");
  const ticking = setInterval(tell, 10_000);
  const npm = spawn("npm", ["ci", "--no-fund", "--no-audit", "--loglevel=error"], {
    cwd: root,
    // npm's own report goes to stderr, so that stdout carries results alone.
    stdio: ["ignore", 2, 2],
  });
  return new Promise((resolve) => {
    const end = (code) => {
      clearInterval(ticking);
      resolve(code ?? 1);
    };
    npm.on("error", (error) => {
      process.stderr.write(`error: npm cannot be started: ${error.message}\n`);
      end(1);
    });
    npm.on("exit", end);
  });
}

if (!isInstalled()) {
  const code = await install();
  if (code !== 0) {
    process.stderr.write(
      "error: npm ci failed\n  next: read npm's message above, then run the command again\n",
    );
    process.exit(code);
  }
}

const bunFolder = join(root, "node_modules", "bun");
const bun = join(bunFolder, "bin", "bun.exe"); // the npm package names the binary so on every platform
// npm may be told to skip install scripts; the package then holds a placeholder.
if (spawnSync(bun, ["--version"], { stdio: "ignore" }).status !== 0) {
  spawnSync(process.execPath, [join(bunFolder, "install.js")], { cwd: bunFolder, stdio: ["ignore", 2, 2] });
}

const child = spawn(bun, process.argv.slice(2), {
  cwd: root,
  stdio: "inherit",
  env: { ...process.env, PATH: `${join(root, "node_modules", ".bin")}:${process.env.PATH}` },
});
// A terminal sends Ctrl-C to both processes; the child decides when to end.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => child.kill(signal));
child.on("exit", (code, signal) => process.exit(code ?? (signal === "SIGINT" ? 130 : 143)));
