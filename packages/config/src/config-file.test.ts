import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { parseConfigFile } from './config-file.js';
import { PROGRAM } from './testing/program.js';

const { settings } = PROGRAM;

function problems(text: string): string {
  try {
    parseConfigFile(settings, text, '/etc/try.toml');
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'INVALID_ARGUMENT', String(error));
    return (error as Error).message;
  }
  return assert.fail(`was taken: ${text}`);
}

describe('a config file', () => {
  it('gives values with their lines', () => {
    const text = '# a comment\ngrace-ms = 1_000\n\ncapacity-bytes = "1.5KiB" # half a page\n';
    assert.deepEqual(
      [...parseConfigFile(settings, text, '/etc/try.toml')],
      [
        ['graceMs', { value: 1000, line: 2 }],
        ['capacityBytes', { value: 1536, line: 4 }],
      ],
    );
    assert.equal(parseConfigFile(settings, '', '/etc/try.toml').size, 0);
  });

  it('is refused with every problem, its line, and the nearest key', () => {
    const text = 'lisen = "x"\nLISTEN = "x"\ngrace_ms = 5\n"wholly different" = 1\n[dir]\nx = 1\n[more.tables]\n';
    assert.deepEqual(problems(text).split('\n'), [
      "/etc/try.toml:1: there is no key 'lisen'; did you mean 'listen'?",
      "/etc/try.toml:2: there is no key 'LISTEN'; did you mean 'listen'?",
      "/etc/try.toml:3: there is no key 'grace_ms'; did you mean 'grace-ms'?",
      "/etc/try.toml:4: there is no key 'wholly different'; there are dir, listen, grace-ms, capacity-bytes, colour, token",
      '/etc/try.toml:5: \'dir\' cannot be {"x":1}: expected the path of a directory, written as a string',
      "/etc/try.toml:7: there is no key 'more'; there are dir, listen, grace-ms, capacity-bytes, colour, token",
    ]);
  });

  it('is refused for values of another type or out of range', () => {
    for (const [line, expected] of [
      [
        'grace-ms = "10"',
        /'grace-ms' cannot be "10": expected a whole number of milliseconds, 1 to 1000, written as an integer/,
      ],
      ['grace-ms = 0', /cannot be 0: expected/],
      ['grace-ms = 1001', /cannot be 1001: expected/],
      ['grace-ms = 1.5', /cannot be 1.5: expected/],
      ['grace-ms = inf', /cannot be Infinity: expected/],
      ['grace-ms = 9223372036854775807', /cannot be \d{19}: expected/],
      ['listen = 7070', /cannot be 7070: expected host:port/],
      ['listen = ["10.0.0.1:1"]', /cannot be \["10.0.0.1:1"\]: expected host:port/],
      ['dir = 1979-05-27', /cannot be "1979-05-27/],
      ['dir = ""', /expected the path of a directory/],
      ['dir = "a\\u0000b"', /expected the path of a directory/],
      ['capacity-bytes = 0', /expected a number of bytes above 0/],
      ['colour = true', /expected one of red, green/],
      ['__proto__ = 1', /there is no key '__proto__'/],
    ] as const) {
      assert.match(problems(line), expected);
    }
    assert.doesNotMatch(problems('token = "loud"'), /loud/);
  });

  it('is refused where it is no TOML, with line and column', () => {
    for (const [text, expected] of [
      ['listen = 10.0.0.1:1', /^\/etc\/try.toml:1:\d+: this is no TOML: /],
      ['dir = "a"\ndir = "b"', /^\/etc\/try.toml:2:\d+: this is no TOML: /],
      ['dir = "a', /:1:\d+: this is no TOML/],
      ['{"dir": "a"}', /:1:\d+: this is no TOML/],
    ] as const) {
      assert.match(problems(text), expected);
    }
  });

  it('is read or refused, whatever it holds', () => {
    const words = [
      'dir',
      'listen',
      '=',
      '"',
      "'''",
      '[',
      ']',
      '{',
      '}',
      '\n',
      ' ',
      '.',
      '1',
      '#',
      '\\u',
      '\0',
      'é',
      'true',
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...words), { maxLength: 30 }), (parts) => {
        try {
          parseConfigFile(settings, parts.join(''), '/etc/try.toml');
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'INVALID_ARGUMENT', String(error));
        }
      }),
    );
  });

  it('tells twenty problems, and how many there are besides', () => {
    const lines = problems(Array.from({ length: 25 }, (_, index) => `zzzzzzzzz${index} = 1`).join('\n')).split('\n');
    assert.equal(lines.length, 21);
    assert.equal(lines.at(-1), 'and 5 more');
  });
});
