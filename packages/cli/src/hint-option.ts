import { type Hints, parseHints } from '@tessera/client';
import { Option } from 'commander';
import { optionValue } from './option-value.js';

/** `--hint key=value`, which adds up over repetitions. `whose` says which files it is for. */
export function hintOption(whose: string): Option {
  const parse = optionValue((text: string) => parseHints(text, '--hint'));
  return new Option('--hint <key=value>', `of ${whose}, over their directory’s layout; may be repeated`).argParser(
    (text: string, earlier: Hints = {}) => ({ ...earlier, ...parse(text) }),
  );
}
