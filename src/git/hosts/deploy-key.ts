import { z } from "zod";
import { withoutComment } from "./checks.ts";
import type { Registered } from "./host.ts";

/** A deploy key as Gitea, Forgejo and GitHub list it, by their API descriptions. */
export const deployKeySchema = z.looseObject({
  id: z.number().int().positive(),
  title: z.string(),
  key: z.string(),
  read_only: z.boolean(),
});

/** @param repository `owner/name` at `apiURL`, whose pages have the keys at the same place */
export const registeredKey = (
  { apiURL }: { apiURL: string },
  repository: string,
  { id, title, key, read_only }: z.output<typeof deployKeySchema>,
): Registered => ({
  id: String(id),
  title,
  url: `${apiURL}/${repository}/settings/keys`,
  publicKey: withoutComment(key),
  readOnly: read_only,
});
