import { TesseraError } from '@tessera/protocol';
import type { ViewAccess } from '../file/view-api.js';
import { AccessPlan } from './access-plan.js';
import { Aggregation } from './aggregation.js';
import { cutDomains, type Domain } from './domains.js';
import type { Mesh } from './mesh.js';
import { settled } from './mesh.js';
import { type Fields, failureFields, failureIn, MessageKind, message, textField, wholeField } from './message.js';
import { type RankFailure, rankError } from './rank-failures.js';
import type { SharedFile } from './shared-file.js';

type Direction = 'read' | 'write';

/** One rank's call. */
export interface CollectiveCall {
  readonly mesh: Mesh;
  readonly file: SharedFile;
  readonly buffer: Uint8Array;
  readonly access: ViewAccess;
  /** Of a caller who has cancelled before the call began. */
  readonly refusal: TesseraError | undefined;
}

/** What every rank has agreed to before any byte moves. */
export interface Agreed {
  readonly plan: AccessPlan;
  readonly domains: readonly Domain[];
  /** This rank's own work for all, if it has some. */
  readonly own: Aggregation | undefined;
  /** What each aggregator says of its work. */
  readonly verdicts: readonly Fields[];
}

/** Answers how many of the bytes asked for the file has. @throws TesseraError, the same code at every rank */
export async function readAll(call: CollectiveCall): Promise<number> {
  const { mesh } = call;
  const { plan, domains, own } = await agree(call, 'read');
  if (domains.length === 0) return 0;
  const { verdicts, bytes } = await exchange(mesh, plan, async () => {
    await own?.read();
    return {};
  });
  throwFailures(verdicts);
  return bytes;
}

/** Every rank learns what the others want, and that it can be: otherwise every rank throws, and nothing has moved. */
export async function agree(
  { mesh, file, buffer, access, refusal }: CollectiveCall,
  direction: Direction,
  describe: (own: Aggregation) => Fields = () => ({}),
): Promise<Agreed> {
  let plan = AccessPlan.EMPTY;
  let failure: Fields = {};
  try {
    if (refusal !== undefined) throw refusal;
    // Who may not write says so before anybody sends it anything.
    if (direction === 'write') void file.handle.staging;
    plan = AccessPlan.of(direction, buffer, access, file.limits.rangesPerCallMax);
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
  if (domains.length === 0) return { plan, domains, own: undefined, verdicts: [] };
  const ownDomain = domains.find(({ rank }) => rank === mesh.rank);
  const own = ownDomain && new Aggregation(mesh, file, ownDomain);
  const sending = settled(
    domains.map((domain) => {
      const body = plan.ranges.within(domain.from, domain.to).encode();
      return mesh.send(domain.rank, message(MessageKind.RANGES, {}, body));
    }),
  );
  const misfit = await own?.takeRanges(direction);
  await sending;
  const said = misfit !== undefined ? failureFields(misfit) : own === undefined ? {} : describe(own);
  const verdicts = await mesh.gather(MessageKind.VERDICT, said);
  throwFailures(verdicts);
  return { plan, domains, own, verdicts };
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
export async function exchange(
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

export function failuresIn(verdicts: readonly Fields[]): RankFailure[] {
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
