import { CHART_FAILED, HELM_RELEASE_FAILED } from "../catalogue/delivery-flux.ts";
import { deployAgain, type Failure, quoted, type Reader, troubleOf } from "./failure.ts";

/** What helm-controller and source-controller say of a release and its chart (API v2). */
export const helmReleaseFailed: Reader = (failure) => {
  const { helm } = failure.flux.environment.delivery ?? {};
  if (helm === undefined) return undefined;
  if (failure.reason === "SourceNotReady" || failure.reason === "ArtifactFailed")
    return chart(failure, helm.chart);
  const deed = DEEDS[failure.reason];
  if (deed === undefined) return undefined;
  const { namespace } = failure.flux;
  const { name } = failure.flux.delivery.id;
  return troubleOf(HELM_RELEASE_FAILED, failure, {
    same: `${failure.reason} ${quoted(failure.message)}`,
    what: (where) => `${where} is not deployed: Helm cannot ${deed} the chart ${helm.chart}`,
    cause:
      "the evidence is Helm's own answer: a template, a value, or an object that the cluster refuses or that does not become Ready",
    fix: [`kubectl describe helmrelease ${name} -n ${namespace}`, deployAgain(failure.project)],
  });
};

const DEEDS: Readonly<Record<string, string>> = {
  InstallFailed: "install",
  UpgradeFailed: "upgrade to this version of",
  TestFailed: "pass the tests of",
  RollbackFailed: "roll back",
  UninstallFailed: "uninstall",
  RollbackSucceeded: "upgrade to this version of",
  UninstallSucceeded: "install",
  ReconciliationFailed: "install",
};

const chart = (failure: Failure, path: string): ReturnType<typeof troubleOf> =>
  troubleOf(CHART_FAILED, failure, {
    same: path,
    what: (where) => `${where} is not deployed: Flux makes no chart of ${path}`,
    cause: `source-controller packages the folder ${path} of the repository: it is not there, has no Chart.yaml, or its dependencies are missing`,
    fix: [
      `kubectl describe helmchart ${failure.flux.namespace}-${failure.flux.delivery.id.name} -n ${failure.flux.namespace}`,
      deployAgain(failure.project),
    ],
  });
