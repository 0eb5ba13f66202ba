/** Formats that programs read: their shape is stable. */
export type MachineFormat = "json" | "yaml";

/** The other two are for people: a table, and one in which nothing is cut. */
export const isMachine = (output: string): output is MachineFormat => output === "json" || output === "yaml";

/** An object as `-o json` or `-o yaml` prints it; several YAML documents for an array. */
export async function machineText(value: unknown, format: MachineFormat): Promise<string> {
  if (format === "json") return `${JSON.stringify(value, null, 2)}\n`;
  return yamlText(value);
}

/** Loads the YAML writer only where it is needed: the operator starts without it. */
async function yamlText(value: unknown): Promise<string> {
  const { dump } = await import("js-yaml");
  return dump(value, { noRefs: true, lineWidth: -1 });
}
