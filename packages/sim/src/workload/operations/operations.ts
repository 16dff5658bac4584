import type { Turn } from '../turn.js';
import { get } from './get.js';
import { list } from './list.js';
import { locate } from './locate.js';
import { misuseClient } from './misuse.js';
import { mkdir } from './mkdir.js';
import { put } from './put.js';
import { putBurst } from './put-burst.js';
import { readOn } from './read-on.js';
import { readRange } from './read-range.js';
import { remove } from './remove.js';
import { rename } from './rename.js';
import { stat } from './stat.js';
import { survey } from './survey.js';

/** Everything a lane does. Operations find out by themselves whether chance and circumstances let them do something. */
export const OPERATIONS = {
  put,
  putBurst,
  mkdir,
  rename,
  remove,
  get,
  readRange,
  stat,
  list,
  locate,
  survey,
  readOn,
  misuse: misuseClient,
} satisfies Record<string, (turn: Turn) => Promise<void>>;

/** How often, against each other. */
export const OPERATION_WEIGHTS: Readonly<Record<keyof typeof OPERATIONS, number>> = {
  put: 30,
  putBurst: 6,
  mkdir: 6,
  rename: 9,
  remove: 7,
  get: 18,
  readRange: 8,
  stat: 8,
  list: 8,
  locate: 4,
  survey: 3,
  readOn: 4,
  misuse: 2,
};
