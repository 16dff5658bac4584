import { TesseraError } from '@tessera/client';
import { InvalidArgumentError } from 'commander';

/** A parser of option values whose refusals name the option. */
export function optionValue<Value>(parse: (text: string) => Value): (text: string) => Value {
  return (text) => {
    try {
      return parse(text);
    } catch (error) {
      if (error instanceof TesseraError) throw new InvalidArgumentError(error.message);
      throw error;
    }
  };
}
