import { SUBSTITUTION_FAILED } from "../catalogue/delivery-build.ts";
import { deployAgain, type Failure, quoted, type Reader, troubleOf } from "./failure.ts";
import type { Trouble } from "./trouble.ts";

/** A variable of postBuild without a value, or no place where its values should come from. */
export const substitutionFailed: Reader = (failure) => {
  if (!/^post build failed for /.test(failure.message)) return undefined;
  const source = /substitute from '(ConfigMap|Secret)\/([^']+)' error: .*not found/.exec(failure.message);
  if (source) return noSource(failure, source[1] ?? "", source[2] ?? "");
  return noValue(failure, /variable not set \(strict mode\): "([^"]+)"/.exec(failure.message)?.[1]);
};

function noSource(failure: Failure, kind: string, name: string): Trouble {
  const { project, flux } = failure;
  const make = kind === "Secret" ? "secret generic" : "configmap";
  return troubleOf(SUBSTITUTION_FAILED, failure, {
    same: `${kind} ${name}`,
    object: `${kind} ${flux.namespace}/${name}`,
    what: (where) => `${where} cannot be built: ${kind} ${name} of postBuild.substituteFrom is missing`,
    cause: `nobody has made it in ${flux.namespace}, and the operator does not. The fix makes an empty one: give it the variables, or mark it as optional in ${placeOf(failure)}.substituteFrom`,
    fix: [`kubectl create ${make} ${name} -n ${flux.namespace}`, deployAgain(project)],
  });
}

function noValue(failure: Failure, variable: string | undefined): Trouble {
  const { metadata } = failure.project;
  const fix = [`kubectl edit pgops ${metadata.name} -n ${metadata.namespace}`];
  if (variable === undefined) {
    const what = (where: string) => `${where} cannot be built: its variables cannot be replaced`;
    return troubleOf(SUBSTITUTION_FAILED, failure, {
      same: quoted(failure.message),
      what,
      cause: undefined,
      fix,
    });
  }
  return troubleOf(SUBSTITUTION_FAILED, failure, {
    same: variable,
    what: (where) => `${where} cannot be built: the variable ${variable} has no value`,
    cause: `a manifest holds \${${variable}}. Add it to ${placeOf(failure)}.substitute, give it a default in the manifest, \${${variable}:=value}, or keep it as it is with a second $`,
    fix,
  });
}

const placeOf = ({ project, flux }: Failure): string =>
  `spec.environments[${project.spec.environments.indexOf(flux.environment)}].postBuild`;
