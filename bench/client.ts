/**
 * Measures BunK8sClient beside other clients, all against the same real API server: `npm run bench:client`.
 * Prints a table and the goals; exit code 1 when a goal is missed. Takes about five minutes.
 */
import { cpus } from "node:os";
import { join } from "node:path";
import { startCluster } from "../test/cluster/index.ts";
import { rotateTokens, watchWithoutMiss } from "./client/endurance.ts";
import { type Footprint, footprints, packOurs } from "./client/footprint.ts";
import { type Throughput, throughput } from "./client/throughput.ts";

const COLUMNS = ["GET 1", "GET 8", "GET 32", "POST 1", "POST 8", "POST 32"];
const say = (line = "") => process.stdout.write(`${line}\n`);
const note = (line: string) => process.stderr.write(`  ${line}\n`);

interface Goal {
  text: string;
  reached: string;
  met: boolean;
}

const cluster = await startCluster();
try {
  const packed = await packOurs(join(import.meta.dir, ".."));
  const sizes = [packed.footprint, ...(await footprints())];
  const speeds = await throughput(cluster.kubeconfigPath, note);
  note("10,000 watch events");
  const watched = await watchWithoutMiss(cluster.kubeconfigPath, 10_000);
  note("144 token rotations");
  const rotated = await rotateTokens(cluster.kubeconfigPath, 144);

  say(`Bun ${Bun.version}, ${cpus().length} × ${cpus()[0]?.model.trim()}; client and API server share them`);
  say();
  table(["requests per second", ...COLUMNS, "CPU µs a GET", "RSS MB"], speeds.map(speedRow));
  say();
  table(["installed", "packages", "MB", "import ms"], sizes.map(sizeRow));
  say();
  const goals = judge(speeds, packed, watched, rotated);
  for (const { text, reached, met } of goals) say(`${met ? "met   " : "MISSED"}  ${text}: ${reached}`);
  process.exitCode = goals.every((goal) => goal.met) ? 0 : 1;
} finally {
  await cluster.stop();
}

function judge(
  speeds: Throughput[],
  packed: Awaited<ReturnType<typeof packOurs>>,
  watched: Awaited<ReturnType<typeof watchWithoutMiss>>,
  rotated: Awaited<ReturnType<typeof rotateTokens>>,
): Goal[] {
  const rate = (name: string, column: string) =>
    speeds.find((speed) => speed.name === name)?.perSecond[column] ?? 0;
  const times = (name: string, column: string) => rate("BunK8sClient", column) / rate(name, column);
  const node = times("client-node 1.4.0 on Node", "GET 1");
  const bare = COLUMNS.map((column) => times("bare fetch loop", column));
  const worst = Math.min(...bare);
  const { importMs = Number.POSITIVE_INFINITY } = packed.footprint;
  return [
    {
      text: "at least 5 × client-node on Node, one GET at a time",
      reached: `${node.toFixed(1)} ×`,
      met: node >= 5,
    },
    {
      text: "at least 0.9 × a bare fetch loop",
      reached: COLUMNS.map((column, at) => `${column} ${bare[at]?.toFixed(2)}`).join(", "),
      met: worst >= 0.9,
    },
    { text: "import under 15 ms", reached: `${importMs.toFixed(1)} ms`, met: importMs < 15 },
    {
      text: "at most 50 KB bundled and minified, js-yaml its only dependency",
      reached: `${(packed.bundleBytes / 1000).toFixed(1)} KB, ${packed.dependencies.join(", ")}`,
      met: packed.bundleBytes <= 50_000 && packed.dependencies.length === 1,
    },
    {
      text: "10,000 watch events, the stream ended every 2 s, none missed",
      reached: `${watched.missed} missed, ${watched.twice} told twice, ${watched.streams} streams in ${watched.seconds.toFixed(0)} s`,
      met: watched.missed === 0 && watched.twice === 0 && watched.streams > 1,
    },
    {
      text: "144 token rotations, no failed call",
      reached: `${rotated.failed} of ${rotated.calls} failed`,
      met: rotated.failed === 0,
    },
  ];
}

function speedRow({ name, perSecond, cpuMicros, rssMb, refused }: Throughput): string[] {
  if (refused !== undefined) return [name, `refused: ${refused}`];
  return [
    name,
    ...COLUMNS.map((column) => String(Math.round(perSecond[column] ?? 0))),
    cpu(cpuMicros),
    rssMb.toFixed(0),
  ];
}

function cpu(micros: Record<string, number>): string {
  return String(Math.round(micros["GET 1"] ?? 0));
}

function sizeRow({ name, packages, megabytes, importMs }: Footprint): string[] {
  return [
    name,
    String(packages),
    megabytes.toFixed(1),
    importMs === undefined ? "cannot" : importMs.toFixed(0),
  ];
}

/** As Markdown, to be pasted into docs/client.md. */
function table(head: string[], rows: string[][]): void {
  say(`| ${head.join(" | ")} |`);
  say(`|${head.map(() => "---|").join("")}`);
  for (const row of rows) say(`| ${row.join(" | ")} |`);
}
