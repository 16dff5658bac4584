import type { DirectoryLock } from '@tessera/kv';
import { TesseraError } from '@tessera/protocol';
import { Applier } from './applier.js';
import { Checkpointer } from './checkpointer.js';
import { CommitPipeline } from './commit-pipeline.js';
import type { StoreDirectories } from './directories.js';
import { Executor } from './executor.js';
import { Fetcher } from './fetcher.js';
import { type JournalPosition, journalEnd } from './journal-position.js';
import type { JournalWriter } from './journal-writer.js';
import { KeyFilter } from './key-filter.js';
import { CHECKPOINT_CLOSE_MS_MAX, GROUP_BYTES_MARK, OPERATIONS_PENDING_MAX, UNAPPLIED_BYTES_MARK } from './limits.js';
import { Maintenance } from './maintenance.js';
import { Overlay } from './overlay.js';
import { within } from './paced.js';
import { isDamage, type Recovered } from './recovery.js';
import { Scanner, type ScanRange } from './scanner.js';
import type { StoreMeasures } from './store-measures.js';
import type { StoreEnv, StoreLimits, StoreOptions } from './store-options.js';
import { syncFiles } from './sync-files.js';
import type { JournalEnd, MetadataStore, ReadTransaction, StoreEntry, Transaction } from './transaction.js';
import { TransactionRun } from './transaction-run.js';
import { ValueCache } from './value-cache.js';
import { writeViewMark } from './view-mark.js';
import { witnessedLoss } from './witnessed-loss.js';

export interface StoreParts {
  env: StoreEnv;
  options: StoreOptions;
  limits: StoreLimits;
  directories: StoreDirectories;
  lock: DirectoryLock;
  recovered: Recovered;
  /** The era's first group is durable. */
  writer: JournalWriter;
  era: number;
}

/** The metadata store, open. */
export class JournaledStore implements MetadataStore {
  readonly era: number;
  readonly #parts: StoreParts;
  readonly #executor: Executor;
  readonly #fetcher: Fetcher;
  readonly #scanner: Scanner;
  readonly #pipeline: CommitPipeline;
  readonly #applier: Applier;
  readonly #checkpointer: Checkpointer;
  readonly #maintenance: Maintenance;
  #failure: TesseraError | undefined;
  /** Settles once damage that was found is marked, if any was: the next start must know. */
  #marked: Promise<void> = Promise.resolve();
  #closing: Promise<void> | undefined;
  #journalBytes = 0;
  readonly #cache: ValueCache;
  readonly #overlay: Overlay;

  constructor(parts: StoreParts) {
    this.#parts = parts;
    this.era = parts.era;
    const { env, options, limits, directories, recovered, writer, era } = parts;
    const { view, digests } = recovered;
    const failed = (error: unknown) => this.#fail(error);
    const cache = new ValueCache(limits.valueCacheBytesMax);
    const filter = new KeyFilter(options.filteredTables ?? []);
    const overlay = new Overlay(cache);
    this.#cache = cache;
    this.#overlay = overlay;
    const { position } = writer;
    this.#applier = new Applier({ view, overlay, limits }, { lsn: position.lsn, digests: digests.copy() }, position, {
      applied: () => {
        cache.trim();
        this.#executor.unblock();
      },
      failed,
    });
    this.#pipeline = new CommitPipeline(overlay, writer, this.#applier, digests, {
      durable: (end) => this.#durable(end),
      unblocked: () => this.#executor.unblock(),
      failed,
    });
    this.#fetcher = new Fetcher(view, cache, overlay, {
      fetched: (operations) => this.#executor.resume(operations),
      failed,
    });
    const run = new TransactionRun(
      { cache, filter, clock: env.clock },
      era,
      position.timeNs,
      options.checkInserts ? (key) => view.hasSync(key) : undefined,
    );
    this.#executor = new Executor({ cache, filter, overlay, run, pipeline: this.#pipeline, fetcher: this.#fetcher });
    this.#scanner = new Scanner(view, overlay, failed);
    const background = {
      clock: env.clock,
      disk: env.disk,
      random: env.random,
      directories,
      view,
      applier: this.#applier,
    };
    this.#checkpointer = new Checkpointer(background, recovered.checkpoints);
    this.#maintenance = new Maintenance(
      { ...background, checkpointer: this.#checkpointer, filter },
      {
        log: env.log,
        checkpointJournalBytes: limits.checkpointJournalBytes,
        journalBytes: recovered.journalBytes,
        checkpointNow: recovered.checkpointDamaged,
        failed,
      },
    );
    for (const alarm of recovered.alarms) env.log.error({}, alarm);
    this.#maintenance.start();
  }

  transact<T>(body: (tx: Transaction) => T): Promise<T> {
    return this.#executor.submit(body, false);
  }

  read<T>(body: (tx: ReadTransaction) => T): Promise<T> {
    return this.#executor.submit(body, true);
  }

  scan(range: ScanRange, limit: number): Promise<StoreEntry[]> {
    return this.#scanner.scan(range, limit);
  }

  get durable(): JournalEnd {
    return journalEnd(this.#parts.recovered.groupEnds.newest);
  }

  get checkpointSequence(): bigint {
    return BigInt(this.#checkpointer.good[0] ?? 0);
  }

  /** True once the check after the start has compared the whole view with the journal. */
  get checked(): boolean {
    return this.#maintenance.checked;
  }

  measures(): StoreMeasures {
    const { writer } = this.#parts;
    return {
      operationsPending: this.#executor.pending,
      operationsPendingLimit: OPERATIONS_PENDING_MAX,
      transactionsWaiting: this.#executor.waiting,
      scansWaiting: this.#scanner.waiting,
      openGroupBytes: this.#overlay.open.bytes,
      openGroupBytesLimit: GROUP_BYTES_MARK,
      unappliedBytes: this.#overlay.unappliedBytes,
      unappliedBytesLimit: UNAPPLIED_BYTES_MARK,
      cacheBytes: this.#cache.bytes,
      cacheBytesLimit: this.#cache.bytesMax,
      cacheHits: this.#cache.hits,
      cacheMisses: this.#cache.misses,
      keysFetched: this.#fetcher.keysFetched,
      journalGroups: writer.groupsWritten,
      journalBytes: writer.groupBytesWritten,
      journalSinceCheckpointBytes: this.#maintenance.journalBytes,
    };
  }

  /** Damage that the store works around and an operator should hear about; empty when all is well. */
  alarms(): string[] {
    return [...this.#parts.recovered.alarms, ...this.#maintenance.alarms];
  }

  /** Fails the store, and says false, when an end that someone else saw proves that transactions are missing. */
  checkWitness(witness: JournalEnd): boolean {
    const { recovered, directories } = this.#parts;
    const loss = witnessedLoss(recovered.groupEnds, witness, directories.root);
    if (loss !== undefined) this.#fail(loss);
    return loss === undefined;
  }

  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #durable(position: JournalPosition): void {
    const { writer, recovered } = this.#parts;
    recovered.groupEnds.add(position);
    this.#maintenance.journalGrew(writer.groupBytesWritten - this.#journalBytes);
    this.#journalBytes = writer.groupBytesWritten;
  }

  async #close(): Promise<void> {
    const { env, directories, recovered, writer, lock, limits } = this.#parts;
    const closed = new TesseraError('UNAVAILABLE', 'the metaserver is stopping');
    await Promise.all([this.#executor.close(closed), this.#scanner.close(closed)]);
    await this.#maintenance.stop();
    await this.#pipeline.flushed();
    await this.#applier.caughtUp();
    if (this.#failure === undefined && this.#maintenance.journalBytes >= limits.checkpointCloseBytes) {
      await this.#lastCheckpoint();
    }
    try {
      await recovered.view.close();
      await syncFiles(env.disk, directories.view);
      await writer.close();
      if (this.#failure === undefined) {
        const { lsn, chain } = writer.position;
        await writeViewMark(env.disk, directories.root, { state: 'clean', lsn, chain });
      }
    } finally {
      await this.#marked;
      await lock.release();
    }
  }

  /** Spares a later start that must build the view anew some replay; a stop does not take long for it. */
  async #lastCheckpoint(): Promise<void> {
    const { clock, log } = this.#parts.env;
    try {
      await this.#checkpointer.write((pages) => within(clock, pages, CHECKPOINT_CLOSE_MS_MAX));
    } catch (error) {
      if (error instanceof TesseraError && error.code === 'DEADLINE_EXCEEDED') {
        log.info({}, 'stopping without a checkpoint: there is too much to write; the journal has all of it');
        return;
      }
      log.error({ error }, 'no checkpoint could be written at the stop');
      if (isDamage(error)) this.#fail(error);
    }
  }

  /** Answers nothing from now on. The view is built anew at the next start, since no clean mark is written. */
  #fail(cause: unknown): void {
    if (this.#failure) return;
    const failure =
      cause instanceof TesseraError
        ? cause
        : new TesseraError('UNAVAILABLE', `the metadata store has failed: ${message(cause)}`, { cause });
    this.#failure = failure;
    const refusal = new TesseraError('UNAVAILABLE', `the metadata store has failed: ${failure.message}`, { cause });
    this.#executor.fail(refusal);
    this.#fetcher.fail(refusal);
    this.#scanner.fail(refusal);
    this.#pipeline.fail(refusal);
    const report = () => this.#parts.options.onFatal(failure);
    if (isDamage(cause)) this.#marked = this.#markDamaged().then(report, report);
    else report();
  }

  async #markDamaged(): Promise<void> {
    const { env, directories, recovered } = this.#parts;
    const { lsn, chain } = recovered.groupEnds.newest;
    await writeViewMark(env.disk, directories.root, { state: 'damaged', lsn, chain });
  }
}

function message(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
