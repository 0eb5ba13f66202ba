import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { ConfigError } from "../errors/config-error.ts";
import { Fields } from "./fields.ts";

/** A named entry of a kubeconfig, with the folder its relative paths start from. */
export interface Entry {
  fields: Fields;
  directory: string;
}

/** One kubeconfig, or several merged. */
export interface Kubeconfig {
  /** The files it came from, for messages. */
  source: string;
  currentContext: string | undefined;
  clusters: Map<string, Entry>;
  contexts: Map<string, Entry>;
  users: Map<string, Entry>;
}

/** Reads one kubeconfig file. Throws ConfigError when it is missing, unreadable or no kubeconfig. */
export function readKubeconfig(path: string): Kubeconfig {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    throw new ConfigError(`cannot read kubeconfig ${path}: ${(error as Error).message}`, { cause: error });
  }
  return parseKubeconfig(text, path);
}

/** Merges as kubectl does: the first file that names a cluster, user, context or current-context wins. */
export function mergeKubeconfigs(configs: Kubeconfig[]): Kubeconfig {
  const entries = (of: (config: Kubeconfig) => Map<string, Entry>) =>
    new Map(configs.toReversed().flatMap((config) => [...of(config)]));
  return {
    source: configs.map((config) => config.source).join(", "),
    currentContext: configs.map((config) => config.currentContext).find((name) => name !== undefined),
    clusters: entries((config) => config.clusters),
    contexts: entries((config) => config.contexts),
    users: entries((config) => config.users),
  };
}

function parseKubeconfig(text: string, path: string): Kubeconfig {
  const file = new Fields(parseYaml(text, path), path);
  const directory = dirname(resolve(path));
  const entries = (list: string, key: string): Map<string, Entry> => {
    const found = new Map<string, Entry>();
    for (const item of file.list(list)) {
      const entry = new Fields(item, `${path}: ${list}`);
      const name = entry.text("name");
      if (name === undefined) throw new ConfigError(`${path}: an entry of ${list} has no name`);
      if (!found.has(name)) {
        found.set(name, { fields: new Fields(entry.raw(key), `${path}: ${key} "${name}"`), directory });
      }
    }
    return found;
  };
  return {
    source: path,
    currentContext: file.text("current-context"),
    clusters: entries("clusters", "cluster"),
    contexts: entries("contexts", "context"),
    users: entries("users", "user"),
  };
}

function parseYaml(text: string, path: string): unknown {
  if (text.trim() === "") return undefined;
  // Loaded here and not at the top: it is most of the import time, and an in-cluster program never needs it.
  const { load } = require("js-yaml") as typeof import("js-yaml");
  try {
    return load(text);
  } catch (error) {
    // Not the parser's message: it quotes the lines around the mistake, and they may hold a key.
    const line = (error as { mark?: { line?: number } }).mark?.line;
    throw new ConfigError(`${path} is not YAML${line === undefined ? "" : `: see line ${line + 1}`}`);
  }
}
