import { readFileSync } from "node:fs";
import { load } from "js-yaml";
import { type EnvironmentDefaults, parseEnvironmentDefaults } from "../api/environment-defaults.ts";
import { SettingsError } from "./settings.ts";

/**
 * Reads the file of --environment-defaults. It is read once, at the start: a change takes a restart.
 * @throws SettingsError naming the file, the field, and what it should look like
 */
export function environmentDefaultsSetting(flag: string, path: string): EnvironmentDefaults {
  const parsed = parseEnvironmentDefaults(yamlOf(flag, path));
  if (parsed.ok) return parsed.defaults;
  const problems = parsed.problems.map((problem) => `${problem.path}: ${problem.message}`);
  throw new SettingsError(`${flag}: ${path}: ${problems.join("; ")}`);
}

function yamlOf(flag: string, path: string): unknown {
  const text = attempt(`${flag}: ${path} cannot be read`, () => readFileSync(path, "utf8"));
  return attempt(`${flag}: ${path} is no YAML`, () => load(text));
}

function attempt<T>(what: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    throw new SettingsError(
      `${what}: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`,
    );
  }
}
