import type { OperationOutcome } from '@tessera/client';
import type { CommonsAnswer } from '../model/commons/action.js';
import { OracleViolation } from '../oracle/violation.js';
import type { Asker } from './many-at-once.js';
import { askCommons } from './settler-calls.js';
import { type Circumstances, drawAction } from './settler-draw.js';

const ERRANDS_MAX = 4;
/** One that is cancelled is, within this. */
const CANCEL_MS_MAX = 30;
const CANCELLED_SHARE = 0.4;

/** Several operations as a set, some of which are cancelled on the way. @throws OracleViolation */
export async function runErrands(asker: Asker, from: Circumstances): Promise<void> {
  const { worker, commons, ask } = asker;
  const { draw } = from;
  const { client } = worker;
  const set = client.operations();
  const count = 1 + draw.below(ERRANDS_MAX);
  const asked = Array.from({ length: count }, async (_, index) => {
    const action = drawAction(from);
    const isCancelled = draw.chance(CANCELLED_SHARE);
    const cancelAfterMs = draw.upTo(CANCEL_MS_MAX);
    await ask(
      action,
      async () => {
        const operation = set.start(`errand ${index}`, ({ signal, progress }) => {
          progress(0, 1);
          return askCommons(client, commons, action, { ...asker.options, signal });
        });
        if (isCancelled) void worker.rest(cancelAfterMs).then(() => operation.cancel());
        while (operation.outcome === undefined) await set.any();
        return answerOf(operation.outcome);
      },
      () => isCancelled,
    );
  });
  await Promise.all(asked);
  await Promise.race([leaveNothing(), worker.died.catch(() => {})]);

  async function leaveNothing(): Promise<void> {
    await set.all();
    if (set.size > 0) throw new OracleViolation(`a set of ${count} operations has ${set.size} left after all of them`);
    const { total } = set.progress;
    if (total !== count) throw new OracleViolation(`a set of ${count} operations says that its work was ${total}`);
  }
}

function answerOf(outcome: OperationOutcome<CommonsAnswer>): CommonsAnswer {
  if (outcome.ok) return outcome.value;
  throw outcome.error;
}
