/** The few calls of Gitea's REST API that tests make, for the repositories of one owner. */
export class GiteaApi {
  readonly #base: string;
  readonly #owner: string;
  readonly #token: string;

  constructor(url: string, owner: string, token: string) {
    this.#base = `${url}/api/v1`;
    this.#owner = owner;
    this.#token = token;
  }

  /** An access token of the owner, as username and password for HTTPS. */
  get credential(): { username: string; password: string } {
    return { username: this.#owner, password: this.#token };
  }

  createRepository(name: string, options: { private?: boolean } = {}): Promise<unknown> {
    return this.call("POST", "/user/repos", {
      name,
      private: options.private ?? true,
      default_branch: "main",
    });
  }

  /** Makes a repository public or private. */
  setPrivate(repository: string, isPrivate: boolean): Promise<unknown> {
    return this.call("PATCH", this.#path(repository), { private: isPrivate });
  }

  deleteRepository(repository: string): Promise<unknown> {
    return this.call("DELETE", this.#path(repository));
  }

  /** @returns the key's id, for `removeDeployKey`. */
  async addDeployKey(
    repository: string,
    publicKey: string,
    options: { readOnly?: boolean } = {},
  ): Promise<number> {
    const answer = await this.call("POST", `${this.#path(repository)}/keys`, {
      title: `test ${crypto.randomUUID()}`,
      key: publicKey,
      read_only: options.readOnly ?? true,
    });
    return (answer as { id: number }).id;
  }

  removeDeployKey(repository: string, id: number): Promise<unknown> {
    return this.call("DELETE", `${this.#path(repository)}/keys/${id}`);
  }

  async deployKeys(repository: string): Promise<{ id: number; key: string; read_only: boolean }[]> {
    return (await this.call("GET", `${this.#path(repository)}/keys`)) as never;
  }

  /** Any call; resolves to its body. @throws Error with the status and Gitea's message. */
  async call(method: string, path: string, body?: object): Promise<unknown> {
    const answer = await fetch(`${this.#base}${path}`, {
      method,
      headers: { authorization: `token ${this.#token}`, "content-type": "application/json" },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`Gitea: ${method} ${path}: ${answer.status} ${text.slice(0, 300)}`);
    return text === "" ? undefined : JSON.parse(text);
  }

  #path(repository: string): string {
    return `/repos/${this.#owner}/${repository}`;
  }
}
