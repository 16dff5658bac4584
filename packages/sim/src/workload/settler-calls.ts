import type { Attributes, Client, OperationOptions } from '@tessera/client';
import type { CommonsAction, CommonsAnswer } from '../model/commons/action.js';
import { layoutWord, listWord, namesWord, statWord, xattrsWord } from '../model/commons/look.js';
import type { Commons } from './commons.js';

/** What is asked by path; open files are asked through their handles. */
export type PathAction = Exclude<CommonsAction, { type: 'open' | 'read open' | 'cut open' }>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Has a client do something in a commons. @throws TesseraError, OracleViolation */
export async function askCommons(
  client: Client,
  commons: Commons,
  action: PathAction,
  options: OperationOptions,
): Promise<CommonsAnswer> {
  const at = 'path' in action ? commons.absolute(action.path) : commons.root;
  switch (action.type) {
    case 'put': {
      const { tag, replace, makeParents, hints } = action;
      const content = commons.expect(tag);
      const { attributes } = await client.putFile(at, content, { ...options, replace, makeParents, hints });
      return made(commons, attributes);
    }
    case 'touch': {
      const { attributes, created } = await client.touch(at, { ...options, create: action.create });
      return created ? made(commons, attributes, 'created') : told(attributes);
    }
    case 'mkdir': {
      const { attributes, created } = await client.mkdir(at, { ...options, parents: action.parents });
      return created ? made(commons, attributes, 'created') : told(attributes);
    }
    case 'symlink':
      return made(commons, await client.symlink(action.target, at, { ...options, replace: action.replace }));
    case 'link':
      return told(await client.link(commons.absolute(action.existing), at, options));
    case 'rename': {
      const { from, to, replace } = action;
      return told(await client.rename(commons.absolute(from), commons.absolute(to), { ...options, replace }));
    }
    case 'remove':
      await client.remove(at, { ...options, recursive: action.recursive });
      return { word: 'done' };
    case 'copy': {
      const { from, to, replace } = action;
      const terms = { ...options, replace, how: 'share' } as const;
      return made(commons, (await client.copy(commons.absolute(from), commons.absolute(to), terms)).attributes);
    }
    case 'set attributes': {
      const { mode, uid, gid, follow } = action;
      return told(await client.setAttributes(at, { mode, uid, gid }, { ...options, follow }));
    }
    case 'set xattr': {
      const { name, value, mode, ifValue, follow } = action;
      const terms = { ...(mode && { mode }), ...(ifValue !== undefined && { ifValue: encoder.encode(ifValue) }) };
      return told(await client.setXattr(at, name, encoder.encode(value), { ...options, ...terms, follow }));
    }
    case 'remove xattr': {
      const { name, ifValue, follow } = action;
      const terms = ifValue === undefined ? {} : { ifValue: encoder.encode(ifValue) };
      return { word: (await client.removeXattr(at, name, { ...options, ...terms, follow })) ? 'removed' : 'absent' };
    }
    case 'set layout':
      await client.setLayout(at, action.layout, options);
      return { word: 'done' };
    case 'stat': {
      const attributes = await client.stat(at, { ...options, follow: action.follow });
      return { ...told(attributes), word: statWord(attributes) };
    }
    case 'get':
      return { word: commons.recognize(action.path, await client.getFile(at, options)) };
    case 'list': {
      const names: string[] = [];
      for await (const { text } of client.list(at, options)) names.push(text);
      return { word: namesWord(names) };
    }
    case 'list with attributes': {
      const entries = [];
      for await (const { text: name, attributes } of client.readdirPlus(at, options)) {
        entries.push({ ...attributes, name });
      }
      return { word: listWord(entries) };
    }
    case 'readlink':
      return { word: (await client.readlink(at, options)).text };
    case 'get xattr': {
      const value = await client.getXattr(at, action.name, { ...options, follow: action.follow });
      return { word: value === undefined ? 'absent' : decoder.decode(value) };
    }
    case 'list xattrs': {
      const xattrs = await client.listXattrs(at, { ...options, values: true });
      return { word: xattrsWord(xattrs.map(({ text, value }) => [text, decoder.decode(value)])) };
    }
    case 'get layout':
      return { word: layoutWord((await client.getLayout(at, options)).effective) };
  }
}

/** What was made is new. */
export function made(commons: Commons, attributes: Attributes, word = 'done'): CommonsAnswer {
  commons.made(attributes.inode);
  return { ...told(attributes), word };
}

function told({ inode, links, kind }: Attributes): CommonsAnswer {
  return { word: 'done', inode, ...(kind !== 'directory' && { links }) };
}
