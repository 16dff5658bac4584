/** How values of one type are written in flags, the environment and files. */
export interface Kind<Value> {
  /** Stands for the value in a flag's help, such as `host:port`. */
  readonly placeholder: string;
  /** What is expected, for refusals: a noun with an example. */
  readonly expected: string;
  /** The type of a value in TOML, in words. */
  readonly tomlType: string;
  /** Whether a flag may be repeated; the texts are joined by commas. */
  readonly isRepeatable?: boolean;
  /**
   * From a flag or a variable. Undefined: refused, as not what is `expected`.
   * @throws TesseraError with a message of its own, which then takes the place of `expected`
   */
  fromText(text: string, place: Place): Value | undefined;
  /** From a TOML file: a string, number, boolean, array, or object for a table. As `fromText`. */
  fromToml(value: unknown, place: Place): Value | undefined;
  /** As TOML; a table in one line. */
  toToml(value: Value): string;
}

/** Where a value was given. */
export interface Place {
  /** Absolute; what relative paths start from. */
  readonly directory: string;
}

/** One thing that can be set: the only description of its flag, variable, key, default and help. */
export interface Setting<Value = unknown> {
  /** Its name in files. */
  readonly key: string;
  /** Without dashes; unset: the key. */
  readonly flag?: string;
  /** Environment variable. */
  readonly variable: string;
  /** Without a full stop; no default, which is added. */
  readonly help: string;
  readonly kind: Kind<Value>;
  /** Whether a value must be given. */
  readonly isRequired?: boolean;
  /** Its value when none is given; unset: there is none. */
  readonly fallback?: Value;
  /** What is so when there is no value, in words, where `fallback` does not say it. */
  readonly otherwise?: string;
  /** For example files. */
  readonly sample: Value;
  /** Its value is never shown. */
  readonly isSecret?: boolean;
}

/** All settings of one program, by the names they have in code. */
// biome-ignore lint/suspicious/noExplicitAny: each setting has a value type of its own
export type Settings = Readonly<Record<string, Setting<any>>>;

type ValueOf<S> = S extends Setting<infer Value> ? Value : never;
type IsGiven<S> = S extends { isRequired: true } ? true : S extends { fallback: unknown } ? true : false;

/** The values of settings; undefined where one has neither been given nor has a default. */
export type Values<Table extends Settings> = {
  -readonly [Name in keyof Table]: IsGiven<Table[Name]> extends true
    ? ValueOf<Table[Name]>
    : ValueOf<Table[Name]> | undefined;
};

export function flagOf({ flag, key }: Setting): string {
  return `--${flag ?? key}`;
}
