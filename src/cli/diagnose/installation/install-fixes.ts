import type { Part } from "../../manifests.ts";

const APPLY = "kubectl apply --server-side --force-conflicts -f -";

/** Puts one part of the installation right and leaves the rest, which may have been adapted, as it is. */
export const installPart = (part: Part): string => `projectgitops install --export --only ${part} | ${APPLY}`;

/** Installs everything. Nobody but the reader knows where the image was pushed. */
export const INSTALL_ALL = `projectgitops install --export --image YOUR_IMAGE | ${APPLY}`;

const FLUX_MANIFESTS = "https://github.com/fluxcd/flux2/releases/latest/download/install.yaml";

/** Flux's own way to install with kubectl; again is an upgrade. */
export const INSTALL_FLUX = `kubectl apply --server-side --force-conflicts -f ${FLUX_MANIFESTS}`;
