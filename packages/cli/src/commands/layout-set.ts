import { type DirectoryLayout, type Label, TesseraError } from '@tessera/client';
import { type Command, Option } from 'commander';
import type { Context, GlobalOptions } from '../context.js';
import { examples } from '../help-text.js';
import { LAYOUT_FIELDS, type LayoutField } from '../layout-fields.js';
import { optionValue } from '../option-value.js';
import { formatFields } from '../output/table.js';

interface LayoutSetOptions extends GlobalOptions {
  inherit?: LayoutField[];
  reset?: boolean;
}

export function addLayoutSetCommand(layout: Command, context: Context): void {
  const command = layout
    .command('set')
    .description(
      'Set fields of a directory’s layout, or hints of a file; the others stay as they are. What is stored already stays as it is.',
    )
    .argument('<path>', 'directory or file in the cluster');
  for (const field of LAYOUT_FIELDS) command.addOption(fieldOption(field));
  command
    .addOption(
      new Option('--inherit <field>', 'take this field from the parent again; may be repeated').argParser(
        (name: string, earlier: LayoutField[] = []) => [...earlier, optionValue(fieldNamed)(name)],
      ),
    )
    .option('--reset', 'take all fields that are not given here from the parent again')
    .addHelpText(
      'after',
      examples(
        'tessera layout set /studies --redundancy rs-4-2',
        'tessera layout set /slides --redundancy rs-8-3 --segment-bytes 4MiB --failure-domain rack',
        'tessera layout set /studies --inherit redundancy',
      ),
    )
    .action((path: string, _: unknown, self: Command) => layoutSet(context, path, self));
}

/** Labels add up over repetitions; every other field is given once. */
function fieldOption({ flag, placeholder, help, key, parse }: LayoutField): Option {
  const parseValue = optionValue(parse);
  return new Option(`--${flag} <${placeholder}>`, help).argParser((text: string, earlier: unknown) =>
    key === 'placementLabels' && earlier !== undefined
      ? [...(earlier as Label[]), ...(parseValue(text) as Label[])]
      : parseValue(text),
  );
}

function fieldNamed(name: string): LayoutField {
  const field = LAYOUT_FIELDS.find(({ flag }) => flag === name);
  if (field !== undefined) return field;
  const known = LAYOUT_FIELDS.map(({ flag }) => flag).join(', ');
  throw new TesseraError('INVALID_ARGUMENT', `a layout has no field '${name}'; it has ${known}`);
}

async function layoutSet(context: Context, path: string, command: Command): Promise<void> {
  const options = command.optsWithGlobals<LayoutSetOptions>();
  const given = LAYOUT_FIELDS.flatMap((field) => {
    const value = command.getOptionValue(optionName(field));
    return value === undefined ? [] : [[field.key, value] as const];
  });
  const inherit = options.inherit ?? [];
  if (given.length === 0 && inherit.length === 0 && !options.reset) {
    throw new TesseraError(
      'INVALID_ARGUMENT',
      'layout set changes nothing: give at least one field, e.g. --redundancy rs-4-2',
    );
  }
  await context.withClient(options, async (client) => {
    const { own } = await client.getLayout(path, { signal: context.signal });
    const kept = options.reset
      ? []
      : Object.entries(own).filter(([key]) => !inherit.some((field) => field.key === key));
    const layout: Partial<DirectoryLayout> = Object.fromEntries([...kept, ...given]);
    const effective = await client.setLayout(path, layout, { signal: context.signal });
    if (options.json) context.printJson({ path, own: layout, effective });
    else context.print(formatFields(LAYOUT_FIELDS.map(({ flag, show }) => [flag, show(effective)])));
  });
}

/** Commander's name of the option. */
function optionName({ flag }: LayoutField): string {
  return flag.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}
