import type { EnvironmentDefaults } from "../../api/environment-defaults.ts";
import type { ProjectGitOps } from "../../api/schema.ts";
import { beyond, beyondText, stricterOf, withPodSecurity } from "../../plan/index.ts";

/** What a spec asks for beyond the operator's defaults, a line each: the stricter is what is made. Pure. */
export const excessOf = ({ spec }: ProjectGitOps, defaults: EnvironmentDefaults): string[] =>
  spec.environments.flatMap((environment) => {
    const labels = withPodSecurity(environment.metadata?.labels ?? {}, defaults);
    return beyond(environment, stricterOf(defaults, environment), labels).map(
      (one) => `${environment.name}: ${beyondText(one)}`,
    );
  });
