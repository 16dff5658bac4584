import { type Group, joinGroup } from '@tessera/client';
import { isSimulatedCrash } from '@tessera/env/simulated';
import type { ErrorCode } from '@tessera/protocol';
import type { Draw } from '../draw.js';
import { codedError } from '../oracle/coded-error.js';
import { OracleViolation } from '../oracle/violation.js';
import type { Books } from './books.js';
import { ClientDied } from './client-died.js';
import type { Worker } from './worker.js';

const DEADLINE_MS = 4_000;
/** A join without end is longer than this: its deadline, what ranks wait beyond it for rank 0, and its closing. */
const JOIN_MS_MAX = DEADLINE_MS + 6_000;
const TROUBLE_MS_MAX = 100;

/** What goes wrong while a group forms, at one rank. */
const SPOILINGS = ['missing', 'other token', 'other size', 'other rank', 'cancelled', 'dying'] as const;
type Spoiling = (typeof SPOILINGS)[number];

/** What ranks may hear of it; a network that does harm explains the last two at any time. */
const CODES: Readonly<Record<Spoiling, readonly ErrorCode[]>> = {
  missing: [],
  'other token': ['INVALID_ARGUMENT'],
  'other size': ['INVALID_ARGUMENT'],
  'other rank': ['INVALID_ARGUMENT'],
  cancelled: ['CANCELLED'],
  dying: [],
};
const TROUBLE: readonly ErrorCode[] = ['DEADLINE_EXCEEDED', 'UNAVAILABLE'];
/** A group may be complete before these happen. */
const MAY_FORM: ReadonlySet<Spoiling> = new Set(['cancelled', 'dying']);

/** What became of a rank's join. */
type Outcome =
  | { readonly group: Group; readonly died: Promise<never> }
  | { readonly error: Error }
  | 'died'
  | 'did not come';

/**
 * A group in which one rank does not do what it should: nobody gets into a group that is not complete, and everybody hears
 * so in time. @throws OracleViolation
 */
export async function spoilJoin(workers: readonly Worker[], address: string, draw: Draw, books: Books): Promise<void> {
  const size = workers.length;
  const spoiling = draw.of(SPOILINGS);
  const spoiler = draw.below(size);
  const fromMs = books.nowMs();
  const waitMs = draw.upTo(TROUBLE_MS_MAX);
  const join = async (worker: Worker, rank: number): Promise<Outcome> => {
    const isSpoiler = rank === spoiler;
    if (isSpoiler && spoiling === 'missing') return 'did not come';
    const { env, host, died } = worker;
    const cancellation = new AbortController();
    if (isSpoiler && (spoiling === 'cancelled' || spoiling === 'dying')) {
      worker.rest(waitMs).then(() => (spoiling === 'dying' ? worker.crash() : cancellation.abort()));
    }
    const joining = joinGroup({
      rank: isSpoiler && spoiling === 'other rank' ? (rank + 1) % size : rank,
      size: isSpoiler && spoiling === 'other size' ? size + 1 : size,
      token: isSpoiler && spoiling === 'other token' ? 'others' : 'ours',
      address,
      listen: `${host}:0`,
      deadlineMs: DEADLINE_MS,
      signal: cancellation.signal,
      env,
    });
    try {
      return { group: await Promise.race([joining, died]), died };
    } catch (thrown) {
      if (isDeath(thrown)) return 'died';
      return { error: thrown as Error };
    }
  };
  const outcomes = await Promise.all(workers.map(join));
  const tookMs = books.nowMs() - fromMs;
  const groups = outcomes.flatMap((outcome) =>
    typeof outcome === 'object' && 'group' in outcome ? outcome.group : [],
  );
  await Promise.all(outcomes.map((outcome) => leave(outcome)));
  books.count(`collective spoiled join, ${spoiling}: ${groups.length === 0 ? 'failed' : 'done'}`);
  const name = `a group of ${size} with rank ${spoiler} ${spoiling}`;
  if (groups.length > 0 && !MAY_FORM.has(spoiling)) {
    throw new OracleViolation(`${name} has let ${groups.length} ranks in`);
  }
  if (tookMs > JOIN_MS_MAX) throw new OracleViolation(`${name} took ${tookMs} ms to fail within ${DEADLINE_MS}`);
  for (const [rank, outcome] of outcomes.entries()) {
    if (typeof outcome !== 'object' || !('error' in outcome)) continue;
    const { code, message } = codedError(outcome.error);
    if (![...CODES[spoiling], ...TROUBLE].includes(code)) {
      throw new OracleViolation(`${name}: rank ${rank} hears ${code}: ${message}`, { cause: outcome.error });
    }
    if (rank === 0 && spoiling === 'missing' && code === 'DEADLINE_EXCEEDED' && !missingIn(message).has(spoiler)) {
      throw new OracleViolation(`${name}: rank 0 does not say who is missing: ${message}`, { cause: outcome.error });
    }
  }
}

/** A process that is gone closes nothing. */
async function leave(outcome: Outcome): Promise<void> {
  if (typeof outcome !== 'object' || !('group' in outcome)) return;
  try {
    await Promise.race([outcome.group.close(), outcome.died]);
  } catch (thrown) {
    if (!isDeath(thrown)) throw thrown;
  }
}

function isDeath(thrown: unknown): boolean {
  return thrown instanceof ClientDied || isSimulatedCrash(thrown);
}

function missingIn(message: string): Set<number> {
  const [, list = ''] = message.match(/missing ([\d, ]+)/) ?? [];
  return new Set(list.split(',').map(Number));
}
