import { TesseraError } from '@tessera/protocol';
import type { FileHandle } from '../file/api.js';
import type { ViewAccess } from '../file/view-api.js';
import { AccessPlan } from './access-plan.js';
import { Aggregation } from './aggregation.js';
import { cutDomains, type Domain } from './domains.js';
import type { Mesh } from './mesh.js';
import { settled } from './mesh.js';
import { type Fields, failureFields, failureIn, MessageKind, message, textField, wholeField } from './message.js';
import { type DomainOutcome, type RankFailure, RankFailures, rankError } from './rank-failures.js';

/** What is used of an open file. Nobody else writes through it. */
export type GroupHandle = Pick<
  FileHandle,
  'attributes' | 'readvInto' | 'writev' | 'flush' | 'writableStream' | 'close'
>;

/** What all ranks know of a file that they opened together. */
export interface SharedFile {
  readonly handle: GroupHandle;
  /** Which of the group's files it is, for the check that all mean the same. */
  readonly number: number;
  /** Domains begin at multiples of it. */
  readonly alignBytes: number;
  readonly aggregators: number;
  /** Bytes that an aggregator moves at a time. */
  readonly roundBytes: number;
}

type Direction = 'read' | 'write';

/** What every rank has agreed to before any byte moves. */
interface Agreed {
  readonly plan: AccessPlan;
  readonly domains: readonly Domain[];
  /** This rank's own work for all, if it has some. */
  readonly own: Aggregation | undefined;
}

/** Answers how many of the bytes asked for the file has. @throws TesseraError, the same code at every rank */
export async function readAll(mesh: Mesh, file: SharedFile, buffer: Uint8Array, access: ViewAccess): Promise<number> {
  const { plan, domains, own } = await agree(mesh, file, 'read', buffer, access);
  if (domains.length === 0) return 0;
  const { verdicts, bytes } = await exchange(mesh, plan, async () => {
    await own?.read();
    return {};
  });
  throwFailures(verdicts);
  return bytes;
}

/** Returns once all of it is durable and visible. @throws TesseraError with RankFailures as its cause */
export async function writeAll(mesh: Mesh, file: SharedFile, buffer: Uint8Array, access: ViewAccess): Promise<void> {
  const { plan, domains, own } = await agree(mesh, file, 'write', buffer, access);
  if (domains.length === 0) return;
  const { handle } = file;
  const before = handle.attributes.contentVersion;
  const partly = () => (handle.attributes.contentVersion === before ? 'none' : 'part');
  let outcomes = outcomesOf(domains, () => 'unknown');
  try {
    const { verdicts } = await exchange(mesh, plan, async () => {
      await own?.write();
      return {};
    });
    const staged = failuresIn(verdicts);
    const ended = await endDomain(handle, own, staged.length === 0);
    const state = ended.committed ? 'all' : partly();
    outcomes = outcomesOf(domains, (rank) => (rank === mesh.rank ? state : 'unknown'));
    const finals = await mesh.gather(MessageKind.VERDICT, { ...ended.failure, committed: state });
    outcomes = outcomesOf(domains, (rank) => committedIn(finals[rank]));
    const failures = [...staged, ...failuresIn(finals)];
    if (failures.length > 0) throw rankError(failures, outcomes);
  } catch (thrown) {
    const error = TesseraError.from(thrown);
    const cause = error.cause instanceof RankFailures ? error.cause : undefined;
    if (cause !== undefined && cause.domains.length > 0) throw error;
    // The group broke: of the others nothing is known.
    if (own !== undefined && outcomes.every(({ committed }) => committed === 'unknown')) {
      await discard(handle, error);
      outcomes = outcomesOf(domains, (rank) => (rank === mesh.rank ? partly() : 'unknown'));
    }
    throw rankError(cause?.failures ?? [{ rank: mesh.rank, error }], outcomes);
  }
}

/** Commits this rank's domain, or gives up what is not committed of it. */
async function endDomain(
  handle: GroupHandle,
  own: Aggregation | undefined,
  commit: boolean,
): Promise<{ committed: boolean; failure: Fields }> {
  if (own === undefined) return { committed: false, failure: {} };
  if (!commit) {
    await discard(handle, new TesseraError('CANCELLED', 'another rank failed before the commit'));
    return { committed: false, failure: {} };
  }
  try {
    await handle.flush();
    return { committed: true, failure: {} };
  } catch (error) {
    return { committed: false, failure: failureFields(TesseraError.from(error)) };
  }
}

async function discard(handle: GroupHandle, reason: TesseraError): Promise<void> {
  await handle.writableStream().abort(reason);
  // A commit that has begun is waited for, so that it is known; why it failed was said before.
  await handle.flush().catch(() => {});
}

/** Every rank learns what the others want, and that it can be: otherwise every rank throws, and nothing has moved. */
async function agree(
  mesh: Mesh,
  file: SharedFile,
  direction: Direction,
  buffer: Uint8Array,
  access: ViewAccess,
): Promise<Agreed> {
  let plan = AccessPlan.EMPTY;
  let failure: Fields = {};
  try {
    plan = AccessPlan.of(direction, buffer, access);
  } catch (error) {
    failure = failureFields(TesseraError.from(error));
  }
  const { start, end } = plan.ranges;
  const what = `${direction}All of file ${file.number}`;
  const calls = await mesh.gather(MessageKind.CALL, { what, start, end, bytes: plan.bytes, ...failure });
  sameCall(calls);
  throwFailures(calls);
  const used = calls.filter((call) => wholeField(call, 'bytes') > 0);
  const from = Math.min(...used.map((call) => wholeField(call, 'start')));
  const to = Math.max(...used.map((call) => wholeField(call, 'end')));
  const { alignBytes, aggregators } = file;
  const domains = cutDomains({ from, to }, { alignBytes, aggregators, size: mesh.size });
  if (domains.length === 0) return { plan, domains, own: undefined };
  const ownDomain = domains.find(({ rank }) => rank === mesh.rank);
  const own = ownDomain && new Aggregation(mesh, file, ownDomain);
  const sending = settled(
    domains.map((domain) => {
      const body = plan.ranges.within(domain.from, domain.to).encode();
      return mesh.send(domain.rank, message(MessageKind.RANGES, {}, body));
    }),
  );
  const refusal = await own?.takeRanges(direction);
  await sending;
  throwFailures(await mesh.gather(MessageKind.VERDICT, refusal === undefined ? {} : failureFields(refusal)));
  return { plan, domains, own };
}

/** Every call must be the same at every rank. @throws TesseraError INVALID_ARGUMENT */
export function sameCall(calls: readonly Fields[]): void {
  const what = textField(calls[0] as Fields, 'what');
  const other = calls.findIndex((call) => call.what !== what);
  if (other < 0) return;
  throw new TesseraError(
    'INVALID_ARGUMENT',
    `rank 0 calls ${what}, rank ${other} ${String(calls[other]?.what)}; every rank makes the same collective calls in the same order`,
  );
}

/**
 * Does this rank's own work for all while it answers what the others ask of it, until each has said that its work is
 * done, or failed.
 */
async function exchange(
  mesh: Mesh,
  plan: AccessPlan,
  work: () => Promise<Fields>,
): Promise<{ verdicts: Fields[]; bytes: number }> {
  let bytes = 0;
  const serve = async (rank: number): Promise<Fields> => {
    for (;;) {
      const { kind, fields, body } = await mesh.receive(rank, 'requests');
      if (kind === MessageKind.VERDICT) return fields;
      const from = wholeField(fields, 'from');
      const to = wholeField(fields, 'to');
      if (kind === MessageKind.PULL) {
        await mesh.send(rank, message(MessageKind.DATA, {}, plan.pack(from, to)));
      } else if (kind === MessageKind.PUSH) {
        if (body.length !== plan.ranges.within(from, to).bytes) mesh.refuse(rank, 'it read other ranges');
        bytes += plan.unpack(from, to, body);
        await mesh.send(rank, message(MessageKind.TAKEN));
      } else {
        mesh.refuse(rank, `kind ${kind} came in the middle of a transfer`);
      }
    }
  };
  const working = work()
    .catch((error) => failureFields(TesseraError.from(error)))
    .then((verdict) => mesh.sendAll(message(MessageKind.VERDICT, verdict)));
  const served = await settled([
    ...Array.from({ length: mesh.size }, (_, rank) => serve(rank)),
    working.then(() => ({})),
  ]);
  return { verdicts: served.slice(0, mesh.size), bytes };
}

function failuresIn(verdicts: readonly Fields[]): RankFailure[] {
  return verdicts.flatMap((verdict, rank) => {
    const error = failureIn(verdict);
    return error === undefined ? [] : [{ rank, error }];
  });
}

/** @throws TesseraError of the first rank that has failed */
export function throwFailures(verdicts: readonly Fields[]): void {
  const failures = failuresIn(verdicts);
  if (failures.length > 0) throw rankError(failures);
}

function outcomesOf(
  domains: readonly Domain[],
  committed: (rank: number) => DomainOutcome['committed'],
): DomainOutcome[] {
  return domains.map(({ rank, from, to }) => ({ rank, from, to, committed: committed(rank) }));
}

function committedIn(final: Fields | undefined): DomainOutcome['committed'] {
  const said = final?.committed;
  return said === 'none' || said === 'part' || said === 'all' ? said : 'unknown';
}
