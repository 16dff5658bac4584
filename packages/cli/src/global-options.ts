import { type Command, Option } from 'commander';

/** Options of every command; they may stand before or after the command's name. */
export function addGlobalOptions(program: Command): Command {
  return program
    .addOption(new Option('--metaserver <host:port>', 'the cluster to talk to (environment: TESSERA_METASERVER)'))
    .addOption(
      new Option('--dir <directory>', 'the local cluster (environment: TESSERA_DIR; default: the nearest .tessera/)'),
    )
    .addOption(
      new Option('--codec <name>', 'erasure-code backend: simd, library or auto (environment: TESSERA_CODEC)').choices([
        'simd',
        'library',
        'auto',
      ]),
    )
    .addOption(
      new Option(
        '--config <file>',
        'defaults for these (environment: TESSERA_CONFIG; default: ~/.config/tessera/config.toml)',
      ),
    )
    .addOption(new Option('--json', 'print JSON: one document, for listings one line each'));
}
