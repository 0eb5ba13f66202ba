import type { FindingKind } from "../finding-kind.ts";

export const FILE_MISSING: FindingKind = {
  id: "FileMissing",
  area: "delivery",
  severity: "error",
  title: "A kustomization.yaml names a file that is not in the repository",
  means:
    "kustomize stops at the first file or folder that it cannot find, and nothing of the revision is deployed.",
  shows: "The Kustomization has reason BuildFailed: `… open FILE: no such file or directory`.",
  fix: "Add the file, or take its name out of `resources`, `patches` or the generator that names it, and push. Git may ignore the file: see `git check-ignore FILE`.",
  lookAlike:
    "PathNotFound: there the folder of the environment itself is not there. YamlInvalid: the file is there, and cannot be read.",
};

export const YAML_INVALID: FindingKind = {
  id: "YamlInvalid",
  area: "delivery",
  severity: "error",
  title: "A manifest in the repository is no YAML",
  means: "kustomize cannot read a file, and nothing of the revision is deployed.",
  shows:
    "The Kustomization has reason BuildFailed: `MalformedYAMLError: yaml: line N: … in File: FILE`. The YAML library counts from 0 in places: look at the line after as well.",
  fix: "Mend the file and push. Most often it is an indentation, a tab, or a value with `: ` in it that needs quotes.",
  lookAlike:
    "ObjectInvalid: good YAML, which the API server does not take. BuildFailed: good YAML, of which kustomize makes nothing.",
};

export const SUBSTITUTION_FAILED: FindingKind = {
  id: "SubstitutionFailed",
  area: "delivery",
  severity: "error",
  title: "A variable in the manifests has no value",
  means: `With \`postBuild\` Flux replaces every \`\${variable}\` in the manifests and stops at the first without a value or a default; or a ConfigMap or Secret that \`substituteFrom\` names is missing.`,
  shows:
    "The Kustomization has reason BuildFailed: `post build failed for …: variable not set (strict mode): \"NAME\"`, or `substitute from 'ConfigMap/NAME' error: … not found`.",
  fix: `Give the variable a value in \`postBuild.substitute\`, or a default in the manifest (\`\${name:=value}\`), or keep the text with a second dollar sign (\`$\${name}\`). Make what \`substituteFrom\` names in the environment's namespace, or mark it \`optional: true\`.`,
  lookAlike: "Without `postBuild` variables are left as they are, and nothing stops.",
};

export const DECRYPTION_FAILED: FindingKind = {
  id: "DecryptionFailed",
  area: "delivery",
  severity: "error",
  title: "Flux cannot decrypt what SOPS has encrypted",
  means:
    "The private key is missing or is another one, or the environment does not ask for decryption. Nothing of the revision is deployed.",
  shows:
    'The Kustomization says `cannot get sops data key`, `secrets "NAME" not found`, or `is SOPS encrypted, configuring decryption is required`.',
  fix: "`spec.environments[].decryption` with provider sops, and a Secret in the environment's namespace with the key (`kubectl create secret generic NAME --from-file=age.agekey`). `sops updatekeys FILE` encrypts for another key.",
  lookAlike: "CredentialMissing: that is the key for git, not the one for the Secrets inside the repository.",
};

export const BUILD_FAILED: FindingKind = {
  id: "BuildFailed",
  area: "delivery",
  severity: "error",
  title: "kustomize makes nothing of the repository",
  means:
    "The files are there and can be read, and kustomize refuses them: a patch without a target, an object that is there twice, a manifest without a name, a remote base.",
  shows: "The Kustomization has reason BuildFailed: `kustomize build failed: …`.",
  fix: "`kubectl kustomize PATH` in a clone shows the same error. Mend it and push.",
  lookAlike: "FileMissing and YamlInvalid, where a file is to blame.",
};

export const DELIVERY_BUILD: readonly FindingKind[] = [
  FILE_MISSING,
  YAML_INVALID,
  SUBSTITUTION_FAILED,
  DECRYPTION_FAILED,
  BUILD_FAILED,
];
