import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { collectionPath, objectPath, queryString } from "../../../src/kube/http/path.ts";
import { DEPLOYMENTS, defineResource, InvalidRequest, NAMESPACES, SECRETS } from "../../../src/kube/index.ts";

/** Any UTF-16, halves of pairs and control characters too. */
const anyText = fc.array(fc.integer({ min: 0, max: 0xffff })).map((codes) => String.fromCharCode(...codes));

describe("paths", () => {
  test("of core and group kinds, namespaced and not", () => {
    expect(objectPath(SECRETS, { namespace: "a", name: "b" })).toBe("/api/v1/namespaces/a/secrets/b");
    expect(objectPath(NAMESPACES, { name: "a" })).toBe("/api/v1/namespaces/a");
    expect(objectPath(DEPLOYMENTS, { namespace: "a", name: "b" }, "scale")).toBe(
      "/apis/apps/v1/namespaces/a/deployments/b/scale",
    );
    expect(collectionPath(DEPLOYMENTS)).toBe("/apis/apps/v1/deployments");
  });

  test("names that RBAC allows are encoded", () => {
    const roles = defineResource({
      group: "g",
      version: "v1",
      plural: "roles",
      kind: "Role",
      namespaced: false,
    });
    expect(objectPath(roles, { name: "system:kube a?b#c" })).toBe(
      "/apis/g/v1/roles/system%3Akube%20a%3Fb%23c",
    );
  });

  test.each(["", ".", "..", "a/b", "../x", "a%2fb", "a\nb", "a\u0000b", "\ud800"])(
    "the name %j is refused",
    (name) => {
      expect(() => objectPath(SECRETS, { namespace: "a", name })).toThrow(InvalidRequest);
      expect(() => objectPath(SECRETS, { namespace: name, name: "a" })).toThrow(InvalidRequest);
      expect(() => collectionPath(SECRETS, name)).toThrow(InvalidRequest);
    },
  );

  test("whatever the name, it stays one segment of the path", () => {
    fc.assert(
      fc.property(anyText, (name) => {
        let path: string;
        try {
          path = objectPath(SECRETS, { namespace: "n", name });
        } catch (error) {
          return error instanceof InvalidRequest;
        }
        const url = new URL(`https://host${path}`);
        return (
          url.search === "" &&
          url.hash === "" &&
          url.pathname.split("/").length === 7 &&
          url.pathname.startsWith("/api/v1/namespaces/n/secrets/")
        );
      }),
    );
  });

  test("a namespaced kind needs its namespace, a cluster-scoped one has none", () => {
    expect(() => objectPath(SECRETS, { name: "b" })).toThrow(/say in which namespace/);
    expect(() => objectPath(NAMESPACES, { namespace: "a", name: "b" })).toThrow(/cluster-scoped/);
  });

  test("query values are encoded and absent ones left out", () => {
    expect(queryString({ labelSelector: "a=b,c in (d)", limit: 5, continue: undefined })).toBe(
      "?labelSelector=a%3Db%2Cc%20in%20(d)&limit=5",
    );
    expect(queryString({ limit: undefined })).toBe("");
  });
});
