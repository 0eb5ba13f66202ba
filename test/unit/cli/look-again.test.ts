import { expect, test } from "bun:test";
import { CliError, EXIT } from "../../../src/cli/errors.ts";
import { lookAgain } from "../../../src/cli/look-again.ts";

test("a watch goes on while the API server cannot be asked, and says so", async () => {
  const said: string[] = [];
  const io = { err: (text: string) => void said.push(text) };
  expect(await lookAgain(io, Promise.resolve("seen"))).toBe("seen");
  const unreachable = new CliError("cannot read ProjectGitOps platform/shop");
  expect(await lookAgain(io, Promise.reject(unreachable))).toBeUndefined();
  expect(said).toEqual(["warning: cannot read ProjectGitOps platform/shop; trying again\n"]);
  const gone = new CliError("there is no ProjectGitOps platform/shop", { exitCode: EXIT.no });
  expect(lookAgain(io, Promise.reject(gone))).rejects.toBe(gone);
});
