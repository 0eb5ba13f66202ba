/**
 * Compiles the program to one file: `npm run build [-- --os linux|darwin --arch amd64|arm64 --outfile PATH]`.
 * Without --os and --arch, for this machine. Prints where it lies, its size and the time it took.
 */
import { mkdirSync, statSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { parseArgs } from "node:util";

const root = dirname(import.meta.dir);
/** Docker's names of processors (TARGETARCH) to Bun's. */
const ARCHITECTURES: Record<string, string> = { amd64: "x64", x64: "x64", arm64: "arm64" };
const SYSTEMS = ["linux", "darwin"];

const { values } = parseArgs({
  args: process.argv.slice(2),
  options: {
    // An empty one counts as absent: not every builder sets TARGETARCH.
    arch: { type: "string", default: "" },
    os: { type: "string", default: "" },
    outfile: { type: "string", default: join(root, "dist", "projectgitops") },
  },
});

const arch = ARCHITECTURES[values.arch || process.arch];
if (arch === undefined) refuse("arch", Object.keys(ARCHITECTURES));
// Another system than Linux makes a program for itself: someone who tries it out there.
const os = values.os || (values.arch ? "linux" : process.platform);
if (values.os && !SYSTEMS.includes(os)) refuse("os", SYSTEMS);
const target = `bun-${os}-${arch}`;

const startedAt = performance.now();
mkdirSync(dirname(values.outfile), { recursive: true });
const build = Bun.spawnSync(
  [
    process.execPath,
    "build",
    "--compile",
    "--minify",
    // Parsed ahead of time: halves the time to the first request.
    "--bytecode",
    "--format=esm",
    `--target=${target}`,
    // A program in a container must not change its ways with what lies in its working directory.
    "--no-compile-autoload-dotenv",
    "--no-compile-autoload-bunfig",
    join(root, "src", "main.ts"),
    "--outfile",
    values.outfile,
  ],
  { cwd: root, stdout: "pipe", stderr: "inherit" },
);
if (build.exitCode !== 0) {
  process.stderr.write("error: bun build failed\n  next: read Bun's message above\n");
  process.exit(1);
}

const megabytes = statSync(values.outfile).size / 1e6;
const seconds = (performance.now() - startedAt) / 1000;
process.stdout.write(
  `${relative(process.cwd(), values.outfile)}  ${target}  ${megabytes.toFixed(0)} MB  built in ${seconds.toFixed(1)} s\n`,
);

function refuse(flag: "arch" | "os", known: string[]): never {
  process.stderr.write(
    `error: no program can be built for --${flag} ${values[flag]}\n  next: name one of ${known.join(", ")}\n`,
  );
  process.exit(2);
}
