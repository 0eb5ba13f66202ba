/** Who refused a write, read from the API server's own words: its answers name policies and webhooks nowhere else. */
export type Refuser =
  | { readonly kind: "policy"; readonly policy: string; readonly binding: string; readonly said: string }
  | { readonly kind: "webhook"; readonly webhook: string; readonly said: string }
  | {
      readonly kind: "right";
      readonly user: string;
      readonly verb: string;
      readonly resource: string;
      readonly group: string;
    }
  /** The user would hand out rights that it does not hold itself, and may not bind the role. */
  | { readonly kind: "grant"; readonly user: string }
  | { readonly kind: "quota"; readonly quota: string; readonly said: string }
  | { readonly kind: "unknown" };

const POLICY = /ValidatingAdmissionPolicy '([^']+)' with binding '([^']+)' denied request: ?(.*)$/s;
const WEBHOOK = /admission webhook "([^"]+)" denied the request(?:: | )?(.*)$/s;
const RIGHT = /User "([^"]+)" cannot (\S+) resource "([^"]+)" in API group "([^"]*)"/;
const GRANT = /[Uu]ser "([^"]+)".* is attempting to grant RBAC permissions not currently held/s;
const QUOTA = /(exceeded quota: ([^,\s]+)[^;]*)/;

/** Pure. The operator's own advice after the last semicolon is left out of what was said. */
export function refuserIn(message: string): Refuser {
  const policy = POLICY.exec(message);
  if (policy)
    return { kind: "policy", policy: policy[1] ?? "", binding: policy[2] ?? "", said: said(policy[3]) };
  const webhook = WEBHOOK.exec(message);
  if (webhook) return { kind: "webhook", webhook: webhook[1] ?? "", said: said(webhook[2]) };
  const grant = GRANT.exec(message);
  if (grant) return { kind: "grant", user: grant[1] ?? "" };
  const right = RIGHT.exec(message);
  if (right) {
    const [, user = "", verb = "", resource = "", group = ""] = right;
    return { kind: "right", user, verb, resource, group };
  }
  const quota = QUOTA.exec(message);
  if (quota) return { kind: "quota", quota: quota[2] ?? "", said: quota[1] ?? "" };
  return { kind: "unknown" };
}

/** The server's part of the message: without the operator's next step, and without how many more there are. */
const said = (text = ""): string =>
  text
    .replace(/ \(setup\.timeout of \S+ is over\)$/, "")
    .replace(/ \(and \d+ more\)$/, "")
    .replace(/; (grant it, or change the policy that denies it|change the field that the server names)$/, "")
    .trim();
