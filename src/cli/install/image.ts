import { version } from "../../../package.json";
import { CliError } from "../errors.ts";
import type { Io } from "../io.ts";
import { PLACEHOLDER_IMAGE } from "../manifests.ts";

/** `registry:5000/name:tag@sha256:…`, as far as it could break out of a manifest. */
const REFERENCE = /^[a-z0-9][\w.:/@-]*$/i;

/** @throws CliError for what is no image's name, and for the one that nobody can pull */
export function checkedImage(image: string | undefined, io: Pick<Io, "name">): string | undefined {
  if (image === undefined || (REFERENCE.test(image) && image !== PLACEHOLDER_IMAGE)) return image;
  const what =
    image === PLACEHOLDER_IMAGE ? `${image} is the placeholder of deploy/` : `no image is named ${image}`;
  throw new CliError(`--image: ${what}`, { next: nameYours(io) });
}

/** @throws CliError where none is named: an installed operator whose image cannot be pulled is a trap */
export function neededImage(image: string | undefined, io: Pick<Io, "name">): string {
  const checked = checkedImage(image, io);
  if (checked !== undefined) return checked;
  throw new CliError("nothing was installed: the operator's image is not named", {
    details: [
      `deploy/ names the placeholder ${PLACEHOLDER_IMAGE}, which nobody can pull`,
      "build yours from the Dockerfile, and push it where the cluster can pull it",
    ],
    next: nameYours(io),
  });
}

const nameYours = ({ name }: Pick<Io, "name">): string =>
  `${name} install --image registry.acme.dev/projectgitops:${version}`;
