import { TesseraError, v1 } from '@tessera/protocol';
import type { DiskState, ServerState, SlotState } from './cluster/api.js';
import type { DirectoryLayout, DomainLevel, ServerOrder } from './layout-api.js';

/* The words of the public types for the enums of the wire, both ways. */

type Mixing = DirectoryLayout['mixing'];
type Durability = DirectoryLayout['durability'];

const MIXINGS: readonly [Mixing, v1.Mixing][] = [
  ['file', v1.Mixing.MIXING_FILE],
  ['directory', v1.Mixing.MIXING_DIRECTORY],
  ['tenant', v1.Mixing.MIXING_TENANT],
];
const DURABILITIES: readonly [Durability, v1.Durability][] = [
  ['synced', v1.Durability.DURABILITY_SYNCED],
  ['written', v1.Durability.DURABILITY_WRITTEN],
];
const DOMAIN_LEVELS: readonly [DomainLevel, v1.DomainLevel][] = [
  ['disk', v1.DomainLevel.DOMAIN_LEVEL_DISK],
  ['host', v1.DomainLevel.DOMAIN_LEVEL_HOST],
  ['rack', v1.DomainLevel.DOMAIN_LEVEL_RACK],
  ['site', v1.DomainLevel.DOMAIN_LEVEL_SITE],
  ['region', v1.DomainLevel.DOMAIN_LEVEL_REGION],
];
const SERVER_ORDERS: readonly [ServerOrder, v1.ServerOrder][] = [
  ['any', v1.ServerOrder.SERVER_ORDER_ANY],
  ['in-order', v1.ServerOrder.SERVER_ORDER_IN_ORDER],
  ['round-robin', v1.ServerOrder.SERVER_ORDER_ROUND_ROBIN],
  ['random', v1.ServerOrder.SERVER_ORDER_RANDOM],
  ['list', v1.ServerOrder.SERVER_ORDER_LIST],
  ['local', v1.ServerOrder.SERVER_ORDER_LOCAL],
];

function wordFor<Word, Value>(pairs: readonly [Word, Value][], value: Value | null | undefined, fallback: Word): Word {
  return pairs.find(([, known]) => known === value)?.[0] ?? fallback;
}

/** @throws TesseraError INVALID_LAYOUT */
function valueFor<Word extends string, Value>(pairs: readonly [Word, Value][], field: string, word: Word): Value {
  const pair = pairs.find(([known]) => known === word);
  if (pair !== undefined) return pair[1];
  const known = pairs.map(([each]) => each).join(', ');
  throw new TesseraError('INVALID_LAYOUT', `${field} '${word}' is unknown; known: ${known}`);
}

export const mixingWord = (value: v1.Mixing | null | undefined) => wordFor(MIXINGS, value, 'directory');
export const mixingValue = (word: Mixing) => valueFor(MIXINGS, 'mixing', word);
export const durabilityWord = (value: v1.Durability | null | undefined) => wordFor(DURABILITIES, value, 'synced');
export const durabilityValue = (word: Durability) => valueFor(DURABILITIES, 'durability', word);
export const domainLevelWord = (value: v1.DomainLevel | null | undefined) => wordFor(DOMAIN_LEVELS, value, 'host');
export const domainLevelValue = (word: DomainLevel) => valueFor(DOMAIN_LEVELS, 'failureDomain', word);
export const serverOrderWord = (value: v1.ServerOrder | null | undefined) => wordFor(SERVER_ORDERS, value, 'any');
export const serverOrderValue = (word: ServerOrder) => valueFor(SERVER_ORDERS, 'serverOrder', word);

export function slotStateWord(state: v1.SlotState): SlotState {
  switch (state) {
    case v1.SlotState.SLOT_STATE_LIVE:
      return 'live';
    case v1.SlotState.SLOT_STATE_DEAD:
      return 'dead';
    case v1.SlotState.SLOT_STATE_MISSING:
      return 'missing';
    default:
      return 'pending';
  }
}

export function serverStateWord(state: v1.ServerState | null | undefined): ServerState {
  switch (state) {
    case v1.ServerState.SERVER_STATE_UP:
      return 'up';
    case v1.ServerState.SERVER_STATE_SUSPECT:
      return 'suspect';
    default:
      return 'down';
  }
}

export function diskStateWord(state: v1.DiskState | null | undefined): DiskState {
  switch (state) {
    case v1.DiskState.DISK_STATE_FULL:
      return 'full';
    case v1.DiskState.DISK_STATE_FAILED:
      return 'failed';
    default:
      return 'healthy';
  }
}
