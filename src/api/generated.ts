import { z } from "zod";
import { CREDENTIAL_KINDS, PROVIDERS } from "./generate.ts";
import type { GitUrl } from "./git-url.ts";

/** Where a credential is registered, and what it may do there: another target needs another credential. */
const targetSchema = z.object({
  provider: z.enum(PROVIDERS),
  /** The host's address, such as https://git.example.com. */
  apiURL: z.string(),
  /** `owner/name`. */
  path: z.string(),
  /** The host of spec.git.url, as annotations name it: the only one that the credential is sent to. */
  gitHost: z.string(),
  kind: z.enum(CREDENTIAL_KINDS),
  readOnly: z.boolean(),
});
export type CredentialTarget = z.infer<typeof targetSchema>;

/** One credential of the operator's making; what is no secret of it. */
const slotSchema = z.object({
  target: targetSchema,
  /** Short, random, its own: ends the title on the host, and tells Flux that the copy is another one. */
  id: z.string().regex(/^[a-z0-9]{1,32}$/),
  title: z.string(),
  /** RFC 3339, like all times here. */
  createdAt: z.string(),
  /** Secret of the same namespace that the host was asked with. */
  hostCredential: z.string(),
  /** Where people find it in the host's pages; absent until it is registered. */
  url: z.string().optional(),
  expiresAt: z.string().optional(),
  /** Of a deploy key: SHA256:… */
  fingerprint: z.string().optional(),
  /** Since when it is in force. */
  promotedAt: z.string().optional(),
  /** Only of one that was replaced: what it waits for before it is revoked. */
  leaves: z.enum(["whenProved", "now"]).optional(),
});
export type CredentialSlot = z.infer<typeof slotSchema>;

/** The annotation `projectgitops.dev/generated` on the Secret that keeps a generated credential. */
const generatedSchema = z.object({
  /** metadata.uid of the ProjectGitOps. */
  uid: z.string(),
  /** In force: its data lies under Flux's own names. */
  current: slotSchema.optional(),
  /** Being made: `next.<key>`. */
  next: slotSchema.optional(),
  /** Just replaced, and not revoked yet: `previous.<key>`. */
  previous: slotSchema.optional(),
  /** Value of the annotation `projectgitops.dev/rotate` that was handled last. */
  rotate: z.string().optional(),
  /** Value of the annotation `projectgitops.dev/revoke` that was handled last. */
  revoke: z.string().optional(),
});
export type GeneratedState = z.infer<typeof generatedSchema>;

/** Reads the annotation; undefined where it is none of ours. */
export function readGeneratedState(text: string | undefined): GeneratedState | undefined {
  if (text === undefined) return undefined;
  try {
    return generatedSchema.safeParse(JSON.parse(text)).data;
  } catch {
    return undefined;
  }
}

/** `owner/name` of a repository's URL; at GitLab with the groups between. */
export const repositoryPath = ({ url }: Pick<GitUrl, "url">): string =>
  url
    .replace(/^[a-z]+:\/\/[^/]+\/+/, "")
    .replace(/\/+$/, "")
    .replace(/\.git$/, "");
