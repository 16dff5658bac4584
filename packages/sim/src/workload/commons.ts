import { createHash } from 'node:crypto';
import type { DirectoryLayout } from '@tessera/client';
import { ChangesAtOnce } from '../linearizability/changes-at-once.js';
import { SharedHistory } from '../linearizability/shared-history.js';
import { type CommonsAction, type CommonsAnswer, describe } from '../model/commons/action.js';
import { contentWord } from '../model/commons/look.js';
import { commonsModel } from '../model/commons/model.js';
import type { CommonsState } from '../model/commons/state.js';
import { OracleViolation } from '../oracle/violation.js';
import { type ContentTag, contentOf } from './content.js';

const MAKING: ReadonlySet<CommonsAction['type']> = new Set(['put', 'touch', 'mkdir', 'symlink', 'link']);
const LIMITS = { stepsMax: 100_000, eventsMax: 120, unansweredMax: 4, eventsShownMax: 40 };

/** A directory in which several clients do all that can be done to a namespace, and all that they asked for and heard. */
export class Commons extends SharedHistory<CommonsState, CommonsAction, CommonsAnswer> {
  /** Absolute path. */
  readonly root: string;
  readonly changes = new ChangesAtOnce();
  /** What is there, by what was last heard: good to choose from, not to rely on. */
  readonly names = new Set<string>();
  readonly #contents = new Map<string, ContentTag>();
  readonly #made = new Set<bigint>();

  /** `layout` is what the directory sets. */
  constructor(root: string, layout: Partial<DirectoryLayout>) {
    super({
      model: commonsModel(layout),
      what: `in ${root}`,
      show: ({ action, answer }) => `${describe(action)}: ${answer === undefined ? 'no answer' : showAnswer(answer)}`,
      ...LIMITS,
    });
    this.root = root;
  }

  absolute(path: string): string {
    return path === '' ? this.root : `${this.root}/${path}`;
  }

  /** This content may be found in a file from now on. */
  expect(tag: ContentTag): Uint8Array {
    const content = contentOf(tag);
    this.#contents.set(hashOf(content), tag);
    return content;
  }

  /** The word for content that was read. @throws OracleViolation when nobody ever put it */
  recognize(path: string, content: Uint8Array): string {
    const tag = content.length === 0 ? { id: 0 } : this.#contents.get(hashOf(content));
    if (tag === undefined) {
      throw new OracleViolation(`${this.absolute(path)} has ${content.length} bytes that nobody put there`);
    }
    return contentWord(tag.id, content.length);
  }

  /** Takes what an answer says of names. */
  heard(action: CommonsAction, answer: CommonsAnswer | undefined): void {
    if (answer?.word !== 'done' && answer?.word !== 'created') return;
    if (action.type === 'remove') this.names.delete(action.path);
    if (action.type === 'rename') this.names.delete(action.from);
    if (action.type === 'rename' || action.type === 'copy') this.names.add(action.to);
    if (MAKING.has(action.type) && 'path' in action) this.names.add(action.path);
  }

  /** Something was made: no other has had its number. @throws OracleViolation */
  made(inode: bigint): void {
    if (this.#made.has(inode)) throw new OracleViolation(`in ${this.root}: inode ${inode} was given twice`);
    this.#made.add(inode);
  }
}

function showAnswer({ word, inode, links }: CommonsAnswer): string {
  const told = [inode !== undefined && `inode ${inode}`, links !== undefined && `${links} names`].filter(Boolean);
  return told.length === 0 ? word : `${word} (${told.join(', ')})`;
}

function hashOf(content: Uint8Array): string {
  return createHash('sha1').update(content).digest('base64');
}
