import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { processIo } from "../../src/cli/io.ts";
import { runCli } from "../../src/cli/program.ts";
import { terminalSvg } from "../picture-svg.ts";

const FOLDER = join(import.meta.dir, "..", "..", "docs", "pictures");

/** What a command line prints on a terminal with colours, typed as a kubectl plugin. */
export async function screenOf(
  command: string,
  { kubeconfigPath }: { kubeconfigPath: string },
  columns: number,
): Promise<{ code: number; printed: string }> {
  let printed = "";
  const code = await runCli([...command.split(" "), "--kubeconfig", kubeconfigPath], {
    ...processIo(),
    colour: true,
    columns,
    name: "kubectl projectgitops",
    out: (text) => {
      printed += text;
    },
  });
  return { code, printed: asTerminal(printed, columns) };
}

/** A terminal breaks a line that is too long for it, such as a command to paste, wherever its edge is. */
const asTerminal = (text: string, columns: number): string =>
  text
    .split("\n")
    .map((line) =>
      line.includes("\u001b") ? line : line.replaceAll(new RegExp(`(.{${columns}})(?=.)`, "g"), "$1\n"),
    )
    .join("\n");

/** Writes docs/pictures/{name}.svg: the command as it is typed, and what it printed. */
export function draw(name: string, title: string, command: string, printed: string): void {
  mkdirSync(FOLDER, { recursive: true });
  const path = join(FOLDER, `${name}.svg`);
  const picture = terminalSvg(`\u001b[2m$\u001b[0m kubectl projectgitops ${command}\n${printed}`, title);
  writeFileSync(path, picture);
  process.stdout.write(`${path}: ${(picture.length / 1024).toFixed(1)} KiB\n`);
}
