/**
 * Lists namespaces with @kubernetes/client-node, the way its README says. Arguments: the folder where it is
 * installed, and a kubeconfig. Prints one line of JSON: how many there are, or why it was refused.
 */
const [folder, kubeconfig] = process.argv.slice(2);
const { KubeConfig, CoreV1Api } = await import(
  `${folder}/node_modules/@kubernetes/client-node/dist/index.js`
);
const config = new KubeConfig();
config.loadFromFile(kubeconfig);
const answer = await config
  .makeApiClient(CoreV1Api)
  .listNamespace()
  .then(
    (list: { items: unknown[] }) => ({ namespaces: list.items.length }),
    (error: { code?: unknown; message?: unknown; body?: unknown }) => ({
      refused: error.code,
      message: `${error.message} ${error.body ?? ""}`,
    }),
  );
process.stdout.write(`${JSON.stringify(answer)}\n`);
process.exit(0);

export {};
