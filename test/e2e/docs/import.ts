import { expect } from "bun:test";
import { makeSshKey } from "../../../src/git/index.ts";
import { blockWith, readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import { paste } from "../installed-by-flux/bare.ts";
import { appFiles } from "../support/app.ts";
import type { Place } from "./place.ts";

const PAGE = readPage("docs/import.md");
/** The page's shop is another page's project on this cluster. */
const PROJECT = "mall";
const ENVIRONMENTS = ["development", "production"];

/** Begins with an operator that runs. */
export function importing(place: () => Place): void {
  let shell: Shell;
  tellPage(PAGE, {
    cluster: () => place().cluster,
    shell: () => shell,
    begin: async () => {
      shell = await place().terminal();
      await asScriptsDid(place());
    },
    replace: () => ({ shop: PROJECT }),
    scenes: {
      "--discover": { after: ({ stdout }) => expect(stdout).toContain(`--project ${PROJECT}`) },
      "--apply": {
        typed: [PROJECT],
        after: ({ stdout }) => expect(stdout).toContain(blockWith(PAGE, "taken over:").text.trim()),
      },
      "projectgitops adopt": { before: () => shell.must(`kubectl create namespace ${PROJECT}-dev`) },
    },
  });
}

/** What the services of the notes made: a namespace, a Secret and the two Flux objects for each environment. */
async function asScriptsDid({ cluster, gitea }: Place): Promise<void> {
  const repository = await gitea.createRepository(PROJECT);
  await repository.push(appFiles("one", ENVIRONMENTS));
  const { privateKey, publicKey } = makeSshKey(PROJECT);
  await gitea.api.addDeployKey(PROJECT, publicKey);
  const secret = { "ssh-privatekey": privateKey, identity: privateKey, known_hosts: gitea.knownHosts };
  const objects = ENVIRONMENTS.flatMap((environment) => {
    const namespace = `project-${PROJECT}-${environment}`;
    const metadata = (name: string) => ({ namespace, name });
    return [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: metadata(`${PROJECT}-git-auth`),
        type: "kubernetes.io/ssh-auth",
        stringData: secret,
      },
      {
        apiVersion: "source.toolkit.fluxcd.io/v1",
        kind: "GitRepository",
        metadata: metadata(`${PROJECT}-repo`),
        spec: {
          url: gitea.sshUrl(PROJECT),
          ref: { branch: "main" },
          interval: "1m",
          secretRef: { name: `${PROJECT}-git-auth` },
        },
      },
      {
        apiVersion: "kustomize.toolkit.fluxcd.io/v1",
        kind: "Kustomization",
        metadata: metadata(`${PROJECT}-${environment}`),
        spec: {
          interval: "5m",
          path: `./k8s/overlays/${environment}`,
          prune: true,
          sourceRef: { kind: "GitRepository", name: `${PROJECT}-repo` },
          targetNamespace: namespace,
        },
      },
    ];
  });
  await paste(cluster, objects.map((object) => JSON.stringify(object)).join("\n---\n"));
}
