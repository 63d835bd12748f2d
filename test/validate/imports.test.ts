/** The import whitelist: what is refused, what each refusal tells, and what would allow it. */
import { describe, expect, it } from 'vitest';
import { HOST_SIGNATURES } from '../../engine/host/table.ts';
import { checkModule, checkPlugin, type PluginModule } from '../../engine/validate/index.ts';
import { MANIFEST, type TinyPlugin, tinyPlugin } from '../support/hostile/plugin-wat.ts';
import { expectRefusal } from '../support/refusals.ts';

const check = (plugin: TinyPlugin): PluginModule => checkPlugin(checkModule(tinyPlugin(plugin)), HOST_SIGNATURES);

const HTTP = '(import "env" "http_request" (func (param i32 i32 i32 i32) (result i32)))';
const asking = (permissions: object): object => ({ ...MANIFEST, permissions });

const DENIED: readonly (readonly [name: string, imports: string, ...says: string[]])[] = [
  [
    'an unknown function',
    '(import "env" "launch_missiles" (func))',
    '"env" "launch_missiles"',
    'is not a host function. There are: ',
    'http_request',
  ],
  ['a misspelt function', '(import "env" "http_reqest" (func))', 'Did you mean "http_request"?'],
  ['a function in another spelling', '(import "env" "httpRequest" (func))', 'Did you mean "http_request"?'],
  [
    'a host function from another module',
    '(import "host" "log" (func (param i32 i32 i32)))',
    '"host" "log"',
    '"env" "log" is',
  ],
  ['a function of an unknown module', '(import "sys" "exec" (func))', 'host functions are imported from "env"'],
  [
    'WASI',
    '(import "wasi_unstable" "fd_write" (func (param i32 i32 i32 i32) (result i32)))',
    'belongs to WASI',
    'wasm32-unknown-unknown',
  ],
  ['the kernel of Extism', '(import "extism:host/env" "length" (func (param i64) (result i64)))', 'belongs to Extism'],
  [
    'a wrong signature',
    '(import "env" "log" (func (param i32 i32)))',
    'is imported as (i32, i32) -> ()',
    'offers it as (i32, i32, i32) -> ()',
  ],
  [
    'a wrong result',
    '(import "env" "log" (func (param i32 i32 i32) (result i32)))',
    '(i32, i32, i32) -> i32',
    '(i32, i32, i32) -> ()',
  ],
  ['wrong widths', '(import "env" "log" (func (param i32 i64 i64)))', '(i32, i64, i64) -> ()'],
  ['a memory', '(import "env" "memory" (memory 1))', 'imports a memory', '--import-memory'],
  ['a table', '(import "env" "table" (table 1 funcref))', 'imports a table', '--import-table'],
  ['a global', '(import "env" "base" (global i32))', 'imports a global', 'configuration'],
  ['a tag', '(import "env" "tag" (tag))', 'imports a tag', 'does not share exceptions'],
  [
    'a capability that the manifest does not ask for',
    HTTP,
    'needs the capability "http"',
    'does not ask for',
    '"http": [{ "host": "https://api.example.com", "reason": ',
    '"http": ["https://api.example.com"]',
  ],
];

describe('imports', () => {
  it.each(DENIED)('refuses %s', (_, imports, ...says) => {
    // A memory of its own as well would be two.
    const replace = imports.includes('(memory') ? { memory: '(export "memory" (memory 0))' } : {};
    const error = expectRefusal(
      () => check({ imports, replace }),
      'IMPORT_DENIED',
      ...says,
      /at offset 0x[0-9a-f]+\)$/,
    );
    expect(error.details.imports).toHaveLength(1);
  });

  it('accepts a capability that the manifest asks for: whether it is granted is another question', () => {
    const manifest = asking({ http: [{ host: 'api.example.com', reason: 'x' }] });
    expect(check({ manifest, imports: HTTP }).imports).toEqual(['http_request']);
  });

  it('accepts what every plugin may import, each name once', () => {
    const imports =
      '(import "env" "log" (func (param i32 i32 i32))) (import "env" "log" (func (param i32 i32 i32))) (import "env" "abort" (func (param i32 i32 i32 i32)))';
    expect(check({ imports }).imports).toEqual(['log', 'abort']);
  });

  it('lists all that is refused in one message', () => {
    const imports = '(import "env" "a" (func)) (import "env" "log" (func)) (import "x" "m" (global i32))';
    const error = expectRefusal(
      () => check({ imports }),
      'IMPORT_DENIED',
      '3 imports are refused:',
      '"env" "a"',
      '"env" "log"',
      '"x" "m"',
    );
    expect(error.details.imports).toHaveLength(3);
  });

  it('says once what functions of one capability need', () => {
    const imports =
      '(import "env" "http_close" (func (param i32))) (import "env" "b" (func)) (import "env" "http_status" (func (param i32) (result i32)))';
    const error = expectRefusal(
      () => check({ imports }),
      'IMPORT_DENIED',
      '3 imports are refused:',
      '"env" "http_close", "env" "http_status": needs the capability "http"',
    );
    expect(error.message.match(/Add to its "permissions"/g)).toHaveLength(1);
    expect(error.message.split('\n')).toHaveLength(3);
    expect(error.details.imports).toHaveLength(3);
  });

  it('cuts the list of a module with very many', () => {
    const imports = Array.from({ length: 200 }, (_, i) => `(import "env" "f${i}" (func))`).join('');
    const error = expectRefusal(() => check({ imports }), 'IMPORT_DENIED', '200 imports are refused', 'and 180 more');
    expect(error.details.imports).toHaveLength(20);
  });

  it('escapes and cuts names that a guest chose', () => {
    const error = expectRefusal(
      () => check({ imports: `(import "env" "\\1b[2J\\c2\\9b${'x'.repeat(500)}" (func))` }),
      'IMPORT_DENIED',
    );
    expect(error.message).toContain('"\\u001b[2J\\u009b');
    expect(error.message.length).toBeLessThan(1_200);
  });
});
