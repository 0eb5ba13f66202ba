import type { BunK8sClient } from "../kube/index.ts";
import { FluxResourcesService } from "./flux-resources-service.ts";
import { GitAuthService } from "./git-auth-service.ts";
import type { MakeCredential } from "./made-credential.ts";
import type { ProjectSetup, SetupResult } from "./project-setup.ts";

export interface SetupRequest extends Omit<ProjectSetup, "credential" | "git"> {
  /** `credential` or `make`: as for GitAuthService.setupProjectAuth; neither for a public repository. */
  git: ProjectSetup["git"] & { credential?: Record<string, string>; make?: MakeCredential };
}

/** What a platform does when somebody asks for a project. */
export class GitOpsEventHandlerService {
  readonly #gitAuth: GitAuthService;
  readonly #fluxResources: FluxResourcesService;

  constructor(client: BunK8sClient) {
    this.#gitAuth = new GitAuthService(client);
    this.#fluxResources = new FluxResourcesService(client);
  }

  /**
   * In the notes' order: the credential first, without any environment's Secret; then namespaces, Secrets and Flux
   * objects, each only when what it stands in is there. Safe to repeat.
   * @returns credentialId is `namespace/secretName`, absent for a public repository
   * @throws as GitAuthService.setupProjectAuth and FluxResourcesService.setupProjectGitOps do
   */
  async handleSetupRequest(request: SetupRequest): Promise<SetupResult & { credentialId?: string }> {
    const { git: asked, ...rest } = request;
    const { credential: given, make, ...git } = asked;
    const auth = given ? { credential: given } : make && { make };
    if (auth === undefined) return this.#fluxResources.setupProjectGitOps({ ...rest, git });
    const { projectId, namespace, signal } = rest;
    const { credentialId } = await this.#gitAuth.setupProjectAuth({
      projectId,
      git: { url: git.url, knownHosts: git.knownHosts, ...auth },
      skipK8sSecrets: true,
      ...(namespace && { namespace }),
      ...(signal && { signal }),
    });
    const credential = await this.#gitAuth.getProjectCredential(projectId, namespace);
    return { ...(await this.#fluxResources.setupProjectGitOps({ ...rest, git, credential })), credentialId };
  }
}
