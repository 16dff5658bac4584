import type { DirectoryLayout, Hints } from '@tessera/client';
import type { ContentTag } from '../../workload/content.js';

/** What a client asks for. Paths are below the commons' root, `''`. */
export type CommonsAction = CommonsChange | CommonsRead;

/** Why a cluster like this one cannot do as a layout or hint says. */
export type LayoutRefusal = 'INVALID_LAYOUT' | 'LAYOUT_UNSATISFIABLE';

/** `id` is a number of our own that nothing else has: what the change makes is known by it. */
export type CommonsChange = { readonly id: number } & (
  | {
      readonly type: 'put';
      readonly path: string;
      readonly tag: ContentTag;
      readonly replace: boolean;
      readonly makeParents: boolean;
      readonly hints: Hints;
      readonly refusal?: LayoutRefusal;
    }
  | { readonly type: 'touch'; readonly path: string; readonly create: boolean }
  | { readonly type: 'mkdir'; readonly path: string; readonly parents: boolean }
  | { readonly type: 'symlink'; readonly target: string; readonly path: string; readonly replace: boolean }
  | { readonly type: 'link'; readonly existing: string; readonly path: string }
  | { readonly type: 'rename'; readonly from: string; readonly to: string; readonly replace: boolean }
  | { readonly type: 'remove'; readonly path: string; readonly recursive: boolean }
  | { readonly type: 'copy'; readonly from: string; readonly to: string; readonly replace: boolean }
  | {
      readonly type: 'set attributes';
      readonly path: string;
      readonly follow: boolean;
      readonly mode: number;
      readonly uid: number;
      readonly gid: number;
    }
  | {
      readonly type: 'set xattr';
      readonly path: string;
      readonly follow: boolean;
      readonly name: string;
      readonly value: string;
      readonly mode?: 'create' | 'replace';
      readonly ifValue?: string;
    }
  | {
      readonly type: 'remove xattr';
      readonly path: string;
      readonly follow: boolean;
      readonly name: string;
      readonly ifValue?: string;
    }
  | {
      readonly type: 'set layout';
      readonly path: string;
      readonly layout: Partial<DirectoryLayout>;
      readonly refusal?: LayoutRefusal;
    }
  /** An open file is emptied. */
  | { readonly type: 'cut open'; readonly inode: bigint }
);

export type CommonsRead =
  | { readonly type: 'stat'; readonly path: string; readonly follow: boolean }
  | {
      readonly type: 'get' | 'list' | 'list with attributes' | 'readlink' | 'get layout';
      readonly path: string;
    }
  | { readonly type: 'open'; readonly path: string }
  | { readonly type: 'get xattr'; readonly path: string; readonly follow: boolean; readonly name: string }
  /** Of the root, which stays where it is. */
  | { readonly type: 'list xattrs' }
  | { readonly type: 'read open'; readonly inode: bigint };

/** What a client heard: `done`, a refusal, or what was read. */
export interface CommonsAnswer {
  readonly word: string;
  /** Of what was made or looked at, where that was told. */
  readonly inode?: bigint;
  readonly links?: number;
}

/** For people. */
export function describe(action: CommonsAction): string {
  const fields = Object.entries(action)
    .filter(([name]) => name !== 'type' && name !== 'id')
    .map(([name, value]) => `${name} ${showField(value)}`);
  return [action.type, ...fields].join(' ');
}

function showField(value: unknown): string {
  if (value === '') return '.';
  if (typeof value !== 'object' || value === null) return String(value);
  if ('bytes' in value && 'id' in value) return `#${value.id} (${value.bytes} bytes)`;
  return JSON.stringify(value);
}
