import { createPrivateKey, sign } from "node:crypto";
import { z } from "zod";
import type { HostCall, HostCaller } from "./caller.ts";
import type { HostCredential } from "./host.ts";

export type GitHubAppSignIn = Extract<HostCredential, { kind: "githubApp" }>;

interface Held {
  token: string;
  /** Epoch milliseconds. */
  endsAt: number;
}

/** A token that ends within this time is no longer used: a pass may take a while. */
const SPARE = 5 * 60_000;

/** Installation tokens in force, for all projects of the process; they live for an hour and cost two calls. */
export class InstallationTokens {
  readonly #held = new Map<string, Held>();

  get(key: string, now: number): string | undefined {
    for (const [other, { endsAt }] of this.#held) if (endsAt - SPARE <= now) this.#held.delete(other);
    return this.#held.get(key)?.token;
  }

  set(key: string, held: Held): void {
    this.#held.set(key, held);
  }

  delete(key: string): void {
    this.#held.delete(key);
  }
}

const tokenSchema = z.looseObject({
  token: z.string().min(1),
  expires_at: z.iso.datetime({ offset: true }),
  permissions: z.looseObject({ administration: z.string().optional() }).optional(),
});

const installationSchema = z.looseObject({
  id: z.number().int(),
  account: z.looseObject({ login: z.string().optional(), slug: z.string().optional() }).nullable(),
});

/**
 * Makes a token that can do no more than this work: one repository, its administration.
 * @param headers that every call carries
 * @throws HostError
 */
export async function installationToken(
  caller: HostCaller,
  app: GitHubAppSignIn,
  { owner, name }: { owner: string; name: string },
  { now, headers }: { now: number; headers: Record<string, string> },
): Promise<Held> {
  const jwt = appJwt(app, now);
  const signIn = { headers: { ...headers, authorization: `Bearer ${jwt}` }, secrets: [jwt] };
  const id = app.installationId ?? (await findInstallation(caller, app, { owner, name }, signIn));
  const { value } = await caller.json(
    {
      method: "POST",
      path: `/app/installations/${encodeURIComponent(id)}/access_tokens`,
      body: { repositories: [name], permissions: { administration: "write" } },
      ...signIn,
    },
    tokenSchema,
  );
  return { token: value.token, endsAt: Date.parse(value.expires_at) };
}

/** The installation that reaches the repository, which must be the named owner's. */
async function findInstallation(
  caller: HostCaller,
  { installationOwner = "" }: GitHubAppSignIn,
  { owner, name }: { owner: string; name: string },
  signIn: Pick<HostCall, "headers" | "secrets">,
): Promise<string> {
  const call: HostCall = { method: "GET", path: `/repos/${owner}/${name}/installation`, ...signIn };
  const { value } = await caller.json(call, installationSchema);
  const holder = value.account?.login ?? value.account?.slug ?? "";
  if (holder.toLowerCase() === installationOwner.toLowerCase()) return String(value.id);
  throw caller.failure(call, {
    reason: "HostForbidden",
    what: `the App's installation that reaches this repository belongs to ${holder || "nobody"}, not to ${installationOwner}`,
    fix: "correct githubAppInstallationOwner in the Secret that hostCredentialRef names",
  });
}

/**
 * RS256, ten minutes at most; begun a minute ago against clocks that differ.
 * @see https://docs.github.com/en/apps/creating-github-apps/authenticating-with-a-github-app/generating-a-json-web-token-jwt-for-a-github-app
 */
export function appJwt(
  { appId, privateKey }: Pick<GitHubAppSignIn, "appId" | "privateKey">,
  now: number,
): string {
  const seconds = Math.floor(now / 1000);
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const text = `${part({ alg: "RS256", typ: "JWT" })}.${part({ iat: seconds - 60, exp: seconds + 540, iss: appId })}`;
  return `${text}.${sign("RSA-SHA256", Buffer.from(text), createPrivateKey(privateKey)).toString("base64url")}`;
}
