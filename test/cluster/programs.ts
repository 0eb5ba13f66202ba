/**
 * The programs of the test cluster: which version, and where each can come from. To change a version, change
 * it here and in modules/<folder>/go.mod (`go get -tool <package>@<version>` there); the versions are ones that
 * the public Go module proxy can verify.
 */
export interface Program {
  /** Also the name of the folder in the cache, with `module`. */
  version: string;
  /** Folder under test/cluster/modules with the go.mod and go.sum that pin it. */
  module: string;
  /** Go package of its main function. */
  package: string;
  tags?: string;
  /** Value of -ldflags' -X, name to value. */
  variables?: Record<string, string>;
  /** True where the program needs a C compiler to be built. */
  cgo?: boolean;
  /** "envtest": in the archive of the official envtest releases. "files": a file with its .sha256 beside it. */
  download?: { from: "envtest" } | { from: "file"; url: (os: string, arch: string) => string };
}

const KUBERNETES = "v1.36.3";
const kubernetes = (name: string): Program => ({
  version: KUBERNETES,
  module: "kubernetes",
  package: `k8s.io/kubernetes/cmd/${name}`,
  // Without these /version says v0.0.0.
  variables: {
    "k8s.io/component-base/version.gitVersion": KUBERNETES,
    "k8s.io/component-base/version.gitMajor": "1",
    "k8s.io/component-base/version.gitMinor": "36",
    "k8s.io/client-go/pkg/version.gitVersion": KUBERNETES,
  },
  download:
    name === "kube-controller-manager"
      ? {
          from: "file",
          url: (os, arch) => `https://dl.k8s.io/release/${KUBERNETES}/bin/${os}/${arch}/${name}`,
        }
      : { from: "envtest" },
});

export const PROGRAMS = {
  etcd: {
    version: "v3.6.8",
    module: "etcd",
    package: "go.etcd.io/etcd/server/v3",
    download: { from: "envtest" },
  },
  "kube-apiserver": kubernetes("kube-apiserver"),
  "kube-controller-manager": kubernetes("kube-controller-manager"),
  kubectl: kubernetes("kubectl"),
  // Flux publishes its controllers as images only.
  "source-controller": {
    version: "v1.9.6",
    module: "source-controller",
    package: "github.com/fluxcd/source-controller",
  },
  "kustomize-controller": {
    version: "v1.9.5",
    module: "kustomize-controller",
    package: "github.com/fluxcd/kustomize-controller",
  },
  // Built from the module: the official files carry their templates inside, a built one reads them from there.
  gitea: {
    version: "v1.26.0",
    module: "gitea",
    package: "code.gitea.io/gitea",
    tags: "sqlite sqlite_unlock_notify",
    cgo: true,
  },
  // In the place of helm-controller, which cannot be had as a Go module.
  helm: {
    version: "v4.3.1",
    module: "helm",
    package: "helm.sh/helm/v4/cmd/helm",
  },
  // Renders the chart and holds the templates against deploy/chart/tests.
  "helm-unittest": {
    version: "v1.1.2",
    module: "helm-unittest",
    package: "github.com/helm-unittest/helm-unittest/cmd/helm-unittest",
  },
  // Holds .github/workflows against what GitHub's runner takes.
  actionlint: {
    version: "v1.7.12",
    module: "actionlint",
    package: "github.com/rhysd/actionlint/cmd/actionlint",
  },
  // Holds manifests against the schema of docs/schema, as a pipeline without a cluster does.
  kubeconform: {
    version: "v0.8.0",
    module: "kubeconform",
    package: "github.com/yannh/kubeconform/cmd/kubeconform",
  },
} as const satisfies Record<string, Program>;

export type ProgramName = keyof typeof PROGRAMS;

/** Programs that `npm test` needs; Flux, Gitea, Helm and the linters belong to test/e2e. */
export const CONTROL_PLANE = ["etcd", "kube-apiserver", "kube-controller-manager", "kubectl"] as const;
export const END_TO_END = [
  "source-controller",
  "kustomize-controller",
  "gitea",
  "helm",
  "helm-unittest",
  "actionlint",
  "kubeconform",
] as const;

/** The minor release asked of the envtest index, which does not have every patch release. */
export const ENVTEST_RANGE = "~1.36.0";
