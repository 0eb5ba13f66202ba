import { expect, test } from "bun:test";
import fc from "fast-check";
import { BunK8sClient } from "../../src/kube/index.ts";
import { sharedCluster, uniqueName } from "../cluster/index.ts";
import { ModelServer } from "../unit/machine/model/api-server.ts";
import { anySequence } from "./model/calls.ts";
import { modelSide, Player, realSide } from "./model/sides.ts";

/** How many; the property tests of test/unit/machine rest on the model that these sequences check. */
const SEQUENCES = 500;
const LANES = 5;

test(`the model of the API server answers ${SEQUENCES} random sequences of calls as the real one does`, async () => {
  const cluster = await sharedCluster();
  const client = new BunK8sClient(cluster.kubeconfigPath, { maxConcurrent: LANES });
  const real = realSide(client);
  const property = fc.asyncProperty(anySequence, async (calls) => {
    const name = uniqueName("model");
    const server = new ModelServer(Date.now);
    const [here, there] = [new Player(modelSide(server), name), new Player(real, name)];
    for (const [i, call] of calls.entries()) {
      const answers = { model: await here.play(call), real: await there.play(call) };
      expect({ call: i, ...call, answer: answers.model }).toEqual({ call: i, ...call, answer: answers.real });
    }
  });
  const seed = Number(process.env["MODEL_SEED"] ?? Date.now() % 2 ** 31);
  console.log(`  seed ${seed} (again: MODEL_SEED=${seed})`);
  // Side by side: the answers are waited for more than they are worked on.
  const lane = (i: number) => fc.assert(property, { numRuns: SEQUENCES / LANES, seed: seed + i });
  await Promise.all(Array.from({ length: LANES }, (_, i) => lane(i)));
  client.close();
}, 240_000);
