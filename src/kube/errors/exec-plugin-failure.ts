/** Inside the client only: why a credential plugin gave nothing. Callers see a TransportError `exec-plugin`. */
export class ExecPluginFailure extends Error {
  constructor(command: string, what: string) {
    super(`exec plugin "${command}": ${what}`);
  }
}
