import { type Client, connect, type Hints, TesseraError } from '@tessera/client';
import { withDefaults } from './defaults/defaults-file.js';
import { ExitCode, exitCodeOf } from './exit-code.js';
import { resolveMetaserver } from './metaserver-address.js';
import { toJson } from './output/json.js';
import { type Column, formatTable } from './output/table.js';
import { describeError, toTesseraError } from './report-error.js';
import type { Terminal } from './terminal.js';

/** Options every command takes. */
export interface GlobalOptions {
  metaserver?: string;
  dir?: string;
  json?: boolean;
  codec?: string;
  config?: string;
}

const CODECS = ['auto', 'simd', 'library'] as const;

/** What a running command writes and how it ends. */
export class Context {
  /** As the user gave it. */
  readonly given: Terminal;
  #terminal: Terminal;
  #succeeded = 0;
  #writeNote = (text: string): unknown => this.terminal.stderr.write(text);
  readonly #failed: TesseraError[] = [];

  constructor(terminal: Terminal) {
    this.given = terminal;
    this.#terminal = terminal;
  }

  /** With the defaults of the user's config file in the environment. */
  get terminal(): Terminal {
    return this.#terminal;
  }

  /** Reads the user's config file. @throws TesseraError INVALID_ARGUMENT */
  readDefaults(options: GlobalOptions): void {
    this.#terminal = { ...this.given, environment: withDefaults(options, this.given) };
  }

  get signal(): AbortSignal {
    return this.terminal.signal;
  }

  /** A line of result. */
  print(text: string): void {
    this.terminal.stdout.write(`${text}\n`);
  }

  /** A table that fits the terminal; in full where standard output is none. */
  printTable<Row>(columns: readonly Column<Row>[], rows: readonly Row[]): void {
    this.print(formatTable(columns, rows, this.terminal.columns));
  }

  printJson(value: unknown): void {
    this.print(toJson(value));
  }

  /** A line for the person at the terminal that is no result. */
  note(text: string): void {
    this.#writeNote(`${text}\n`);
  }

  /** Notes go through this until what it answers is called: something else is being drawn where they would go. */
  noteThrough(write: (text: string) => void): () => void {
    const before = this.#writeNote;
    this.#writeNote = write;
    return () => {
      this.#writeNote = before;
    };
  }

  /** Commands on several things count those that went well, and go on after those that did not. */
  succeed(): void {
    this.#succeeded += 1;
  }

  /** Reports that one of several things failed; `fields` say which in JSON, `subject` where the message does not. */
  fail(error: unknown, options: GlobalOptions, fields: object, subject?: string): void {
    const known = toTesseraError(error);
    this.#failed.push(known);
    if (options.json) this.printJson({ ...fields, error: { code: known.code, message: known.message } });
    this.note(describeError(error, this.terminal.environment, subject));
  }

  /** Of a command that reported its failures itself: the only thing's own code, else FAILURE if anything failed. */
  get exitCode(): number {
    const [first] = this.#failed;
    if (first === undefined) return ExitCode.OK;
    return this.#succeeded === 0 && this.#failed.length === 1 ? exitCodeOf(first.code) : ExitCode.FAILURE;
  }

  /** Runs `use` with a client of the cluster that options and environment name, and closes it. `hint`: of what it stores. */
  async withClient<Result>(
    options: GlobalOptions & { hint?: Hints },
    use: (client: Client) => Promise<Result>,
  ): Promise<Result> {
    const client = await connect({
      metaserver: await resolveMetaserver(options, this.terminal),
      codec: parseCodec(options.codec ?? this.terminal.environment.TESSERA_CODEC ?? 'auto'),
      name: 'tessera-cli',
      environment: this.terminal.environment,
      ...(options.hint === undefined ? {} : { hints: options.hint }),
    });
    try {
      return await use(client);
    } finally {
      await client.close();
    }
  }
}

function parseCodec(text: string): (typeof CODECS)[number] {
  const codec = CODECS.find((known) => known === text);
  if (codec === undefined) {
    throw new TesseraError('INVALID_ARGUMENT', `codec '${text}' is unknown; use one of ${CODECS.join(', ')}`);
  }
  return codec;
}
