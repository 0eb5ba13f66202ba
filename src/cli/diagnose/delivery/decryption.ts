import { DECRYPTION_FAILED } from "../catalogue/delivery-build.ts";
import { deployAgain, type Failure, type Reader, troubleOf } from "./failure.ts";

/** Secrets of the repository that SOPS has encrypted, and Flux cannot open. */
export const decryptionFailed: Reader = (failure) => {
  const key = failure.flux.environment.decryption?.secretRef?.name;
  if (/is SOPS encrypted, configuring decryption is required/.test(failure.message)) return notAsked(failure);
  if (key !== undefined && isMissing(failure.message, key)) return noKey(failure, key);
  if (!OPENING.test(failure.message)) return undefined;
  const { namespace } = failure.flux;
  return troubleOf(DECRYPTION_FAILED, failure, {
    // Where no key fits, SOPS lists every place that it looked at: a person needs the head of it only.
    evidence: `${failure.reason}: ${failure.message.split("\n")[0]}`,
    what: (where) => `${where} cannot be decrypted: no key opens what SOPS has encrypted`,
    cause:
      key === undefined
        ? "the environment names no decryption.secretRef, and kustomize-controller has no key of its own that fits"
        : `Secret ${namespace}/${key} does not hold the private key of one of its recipients (age: a key *.agekey, PGP: *.asc)`,
    fix:
      key === undefined
        ? [editProject(failure)]
        : [`kubectl describe secret ${key} -n ${namespace}`, deployAgain(failure.project)],
  });
};

/** Words of kustomize-controller 1.9.5. */
const OPENING =
  /^(?:decryption failed for |error decrypting sources: |cannot create decryptor: |cannot get \S+ .*decryption Secret |failed to import '[^']*' data from )|cannot get sops data key/;

const isMissing = (message: string, name: string): boolean => message.includes(`secrets "${name}" not found`);

function notAsked(failure: Failure): ReturnType<typeof troubleOf> {
  const secret = failure.message.split(" is SOPS encrypted")[0] ?? "";
  const place = failure.project.spec.environments.indexOf(failure.flux.environment);
  return troubleOf(DECRYPTION_FAILED, failure, {
    same: "not asked",
    what: (where) =>
      `${where} is not decrypted: ${secret.replace(/^Secret\/.*\//, "Secret ")} is encrypted with SOPS`,
    cause: `spec.environments[${place}].decryption is not set, so Flux does not decrypt: set provider: sops, and secretRef where the key lies in a Secret of ${failure.flux.namespace}`,
    fix: [editProject(failure)],
  });
}

/** The Secret with the private key is made by people: the operator must not see it. */
const noKey = (failure: Failure, key: string): ReturnType<typeof troubleOf> =>
  troubleOf(DECRYPTION_FAILED, failure, {
    same: `no ${key}`,
    object: `Secret ${failure.flux.namespace}/${key}`,
    what: (where) => `${where} cannot be decrypted: the Secret ${key} with the key is missing`,
    cause: `decryption.secretRef names it, and the operator neither makes nor copies it. The fix takes an age key from the file age.agekey: the one that the Secrets of the repository are encrypted for`,
    fix: [
      `kubectl create secret generic ${key} -n ${failure.flux.namespace} --from-file=age.agekey`,
      deployAgain(failure.project),
    ],
  });

const editProject = ({ project: { metadata } }: Failure): string =>
  `kubectl edit pgops ${metadata.name} -n ${metadata.namespace}`;
