import { expect, test } from "bun:test";
import {
  countSetting,
  intervalSetting,
  listenAddress,
  SettingsError,
} from "../../../src/runtime/settings.ts";

test("intervals are durations of at least 100 ms", () => {
  expect(intervalSetting("--poll-interval", "5s")).toBe(5000);
  expect(intervalSetting("--poll-interval", "1m30s")).toBe(90_000);
  expect(intervalSetting("--poll-interval", "100ms")).toBe(100);
  for (const text of ["", "5", "99ms", "-1s", "5 s", "abc"])
    expect(() => intervalSetting("--poll-interval", text)).toThrow(
      new SettingsError(
        `--poll-interval: ${text} is no duration of at least 100ms; write for example 5s or 1m30s`,
      ),
    );
});

test("counts are whole numbers of at least 1", () => {
  expect(countSetting("--concurrency", "32")).toBe(32);
  for (const text of ["0", "-1", "1.5", "x", ""])
    expect(() => countSetting("--concurrency", text)).toThrow(/^--concurrency: /);
});

test("addresses are host and port, or a port alone", () => {
  expect(listenAddress(":8080")).toEqual({ hostname: "0.0.0.0", port: 8080 });
  expect(listenAddress("127.0.0.1:0")).toEqual({ hostname: "127.0.0.1", port: 0 });
  expect(listenAddress("[::1]:9090")).toEqual({ hostname: "::1", port: 9090 });
  for (const text of ["8080", "localhost", ":x", ":70000", "a:-1", "127.0.0.1:"])
    expect(() => listenAddress(text)).toThrow(SettingsError);
});
