import { knownHostsName, parseGitUrl } from "../../api/git-url.ts";
import { publishedKnownHosts } from "../../git/index.ts";
import type { Answers } from "./answers.ts";

/** The commands that come before and after the manifest, one a line. Pure. */
export function nextSteps(answers: Answers, applied: boolean, program: string): string[] {
  const { name, namespace, credential } = answers;
  return [
    ...(credential ? secretSteps(answers, credential) : []),
    ...(applied ? [] : [`put the manifest into git, or: … | kubectl apply -f -`]),
    `${program} wait ${name} -n ${namespace}`,
  ];
}

/** What makes the Secret. The key is a file of the person's, the password stays out of the shell's history. */
function secretSteps({ namespace, gitUrl = "", knownHosts }: Answers, secret: string): string[] {
  const url = parseGitUrl(gitUrl);
  const create = `kubectl create secret generic ${secret} -n ${namespace}`;
  if (url.kind !== "ok") return [];
  if (url.transport === "https") {
    return [
      `${create} --from-literal=username=git --from-file=password=./token   # a file without a line break`,
    ];
  }
  if (knownHosts || publishedKnownHosts(url) !== undefined) {
    return [`${create} --from-file=identity=./deploy-key`];
  }
  const scan = `ssh-keyscan ${url.port === 22 ? "" : `-p ${url.port} `}${url.host}`;
  return [
    `${scan} > known_hosts && ssh-keygen -lf known_hosts   # compare it with what the administrator of ${knownHostsName(url)} says`,
    `${create} --from-file=identity=./deploy-key --from-file=known_hosts`,
  ];
}
