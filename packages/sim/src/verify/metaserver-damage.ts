import type { DiskImage, SimulatedDisk } from '@tessera/env/simulated';
import type { KvImage, SimulatedKvStorage } from '@tessera/kv/simulated';
import { TesseraError } from '@tessera/protocol';
import { DATA_DIRECTORY, METASERVER_HOST, type SimulatedCluster } from '../cluster/cluster.js';
import type { Daemon, Verdict } from '../cluster/daemon.js';
import { isViewDamage } from '../cluster/view-damage.js';
import type { Draw } from '../draw.js';
import type { FaultBudget } from '../faults/fault-budget.js';
import { OracleViolation } from '../oracle/violation.js';

const VIEW = `${DATA_DIRECTORY}/view`;
const FORMAT = `${DATA_DIRECTORY}/format.json`;
const MARK = `${DATA_DIRECTORY}/view.mark`;
const JOURNAL_FILE = new RegExp(`^${DATA_DIRECTORY}/journal/.*\\.log$`);
const CHECKPOINT_FILE = new RegExp(`^${DATA_DIRECTORY}/checkpoint/.*\\.ckpt$`);
const FLIPS_MAX = 4;
/** A metaserver that finds its view damaged stops; the next start builds it anew. More stops than this are a loop. */
const VIEW_STOPS_MAX = 2;
/** A refusal says what heals it. Several bits of the format file may make it look like another program's. */
const REMEDY = new RegExp(
  [
    'backup',
    'put back',
    'start the metaserver on the directory',
    'remove the file and start again',
    'start the newer release',
    'give each daemon a directory',
  ].join('|'),
  'i',
);
const REFUSALS: ReadonlySet<string> = new Set(['CORRUPT', 'DATA_LOSS', 'DEPOSED', 'WRONG_VERSION', 'DISK_REFUSED']);

/** What can be derived from the journal is built anew; what cannot is refused, unless nothing of it was lost. */
const KINDS = {
  'lost key of the view': 'serves',
  'old value in the view': 'serves',
  'rotten value in the view': 'serves',
  'rotten view mark': 'serves',
  'rotten checkpoint': 'serves',
  'rotten format file': 'either',
  'rotten journal': 'either',
  'lost journal file': 'either',
  'cut journal': 'either',
  'disk rolled back': 'refuses',
} as const;
type Kind = keyof typeof KINDS;

interface Copy {
  readonly disk: DiskImage;
  readonly stores: KvImage;
}

/**
 * Damage done to the metaserver's disk while it is off, and nobody else works: a start either refuses the disk, saying
 * what heals it, or goes on as if nothing had been.
 */
export class MetaserverDamage {
  readonly #daemon: Daemon;
  readonly #disk: SimulatedDisk;
  readonly #storage: SimulatedKvStorage;
  readonly #draw: Draw;
  readonly #budget: FaultBudget;
  readonly #tally: (kind: string) => void;
  /** Earlier states, each with what the journal has gained since. */
  readonly #old: Copy[] = [];
  #backup: Copy | undefined;
  #kind: Kind | undefined;
  #refusal: TesseraError | undefined;
  #viewStops = 0;

  constructor(options: {
    cluster: SimulatedCluster;
    draw: Draw;
    budget: FaultBudget;
    tally: (kind: string) => void;
  }) {
    const { cluster, draw, budget, tally } = options;
    this.#daemon = cluster.daemons.find(({ host }) => host.name === METASERVER_HOST) as Daemon;
    this.#disk = this.#daemon.host.disk;
    this.#storage = cluster.storageOf(METASERVER_HOST);
    this.#draw = draw;
    this.#budget = budget;
    this.#tally = tally;
    cluster.onGiveUp((daemon, thrown) => (daemon === this.#daemon ? this.#verdict(thrown) : undefined));
  }

  /** Keeps a copy of the disk, to be rolled back to. */
  remember(): void {
    this.#old.push(this.#copy());
  }

  /** The metaserver ends, and stays down. */
  takeDown(): void {
    this.#daemon.hold();
    if (this.#draw.chance(0.6)) this.#daemon.stop();
    else this.#daemon.losePower();
  }

  get isDown(): boolean {
    return !this.#daemon.isAlive;
  }

  /** Does the damage and lets the metaserver start. */
  strike(isLast: boolean): void {
    this.#backup = this.#copy();
    this.#viewStops = 0;
    this.#refusal = undefined;
    // Behind damage to the journal that was served nothing can be told apart any more.
    const kinds = (Object.keys(KINDS) as Kind[]).filter((kind) => (KINDS[kind] === 'serves') !== isLast);
    this.#kind = this.#draw.of(kinds);
    const isDone = this.#damage(this.#kind);
    this.#tally(isDone ? `metaserver: ${this.#kind}` : 'metaserver: nothing to damage');
    if (!isDone) this.#kind = undefined;
    this.#old.push(this.#backup);
    this.#daemon.release();
  }

  get isDecided(): boolean {
    const mustRefuse = this.#kind !== undefined && KINDS[this.#kind] === 'refuses';
    return this.#refusal !== undefined || (this.#daemon.isReady && !mustRefuse);
  }

  /** What it waits for, for people. */
  describe(): string {
    return `the metaserver to refuse its disk or to serve after damage (${this.#kind ?? 'none'})`;
  }

  /** Judges a refusal, and puts back what was there before the damage. @throws OracleViolation */
  heal(): void {
    const refusal = this.#refusal;
    if (!refusal) return;
    this.#tally(`metaserver: refused with ${refusal.code}`);
    if (!REMEDY.test(refusal.message)) {
      throw new OracleViolation(`the metaserver refused its disk (${this.#kind}) and does not say what heals it`, {
        cause: refusal,
      });
    }
    const { disk, stores } = this.#backup as Copy;
    this.#disk.restore(disk);
    this.#storage.restore(stores);
    this.#kind = undefined;
    this.#refusal = undefined;
    this.#daemon.release();
  }

  #verdict(thrown: unknown): Verdict | undefined {
    if (this.#kind === undefined) return undefined;
    if (KINDS[this.#kind] === 'serves') {
      return isViewDamage(thrown) && ++this.#viewStops <= VIEW_STOPS_MAX ? 'restart' : undefined;
    }
    const refusal = refusalIn(thrown);
    if (refusal === undefined) return undefined;
    this.#refusal = refusal;
    this.#daemon.hold();
    return 'restart';
  }

  /** False when there is nothing to damage. */
  #damage(kind: Kind): boolean {
    const draw = this.#draw;
    const entries = this.#storage.entries(VIEW);
    switch (kind) {
      case 'lost key of the view':
        if (entries.length > 0) this.#storage.drop(VIEW, draw.of(entries).key);
        return entries.length > 0;
      case 'rotten value in the view': {
        const entry = entries.length > 0 ? draw.of(entries) : undefined;
        if (entry) this.#storage.corrupt(VIEW, entry.key, draw.below(entry.value.length), draw.below(8));
        return entry !== undefined;
      }
      case 'old value in the view':
        return this.#bringBackValue();
      case 'rotten view mark':
        return this.#flipIn([MARK]);
      case 'rotten checkpoint': {
        const paths = this.#disk.paths().filter((path) => CHECKPOINT_FILE.test(path));
        const path = paths.length > 0 ? draw.of(paths) : undefined;
        return path !== undefined && this.#budget.spendCheckpoint(paths, path) && this.#flipIn([path]);
      }
      case 'rotten format file':
        return this.#flipIn([FORMAT]);
      case 'rotten journal':
        return this.#flipIn(this.#journal());
      case 'lost journal file':
        return this.#replace(draw.of(this.#journal()), undefined);
      case 'cut journal': {
        const path = this.#journal().at(-1) as string;
        const content = this.#disk.content(path) as Uint8Array;
        return this.#replace(path, content.slice(0, draw.below(content.length)));
      }
      case 'disk rolled back': {
        const old = draw.of(this.#old);
        this.#disk.restore(old.disk);
        this.#storage.restore(old.stores);
        return true;
      }
    }
  }

  /** Names of journal files sort by their first lsn. */
  #journal(): string[] {
    return this.#disk.paths().filter((path) => JOURNAL_FILE.test(path));
  }

  /** Turns over bits of bytes that are not just space. */
  #flipIn(paths: readonly string[]): boolean {
    const draw = this.#draw;
    const path = draw.of(paths);
    const content = this.#disk.content(path);
    if (!content) return false;
    const used = Math.max(1, content.findLastIndex((byte) => byte !== 0) + 1);
    for (let flips = 1 + draw.below(FLIPS_MAX); flips > 0; flips--) {
      this.#disk.flipBit(path, draw.below(used), draw.below(8));
    }
    return true;
  }

  #replace(path: string, content: Uint8Array | undefined): boolean {
    const { directories, files } = this.#disk.image();
    const changed = new Map(files);
    if (content) changed.set(path, content);
    else changed.delete(path);
    this.#disk.restore({ directories, files: changed });
    return true;
  }

  /** An entry that was overwritten since stands there again, with a hash that is right. */
  #bringBackValue(): boolean {
    const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');
    const entries = this.#storage.entries(VIEW);
    const now = new Map(entries.map(({ key, value }) => [hex(key), hex(value)]));
    const old = this.#old.flatMap(({ stores }) => stores.get(VIEW) ?? []);
    const superseded = old.filter(({ key, value }) => now.has(hex(key)) && now.get(hex(key)) !== hex(value));
    if (superseded.length === 0) return false;
    const back = this.#draw.of(superseded);
    const stores = new Map(this.#storage.image());
    stores.set(
      VIEW,
      entries.map((entry) => (hex(entry.key) === hex(back.key) ? back : entry)),
    );
    this.#storage.restore(stores);
    return true;
  }

  #copy(): Copy {
    return { disk: this.#disk.image(), stores: this.#storage.image() };
  }
}

/** What a metaserver found to be missing or wrong, among the reasons why it gave up. */
function refusalIn(thrown: unknown): TesseraError | undefined {
  for (let at = thrown; at instanceof Error; at = at.cause) {
    if (at instanceof TesseraError && REFUSALS.has(at.code)) return at;
  }
  return undefined;
}
