import { expect, test } from "bun:test";
import { CliError, EXIT } from "../../../src/cli/errors.ts";
import { lookAgain } from "../../../src/cli/look-again.ts";

test("a watch goes on while the API server cannot be asked, and says so", async () => {
  const said: string[] = [];
  const { signal } = new AbortController();
  const io = { err: (text: string) => void said.push(text) };
  expect(await lookAgain(io, Promise.resolve("seen"), signal)).toBe("seen");
  const unreachable = new CliError("cannot read ProjectGitOps platform/shop");
  expect(await lookAgain(io, Promise.reject(unreachable), signal)).toBeUndefined();
  expect(said).toEqual(["warning: cannot read ProjectGitOps platform/shop; trying again\n"]);
  const gone = new CliError("there is no ProjectGitOps platform/shop", { exitCode: EXIT.no });
  expect(lookAgain(io, Promise.reject(gone), signal)).rejects.toBe(gone);
});

test("Ctrl-C ends a look that gets no answer, and its failure afterwards is nobody's news", async () => {
  const interruption = new AbortController();
  let fail: (error: Error) => void = () => undefined;
  const silent = new Promise<string>((_, reject) => {
    fail = reject;
  });
  const looking = lookAgain({ err: () => undefined }, silent, interruption.signal);
  interruption.abort();
  expect(await looking).toBeUndefined();
  fail(new Error("too late"));
});
