import { describe, expect, test } from "bun:test";
import { proxyFromEnvironment } from "../../../src/kube/http/proxy.ts";

const HTTPS_PROXY = "http://proxy:3128";
const proxyFor = (server: string, NO_PROXY = "") =>
  proxyFromEnvironment(new URL(server), { HTTPS_PROXY, NO_PROXY });

describe("the proxy of the environment", () => {
  test("is used for an API server that NO_PROXY does not except", () => {
    expect(proxyFor("https://k8s.example.com:6443", "other.com,.internal")).toBe(HTTPS_PROXY);
  });

  test("without a scheme is an http proxy", () => {
    expect(proxyFromEnvironment(new URL("https://h"), { https_proxy: "proxy:3128" })).toBe(
      "http://proxy:3128",
    );
  });

  test("is never used for this machine itself", () => {
    for (const host of ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"]) {
      expect(proxyFor(`https://${host}:6443`)).toBeUndefined();
    }
  });

  test.each([
    ["https://k8s.example.com", "example.com"],
    ["https://example.com", "example.com"],
    ["https://k8s.example.com", ".example.com"],
    ["https://k8s.example.com", "*.example.com"],
    ["https://K8S.example.com", "k8s.EXAMPLE.com"],
    ["https://h:6443", "h:6443"],
    ["https://10.43.0.1", "10.0.0.0/8"],
    ["https://10.43.0.1:443", " 192.168.0.0/16 , 10.43.0.1"],
    ["https://[fd00::1]", "fd00::/8"],
    ["https://anything", "*"],
  ])("%s is excepted by %s", (server, exceptions) => {
    expect(proxyFor(server, exceptions)).toBeUndefined();
  });

  test.each([
    ["https://example.com", ".example.com"],
    ["https://badexample.com", "example.com"],
    ["https://h:6443", "h:443"],
    ["https://11.0.0.1", "10.0.0.0/8"],
    ["https://10.43.0.1", "fd00::/8"],
    ["https://10.43.0.1", "10.0.0.0/99"],
  ])("%s is not excepted by %s", (server, exceptions) => {
    expect(proxyFor(server, exceptions)).toBe(HTTPS_PROXY);
  });
});
