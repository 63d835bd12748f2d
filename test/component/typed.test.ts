/** Components of other worlds than ours: their functions are called by type, in every executor, whatever they return. */
import { describe, expect, test } from 'vitest';
import { linkComponent } from '../../engine/component/link-component.ts';
import { createEngine, type ErrorCode, type Plugin } from '../../engine/index.ts';
import { EXECUTORS } from '../../engine/options.ts';
import { VALUE } from '../support/component-writer.ts';
import { failure, failureSync } from '../support/errors.ts';
import { pair, type TypedComponent, typedComponent } from '../support/typed-component.ts';

const STRING = VALUE.string;
const CHAR = 0x74;
const F32 = 0x76;
const F64 = 0x75;
const S8 = 0x7e;
const S64 = 0x78;
const RECORD = 0x72;
const VARIANT = 0x71;
const LIST = 0x70;
const TUPLE = 0x6f;
const FLAGS = 0x6e;
const ENUM = 0x6d;
const OPTION = 0x6b;
const RESULT = 0x6a;
const label = (text: string): number[] => [text.length, ...new TextEncoder().encode(text)];
const ECHO_PAIR = `(param i32 i32) (result i32) ${pair('(local.get 0)', '(local.get 1)')}`;

async function using<Result>(
  component: TypedComponent,
  work: (plugin: Plugin) => Promise<Result>,
  options: Parameters<typeof createEngine>[0] = { executor: 'inline' },
): Promise<Result> {
  await using engine = await createEngine(options);
  return await work(await engine.load(typedComponent(component)));
}

const echo = (component: Omit<TypedComponent, 'result'>, value: unknown): Promise<unknown> =>
  using({ ...component, result: component.params?.[0] as number }, (plugin) => plugin.call('f', [value]));

describe('values go in and come out as they are', () => {
  const scalars: readonly (readonly [string, number, string, unknown])[] = [
    ['bool', VALUE.bool, 'i32', true],
    ['u8', VALUE.u8, 'i32', 255],
    ['s8', S8, 'i32', -128],
    ['u32', VALUE.u32, 'i32', 4_294_967_295],
    ['s64', S64, 'i64', '-9223372036854775808'],
    ['u64', VALUE.u64, 'i64', '18446744073709551615'],
    ['u64 that a double holds', VALUE.u64, 'i64', 7],
    ['f32', F32, 'f32', 1.5],
    ['f64', F64, 'f64', -1e300],
    ['char', CHAR, 'i32', '🦊'],
  ];
  test.each(scalars)('%s', async (_, type, core, value) => {
    const body = `(param ${core}) (result ${core}) (local.get 0)`;
    expect(await echo({ params: [type], body }, value)).toBe(value);
  });

  test.each([
    ['UTF-8', 0],
    ['UTF-16', 1],
    ['Latin-1 or UTF-16', 2],
  ])('text in %s', async (_, encoding) => {
    for (const text of ['', 'plain', 'Zoë, 漢字, 🦊']) {
      expect(await echo({ params: [STRING], encoding, body: ECHO_PAIR }, text)).toBe(text);
    }
  });

  test('text that a component has as Latin-1', async () => {
    const component = { result: STRING, encoding: 2, body: `(result i32) ${pair(32, 3)}` };
    const extra = '(data (i32.const 32) "a\\e9\\80")';
    expect(await using({ ...component, extra }, (plugin) => plugin.call('f'))).toBe('aé\u0080');
  });

  test('lists, of bytes and of lists', async () => {
    expect(await echo({ types: [[LIST, VALUE.u8]], params: [0], body: ECHO_PAIR }, [0, 1, 255])).toEqual([0, 1, 255]);
    const types = [
      [LIST, STRING],
      [LIST, 0],
    ];
    expect(await echo({ types, params: [1], body: ECHO_PAIR }, [['a', 'ü'], [], ['']])).toEqual([['a', 'ü'], [], ['']]);
  });

  test('records, tuples, variants, options, flags and enums inside of each other', async () => {
    const types = [
      [TUPLE, 2, VALUE.u8, VALUE.u64],
      [VARIANT, 3, ...label('none'), 0, 0, ...label('pair'), 1, 0, 0, ...label('real'), 1, F32, 0],
      [ENUM, 2, ...label('red'), ...label('green')],
      [FLAGS, 9, ...'abcdefghi'.split('').flatMap((name) => label(name))],
      [OPTION, STRING],
      [
        RECORD,
        5,
        ...label('shape'),
        1,
        ...label('color'),
        2,
        ...label('marks'),
        3,
        ...label('note'),
        4,
        ...label('n'),
        S8,
      ],
      [LIST, 5],
    ];
    const values = [
      { shape: { tag: 'pair', val: [7, 9] }, color: 'green', marks: ['a', 'i'], note: 'x', n: -1 },
      { shape: { tag: 'real', val: 0.5 }, color: 'red', marks: [], note: null, n: 127 },
      { shape: { tag: 'none' }, color: 'red', marks: ['b'], note: '', n: 0 },
    ];
    expect(await echo({ types, params: [6], body: ECHO_PAIR }, values)).toEqual(values);
  });

  test('a variant as parameters: payloads share numbers that are wide enough for all of them', async () => {
    const types = [[VARIANT, 3, ...label('a'), 1, F32, 0, ...label('b'), 1, VALUE.u64, 0, ...label('c'), 1, F64, 0]];
    const given = (value: unknown): Promise<unknown> =>
      using({ types, params: [0], result: VALUE.u64, body: '(param i32 i64) (result i64) (local.get 1)' }, (plugin) =>
        plugin.call('f', [value]),
      );
    expect(await given({ tag: 'a', val: 1 })).toBe(0x3f80_0000);
    expect(await given({ tag: 'b', val: 12 })).toBe(12);
    expect(await given({ tag: 'c', val: 1 })).toBe(0x3ff0_0000_0000_0000n.toString());
  });

  test('more than sixteen numbers go by way of memory', async () => {
    const body = '(param i32) (result i32) (i32.load8_u (i32.add (local.get 0) (i32.const 17)))';
    const params = Array.from({ length: 18 }, () => VALUE.u8);
    const values = params.map((_, i) => i * 3);
    expect(await using({ params, result: VALUE.u8, body }, (plugin) => plugin.call('f', values))).toBe(51);
  });

  test('a result is its value, or an error of the plugin', async () => {
    const types = [[RESULT, 1, VALUE.u32, 1, STRING]];
    const body = (error: boolean): string => `(result i32) (i32.store8 (i32.const 16) (i32.const ${Number(error)}))
      (i32.store (i32.const 20) (i32.const 32)) (i32.store (i32.const 24) (i32.const 4)) (i32.const 16)`;
    const extra = '(data (i32.const 32) "full")';
    expect(await using({ types, result: 0, body: body(false), extra }, (plugin) => plugin.call('f'))).toBe(32);
    const error = await using({ types, result: 0, body: body(true), extra }, (plugin) =>
      failure(() => plugin.call('f'), 'GUEST_ERROR'),
    );
    expect(error.details).toMatchObject({ code: 'ERROR', message: 'full' });
  });

  test('arguments come in their order, by their names, or alone; an option may be left out', async () => {
    const component = {
      types: [[OPTION, VALUE.u32]],
      params: [VALUE.u32, 0],
      result: VALUE.u32,
      body: '(param i32 i32 i32) (result i32) (i32.add (local.get 0) (local.get 2))',
    };
    await using(component, async (plugin) => {
      const [first, second] = ['p0', 'p1'];
      expect(await plugin.call('f', [1, 2])).toBe(3);
      expect(await plugin.call('f', { [second]: 2, [first]: 5 })).toBe(7);
      expect(await plugin.call('f', [4])).toBe(4);
    });
    expect(await using({ params: [STRING], result: STRING, body: ECHO_PAIR }, (plugin) => plugin.call('f', 'x'))).toBe(
      'x',
    );
  });

  test.each([
    ['a number over its type', VALUE.u8, 'i32', 256],
    ['a fraction', VALUE.u32, 'i32', 1.5],
    ['a negative number', VALUE.u32, 'i32', -1],
    ['text for a number', VALUE.u32, 'i32', '1'],
    ['two characters', CHAR, 'i32', 'ab'],
    ['half a character', CHAR, 'i32', '\ud800'],
    ['a number of 65 bits', VALUE.u64, 'i64', '18446744073709551616'],
    ['nothing', VALUE.u32, 'i32', undefined],
  ])('%s is refused, and says what was expected', async (_, type, core, value) => {
    const component = { params: [type], result: type, body: `(param ${core}) (result ${core}) (local.get 0)` };
    await using(component, async (plugin) => {
      const error = await failure(() => plugin.call('f', value === undefined ? [] : [value]), 'INVALID_INPUT');
      expect(error.message).toMatch(/Expected the input of `f` to be its arguments/);
    });
  });
});

describe.each(EXECUTORS)('in the executor %s', (executor) => {
  test('a function is called, and its fuel is the same every time', async () => {
    const component = { params: [STRING], result: STRING, body: ECHO_PAIR };
    const bills = new Set<number>();
    for (let i = 0; i < 2; i++) {
      const { value, usage } = await using(component, (plugin) => plugin.invoke('f', 'hello'), { executor });
      expect(value).toBe('hello');
      bills.add(usage.fuel.used);
    }
    const inline = await using(component, (plugin) => plugin.invoke('f', 'hello'));
    bills.add(inline.usage.fuel.used);
    expect(bills.size).toBe(1);
  });

  test('what one call breaks is gone with the next', async () => {
    const component = {
      params: [VALUE.u32],
      result: VALUE.u32,
      body: '(param i32) (result i32) (if (local.get 0) (then unreachable)) (i32.const 7)',
    };
    await using(
      component,
      async (plugin) => {
        await failure(() => plugin.call('f', [1]), 'TRAP');
        expect(await plugin.call('f', [0])).toBe(7);
      },
      { executor },
    );
  });
});

describe('what a component returns is not believed', () => {
  const hostile: readonly (readonly [string, TypedComponent, ErrorCode])[] = [
    ['a result outside of memory', { result: STRING, body: '(result i32) (i32.const -8)' }, 'BAD_POINTER'],
    ['a result that is not aligned', { result: STRING, body: '(result i32) (i32.const 17)' }, 'BAD_POINTER'],
    ['text outside of memory', { result: STRING, body: `(result i32) ${pair(131_000, 1_000)}` }, 'BAD_POINTER'],
    ['text of 2^32 - 1 bytes', { result: STRING, body: `(result i32) ${pair(8, -1)}` }, 'LIMIT_EXCEEDED'],
    [
      'UTF-16 of 2^32 - 1 units',
      { result: STRING, encoding: 1, body: `(result i32) ${pair(8, -1)}` },
      'LIMIT_EXCEEDED',
    ],
    ['UTF-16 at an odd address', { result: STRING, encoding: 1, body: `(result i32) ${pair(33, 1)}` }, 'BAD_POINTER'],
    [
      'text that is no UTF-8',
      { result: STRING, body: `(result i32) ${pair(32, 2)}`, extra: '(data (i32.const 32) "\\c3\\28")' },
      'BAD_OUTPUT',
    ],
    [
      'half of a surrogate pair',
      { result: STRING, encoding: 1, body: `(result i32) ${pair(32, 1)}`, extra: '(data (i32.const 32) "\\00\\d8")' },
      'BAD_OUTPUT',
    ],
    ['a character that there is not', { result: CHAR, body: '(result i32) (i32.const 0x110000)' }, 'BAD_OUTPUT'],
    ['a surrogate as a character', { result: CHAR, body: '(result i32) (i32.const 0xd800)' }, 'BAD_OUTPUT'],
    [
      'a case that the variant does not have',
      { types: [[ENUM, 2, ...label('a'), ...label('b')]], result: 0, body: '(result i32) (i32.const 2)' },
      'BAD_OUTPUT',
    ],
    [
      'a list of 2^32 - 1 bytes',
      { types: [[LIST, VALUE.u8]], result: 0, body: `(result i32) ${pair(0, -1)}` },
      'LIMIT_EXCEEDED',
    ],
    [
      'a list of 2^32 - 1 elements that take nothing',
      {
        types: [
          [TUPLE, 0],
          [LIST, 0],
        ],
        result: 1,
        body: `(result i32) ${pair(0, -1)}`,
      },
      'LIMIT_EXCEEDED',
    ],
    [
      'a list that is not aligned',
      { types: [[LIST, VALUE.u64]], result: 0, body: `(result i32) ${pair(4, 1)}` },
      'BAD_POINTER',
    ],
    [
      'a list that ends outside of memory',
      { types: [[LIST, VALUE.u64]], result: 0, body: `(result i32) ${pair(131_064, 2)}` },
      'BAD_POINTER',
    ],
    [
      'a post-return that traps',
      {
        result: STRING,
        body: `(result i32) ${pair(32, 1)}`,
        extra: '(data (i32.const 32) "a")',
        post: '(param i32) unreachable',
      },
      'TRAP',
    ],
  ];
  test.each(hostile)('%s', async (_, component, code) => {
    await using(component, async (plugin) => {
      await failure(() => plugin.call('f'), code);
      await failure(() => plugin.call('f'), code);
    });
  });

  const allocators: readonly (readonly [string, string, ErrorCode])[] = [
    ['outside of memory', '(param i32 i32 i32 i32) (result i32) (i32.const -16)', 'BAD_POINTER'],
    ['so near the end that it does not fit', '(param i32 i32 i32 i32) (result i32) (i32.const 131070)', 'BAD_POINTER'],
    ['not aligned', '(param i32 i32 i32 i32) (result i32) (i32.const 4097)', 'BAD_POINTER'],
    ['nothing', '(param i32 i32 i32 i32) (result i32) (i32.const 0)', 'MEMORY_LIMIT'],
    ['never', '(param i32 i32 i32 i32) (result i32) (loop $l (br $l)) (unreachable)', 'OUT_OF_FUEL'],
    ['by a trap', '(param i32 i32 i32 i32) (result i32) (unreachable)', 'TRAP'],
  ];
  test.each(allocators)('an allocator that answers %s', async (_, realloc, code) => {
    const component = { types: [[LIST, STRING]], params: [0], result: 0, body: ECHO_PAIR, realloc };
    await using(component, (plugin) => failure(() => plugin.call('f', [['one', 'two']]), code), {
      executor: 'inline',
      limits: { fuel: 1_000_000 },
    });
  });

  test('an allocator that gives the same place twice harms the component alone', async () => {
    const realloc = '(param i32 i32 i32 i32) (result i32) (i32.const 4096)';
    const component = { types: [[LIST, STRING]], params: [0], result: 0, body: ECHO_PAIR, realloc };
    await using(component, async (plugin) => {
      const outcome = await plugin.call('f', [['one', 'two']]).catch((error: { code: string }) => error.code);
      expect(['BAD_POINTER', 'LIMIT_EXCEEDED', 'BAD_OUTPUT']).toContain(outcome);
    });
  });

  test('an allocator that grows the memory each time', async () => {
    const realloc = `(param i32 i32 i32 i32) (result i32)
      (i32.mul (memory.grow (i32.const 1)) (i32.const 65536))`;
    const component = { types: [[LIST, STRING]], params: [0], result: 0, body: ECHO_PAIR, realloc };
    expect(await using(component, (plugin) => plugin.call('f', [['one', 'two']]))).toEqual(['one', 'two']);
  });

  test('a small guest cannot make the host allocate much: a list of the same text, over and over', async () => {
    const types = [[LIST, STRING]];
    // 8,000 elements of 8 bytes, each of which is the same 60,000 bytes: 480 MB.
    const body = `(result i32) (local $i i32)
      (loop $l
        (i32.store (i32.add (i32.const 66000) (i32.mul (local.get $i) (i32.const 8))) (i32.const 1024))
        (i32.store (i32.add (i32.const 66004) (i32.mul (local.get $i) (i32.const 8))) (i32.const 60000))
        (br_if $l (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 8000))))
      ${pair(66_000, 8_000)}`;
    await using({ types, result: 0, body }, async (plugin) => {
      const startedWith = process.memoryUsage().rss;
      const error = await failure(() => plugin.call('f'), 'LIMIT_EXCEEDED');
      expect(error.details).toMatchObject({ limit: 'outputBytes' });
      expect(process.memoryUsage().rss - startedWith).toBeLessThan(48 * 1024 * 1024);
    });
  });

  test('a small input cannot make the host work much: records of nothing but options', async () => {
    const fields = Array.from({ length: 50 }, (_, i) => [...label(`f${i}`), 0]).flat();
    const types = [
      [OPTION, VALUE.u64],
      [RECORD, 50, ...fields],
      [LIST, 1],
    ];
    const component = { types, params: [2], result: VALUE.u32, body: '(param i32 i32) (result i32) (local.get 1)' };
    await using(component, async (plugin) => {
      expect(await plugin.call('f', [[{}, {}]])).toBe(2);
      await failure(() => plugin.call('f', [Array.from({ length: 30_000 }, () => ({}))]), 'LIMIT_EXCEEDED');
    });
  });

  test('names that all objects have are fields like others', async () => {
    const types = [
      [RECORD, 2, ...label('__proto__'), VALUE.u32, ...label('constructor'), VALUE.u32],
      [LIST, 0],
    ];
    const component = { types, params: [1], result: 1, body: ECHO_PAIR };
    await using(component, async (plugin) => {
      await failure(() => plugin.call('f', [[{}]]), 'INVALID_INPUT');
      const bytes = await plugin.callBytes('f', new TextEncoder().encode('[[{"__proto__":1,"constructor":2}]]'));
      expect(new TextDecoder().decode(bytes)).toBe('[{"__proto__":1,"constructor":2}]');
    });
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('what cannot be called is said', () => {
  const refused = (component: TypedComponent, message: RegExp): void => {
    const error = failureSync(() => linkComponent(typedComponent(component)), 'NOT_A_PLUGIN');
    expect(error.message).toMatch(message);
  };
  const NUMBER = '(param i32) (result i32) (local.get 0)';

  test('a type bomb is not expanded', () => {
    const types = [[TUPLE, 2, STRING, STRING], ...Array.from({ length: 40 }, (_, i) => [TUPLE, 2, i, i])];
    refused({ types, params: [40], body: NUMBER }, /f: its types are too large/);
  });

  test('a type that stands in itself', () => {
    refused({ types: [[LIST, 0]], params: [0], body: NUMBER }, /f: its types are too large/);
  });

  test('resources', () => {
    const types = [
      [0x3f, 0x7f, 0],
      [0x69, 0],
    ];
    refused({ types, params: [1], body: NUMBER }, /f: it deals in resources/);
  });

  test.each(['constructor', '__proto__', '[method]thing.go', 'a b'])('the name %s', (name) => {
    refused({ params: [VALUE.u32], body: NUMBER, name }, /no function is called by such a name/);
  });

  test('a function whose core has another signature than its type', () => {
    const bytes = typedComponent({ params: [STRING], body: NUMBER });
    expect(failureSync(() => linkComponent(bytes), 'INVALID_MODULE').message).toMatch(
      /"f" must be \(i32, i32\) -> \(\)/,
    );
  });

  test('an export named `then` is a function like any other', async () => {
    const component = { params: [VALUE.u32], result: VALUE.u32, body: NUMBER, name: 'then' };
    expect(await using(component, (plugin) => plugin.call('then', [3]))).toBe(3);
  });
});
