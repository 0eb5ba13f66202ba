import { expect } from "bun:test";
import { join } from "node:path";
import { readPage } from "../../docs/page.ts";
import type { Shell } from "../../docs/shell.ts";
import { tellPage } from "../../docs/story.ts";
import { type Place, registerDeployKey } from "./place.ts";

/** Begins with an operator that runs, and the repository acme/shop. */
export function sshAuthentication(place: () => Place): void {
  let shell: Shell;
  tellPage(readPage("docs/ssh-authentication.md"), {
    cluster: () => place().cluster,
    shell: () => shell,
    begin: async () => {
      shell = await place().terminal();
      await shell.must("kubectl delete secret shop-git -n platform");
      await Bun.write(join(shell.folder, "hosts"), place().gitea.knownHosts);
    },
    replace: () => {
      const { gitea } = place();
      const [host, port] = gitea.sshHost.split(":");
      return {
        "git@github.com:acme/shop.git": gitea.sshUrl("shop"),
        "ssh-keyscan git.acme.dev": `ssh-keyscan -p ${port} ${host}`,
        "ssh-keyscan -p 2222 git.acme.dev": `ssh-keyscan -p ${port} ${host}`,
        // A host of one's own has no published keys.
        "shop-git -n platform --from-file=identity=./deploy-key":
          "shop-git -n platform --from-file=identity=./deploy-key --from-file=known_hosts=./hosts",
      };
    },
    scenes: {
      "ssh-keygen -t": {
        after: () => registerDeployKey(place(), "shop", join(shell.folder, "deploy-key.pub")),
      },
      "projectgitops test-setup": { after: ({ stdout }) => expect(stdout).toContain("Ready") },
      "ssh-keygen -lf": { after: ({ stdout }) => expect(stdout).toContain("SHA256:") },
      "-p 2222": {
        after: async () => {
          const scanned = await shell.must("grep -v '^#' known_hosts");
          expect(scanned).toContain(place().gitea.knownHosts.trim());
        },
      },
    },
  });
}
