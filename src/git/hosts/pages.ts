import type { z } from "zod";
import type { HostAnswer, HostCall, HostCaller } from "./caller.ts";

/** More than any repository has; a host that never ends its list is not believed. */
const MOST_PAGES = 20;

export interface PageRule {
  /** Asked for; a host may give fewer. */
  query: Record<string, string>;
  /** Whether another page follows. @param sofar items of all pages until now */
  hasMore(answer: HostAnswer<readonly unknown[]>, sofar: number): boolean;
}

/** All items of a list, page by page. The page's number is counted here: a URL that the host names is not followed. */
export async function allPages<T>(
  caller: HostCaller,
  call: HostCall,
  schema: z.ZodType<T[]>,
  rule: PageRule,
): Promise<T[]> {
  const items: T[] = [];
  for (let page = 1; page <= MOST_PAGES; page++) {
    const query = { ...call.query, ...rule.query, page: String(page) };
    const answer = await caller.json({ ...call, query }, schema);
    items.push(...answer.value);
    if (!rule.hasMore(answer, items.length)) return items;
  }
  throw caller.failure(call, {
    reason: "UnexpectedAnswer",
    what: `the list has more than ${MOST_PAGES} pages`,
    fix: "remove credentials there that are no longer used",
  });
}

/** RFC 8288, as GitHub and GitLab send it. */
export const linksToNext = ({ headers }: HostAnswer<unknown>): boolean =>
  /<[^>]*>\s*;[^,]*\brel="?next"?/.test(headers.get("link") ?? "");
