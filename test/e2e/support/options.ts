import type { ProjectGitOpsSpecInput } from "../../../src/api/schema.ts";
import { isNotFound } from "../../../src/kube/index.ts";
import { uniqueProject } from "../../api/support/scope.ts";
import { eventually } from "../../cluster/index.ts";
import { type App, applyProject, type E2e, untilReady } from "./project.ts";

type Options = Omit<ProjectGitOpsSpecInput["environments"][number], "name">;

export const namespaceOf = ({ id }: Pick<App, "id">, environment = "development"): string =>
  `project-${id}-${environment}`;

/**
 * Applies a project with one environment whose manifests are these, with these options.
 * @param manifests of the folder k8s/overlays/development; a function where they need the project's name
 */
export async function deliver(
  e2e: E2e,
  manifests: string | ((id: string) => string),
  options: Options,
): Promise<App> {
  const id = uniqueProject();
  const repository = await e2e.gitea.createRepository(id, { private: false });
  const text = typeof manifests === "string" ? manifests : manifests(id);
  const commit = await repository.push({ [APP]: text });
  const app = { id, repository, commit };
  await applyProject(e2e, app, {
    git: publicly(e2e, app),
    environments: [{ name: "development", ...options }],
  });
  return app;
}

/** As `deliver`, and waits until it is Ready. */
export async function delivered(...args: Parameters<typeof deliver>): Promise<App> {
  const app = await deliver(...args);
  await untilReady(args[0], app);
  return app;
}

/** File of the manifests of `deliver`, for a second push. */
export const APP = "k8s/overlays/development/app.yaml";

/** A public repository, fetched as often as can be. */
export const publicly = (e2e: E2e, { id }: Pick<App, "id">): ProjectGitOpsSpecInput["git"] => ({
  url: `${e2e.publicHttps.url}/acme/${id}.git`,
  interval: "10s",
});

/** Waits until the operator has made the namespace. */
export async function untilNamespace(e2e: E2e, app: App): Promise<string> {
  const name = namespaceOf(app);
  await eventually(() => e2e.admin.namespaceExists(name), { description: `${name} is there` });
  return name;
}

/** A read whose object may be missing. */
export async function orMissing<T>(read: Promise<T>): Promise<T | undefined> {
  try {
    return await read;
  } catch (error) {
    if (isNotFound(error)) return undefined;
    throw error;
  }
}
