import { TesseraError } from '@tessera/protocol';
import { COMMIT_ATTEMPTS_MAX } from '../limits.js';
import { REWRITE } from '../put/commit.js';
import { type Agreed, agree, type CollectiveCall, exchange, failuresIn } from './collective-access.js';
import { PIECE_BYTES_MIN, PIECE_SHRINK } from './limits.js';
import { settled } from './mesh.js';
import { type Fields, failureFields, failureIn, MessageKind, message } from './message.js';
import { type DomainOutcome, type RankFailure, RankFailures, rankError } from './rank-failures.js';
import { cutContent, decodeStaged, encodeStaged, joined } from './staged-body.js';

type Committed = DomainOutcome['committed'];

/** How the bytes are written and committed: the same at every rank. */
interface Terms {
  /** One commit for all; else one or more for each domain. */
  readonly together: boolean;
  /** No extent is longer. */
  readonly pieceBytes: number;
}

/** What one rank's commit came to. */
interface Commit {
  readonly committed: Committed;
  readonly failure?: TesseraError;
}

interface Ended {
  /** None: all of it is there. */
  readonly failures: readonly RankFailure[];
  readonly outcomes: readonly DomainOutcome[];
}

/** After these nobody knows whether a commit has taken effect. */
const UNANSWERED: ReadonlySet<string> = new Set(['DEADLINE_EXCEEDED', 'CANCELLED', 'OUTCOME_UNKNOWN']);

/**
 * Returns once all of it is durable and visible. `onCommitting`: all bytes are durable, from now on it is not cancelled.
 * @throws TesseraError with RankFailures as its cause
 */
export async function writeAll(call: CollectiveCall, onCommitting: () => void): Promise<void> {
  const { alignBytes, limits } = call.file;
  const agreed = await agree(call, 'write', (own) => ({ extents: own.extentCount(alignBytes) }));
  if (agreed.domains.length === 0) return;
  let extents = 0;
  for (const said of agreed.verdicts) extents += Number(said.extents ?? 0);
  let terms: Terms = { together: extents <= limits.extentsPerCommitMax, pieceBytes: alignBytes };
  for (let attempt = 1; ; attempt++) {
    const { failures, outcomes } = await attemptWrite(call, agreed, terms, onCommitting);
    if (failures.length === 0) return;
    const next = nextTerms(terms, failures, attempt);
    if (next === undefined) throw rankError(failures, outcomes);
    terms = next;
  }
}

/** Every rank decides the same. Undefined: it is of no use to write everything again. */
function nextTerms(terms: Terms, failures: readonly RankFailure[], attempt: number): Terms | undefined {
  const codes = failures.map(({ error }) => error.code);
  if (!codes.every((code) => REWRITE.has(code) || code === 'TOO_LARGE')) return undefined;
  if (codes.includes('TOO_LARGE')) {
    if (terms.together) return { ...terms, together: false };
    if (terms.pieceBytes <= PIECE_BYTES_MIN) return undefined;
    return { ...terms, pieceBytes: Math.max(PIECE_BYTES_MIN, Math.floor(terms.pieceBytes / PIECE_SHRINK)) };
  }
  return attempt < COMMIT_ATTEMPTS_MAX ? terms : undefined;
}

/** Makes all bytes durable; if that has succeeded at every rank, commits them. */
async function attemptWrite(
  call: CollectiveCall,
  { plan, domains, own }: Agreed,
  terms: Terms,
  onCommitting: () => void,
): Promise<Ended> {
  const { mesh, file } = call;
  const { staging } = file.handle;
  const committerOf = (rank: number) => (terms.together ? (domains[0]?.rank ?? 0) : rank);
  const outcomesOf = (committed: (committer: number) => Committed): DomainOutcome[] =>
    domains.map(({ rank, from, to }) => ({ rank, from, to, committed: committed(committerOf(rank)) }));
  /** As far as this rank knows without asking. */
  const seenHere = (own: Committed) => outcomesOf((committer) => (committer === mesh.rank ? own : 'unknown'));
  let outcomes = outcomesOf(() => 'none');
  let refusal: TesseraError | undefined;
  try {
    const { verdicts } = await exchange(mesh, plan, async () => {
      await own?.write(Math.min(terms.pieceBytes, staging.segmentBytes));
      // Others may commit from now on.
      outcomes = seenHere('none');
      return {};
    });
    const unwritten = failuresIn(verdicts);
    if (unwritten.length > 0) return { failures: unwritten, outcomes: outcomesOf(() => 'none') };
    onCommitting();
    const commit = await (terms.together ? commitTogether(call, domains, own) : commitApart(call, own));
    const { committed, failure } = commit;
    outcomes = seenHere(committed);
    const said = { committed, ...(failure === undefined ? {} : failureFields(failure)) };
    const finals = await mesh.gather(MessageKind.VERDICT, said);
    outcomes = outcomesOf((committer) => committedIn(finals[committer]));
    const failures = failuresIn(finals);
    refusal = failureIn(finals[mesh.rank] ?? {}) ?? failures[0]?.error;
    return { failures, outcomes };
  } catch (thrown) {
    // The group broke.
    const error = TesseraError.from(thrown);
    const cause = error.cause instanceof RankFailures ? error.cause : undefined;
    throw rankError(cause?.failures ?? [{ rank: mesh.rank, error }], outcomes);
  } finally {
    // What it cannot find out by now, the next attempt meets.
    await staging.end(refusal).catch(() => {});
  }
}

/** Aggregators hand what they wrote to the first of them, which commits it in one transaction. */
async function commitTogether({ mesh, file }: CollectiveCall, domains: Agreed['domains'], own: Agreed['own']) {
  const { staging } = file.handle;
  const committer = domains[0]?.rank ?? 0;
  if (own !== undefined) {
    await mesh.send(committer, message(MessageKind.STAGED, {}, encodeStaged(staging.content)));
  }
  if (mesh.rank !== committer) return { committed: 'none' } satisfies Commit;
  const contents = await settled(
    domains.map(async ({ rank }) => {
      const { body } = await mesh.expect(rank, MessageKind.STAGED);
      return decodeStaged(body) ?? mesh.refuse(rank, 'its list of writes is malformed');
    }),
  );
  const content = joined(contents);
  const { extentsPerCommitMax } = file.limits;
  return outcomeOf(async () => {
    if (content.extents.length > extentsPerCommitMax) {
      throw new TesseraError('TOO_LARGE', `${content.extents.length} extents, more than ${extentsPerCommitMax}`);
    }
    await staging.commit(content);
  });
}

/** Commits this rank's domain, in several transactions where one does not take it. */
async function commitApart({ mesh, file }: CollectiveCall, own: Agreed['own']): Promise<Commit> {
  if (own === undefined) return { committed: 'none' };
  const { staging } = file.handle;
  const parts = [...cutContent(staging.content, file.limits.extentsPerCommitMax)];
  let begun = false;
  for (let part = parts.shift(); part !== undefined; part = parts.shift()) {
    const content = part;
    const { committed, failure } = await outcomeOf(() => staging.commit(content));
    if (failure === undefined) {
      begun = true;
      mesh.progressed();
      continue;
    }
    const smaller = failure.code === 'TOO_LARGE' ? [...cutContent(content, Math.ceil(content.extents.length / 2))] : [];
    if (smaller.length < 2) return { committed: begun ? 'part' : committed, failure };
    parts.unshift(...smaller);
  }
  return { committed: 'all' };
}

async function outcomeOf(commit: () => Promise<void>): Promise<Commit> {
  try {
    await commit();
    return { committed: 'all' };
  } catch (thrown) {
    const failure = TesseraError.from(thrown);
    return { committed: UNANSWERED.has(failure.code) ? 'unknown' : 'none', failure };
  }
}

function committedIn(final: Fields | undefined): Committed {
  const said = final?.committed;
  return said === 'none' || said === 'part' || said === 'all' ? said : 'unknown';
}
