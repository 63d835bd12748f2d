import { describe, expect, test } from 'vitest';
import { JSON_TYPES } from '../../engine/host/json-store.ts';
import { failureSync } from '../support/errors.ts';
import { HostProbe } from '../support/host-probe.ts';

const probe = new HostProbe({ limits: { hostCalls: 1_000_000 } });
const parse = (text: string): number => probe.number('json_parse', ...probe.text(text));
const get = (handle: number, pointer: string): number => probe.number('json_get', handle, ...probe.text(pointer));
const member = (handle: number, key: string): number => probe.number('json_member', handle, ...probe.text(key));
const write = (handle: number): string | undefined => probe.taken('json_stringify', handle);
const newText = (text: string): number => probe.number('json_new_string', ...probe.text(text));

const DOCUMENT = '{"b":[10,{"c":null}],"a/b":"x","m~n":true,"1":false,"":7,"é":"漢"}';

describe('reading', () => {
  const root = parse(DOCUMENT);

  test.each([
    ['', 6],
    ['/b', 5],
    ['/b/0', 3],
    ['/b/1/c', 1],
    ['/a~1b', 4],
    ['/m~0n', 2],
    ['/1', 2],
    ['/', 3],
    ['/é', 4],
    ['/x', 0],
    ['b', 0],
    ['/b/2', 0],
    ['/b/00', 0],
    ['/b/-', 0],
    ['/b/-1', 0],
    ['/b/length', 0],
    ['/b/0/x', 0],
    ['/constructor', 0],
    ['/__proto__', 0],
    ['/b/__proto__', 0],
  ])('pointer %j has type %i', (pointer, type) => {
    expect(probe.call('json_type', get(root, pointer))).toBe(type);
  });

  test('a member by its plain key', () => {
    expect(probe.taken('json_string', member(root, 'a/b'))).toBe('x');
    expect(member(root, '/b')).toBe(0);
    expect(member(get(root, '/b'), '0')).toBe(0);
    expect(member(root, 'toString')).toBe(0);
  });

  test('items and members by index', () => {
    const list = get(root, '/b');
    expect(probe.call('json_length', list)).toBe(2);
    expect(probe.call('json_number', probe.number('json_at', list, 0))).toBe(10);
    expect(probe.call('json_at', list, 2)).toBe(0);
    expect(probe.call('json_at', list, -1)).toBe(0);
    const keys = Array.from(
      { length: probe.number('json_length', root) },
      (_, i) => probe.taken('json_key', root, i) ?? '',
    );
    expect(new Set(keys)).toEqual(new Set(Object.keys(JSON.parse(DOCUMENT))));
    keys.forEach((key, i) => {
      expect(write(probe.number('json_at', root, i))).toBe(JSON.stringify(JSON.parse(DOCUMENT)[key]));
    });
    expect(probe.call('json_key', root, 6)).toBe(0n);
    expect(probe.call('json_key', list, 0)).toBe(0n);
  });

  test('numbers and text, and what is neither', () => {
    expect(probe.call('json_number', get(root, '/m~0n'))).toBe(1);
    expect(probe.call('json_number', get(root, '/1'))).toBe(0);
    expect(probe.call('json_number', get(root, '/é'))).toBeNaN();
    expect(probe.call('json_string', get(root, '/b'))).toBe(0n);
    expect(probe.taken('json_string', get(root, '/é'))).toBe('漢');
  });

  test('handles that are not open', () => {
    for (const handle of [0, -1, 999_999]) {
      expect(probe.call('json_type', handle)).toBe(JSON_TYPES.none);
      expect(probe.call('json_length', handle)).toBe(0);
      expect(probe.call('json_number', handle)).toBeNaN();
      expect(probe.call('json_stringify', handle)).toBe(0n);
      expect(get(handle, '')).toBe(0);
      expect(probe.call('json_push', handle, root)).toBe(0);
      expect(probe.call('json_set', handle, ...probe.text('k'), root)).toBe(0);
      probe.call('json_free', handle);
    }
  });
});

describe('names', () => {
  test('given twice: the last counts, as in JSON.parse', () => {
    const root = parse('{"a":1,"b":2,"a":{"c":3}}');
    expect(probe.call('json_length', root)).toBe(2);
    expect(write(member(root, 'a'))).toBe('{"c":3}');
  });

  test('with a lone surrogate are written as they came, and are not those with U+FFFD', () => {
    const root = parse('{"\\ud800":1,"x":2}');
    expect(write(root)).toBe('{"\\ud800":1,"x":2}');
    expect(member(root, '\ufffd')).toBe(0);
    expect(probe.taken('json_key', root, 0)).toBe('\ufffd');
    expect(write(probe.number('json_at', root, 0))).toBe('1');
  });

  test('that look like indices do not make an array of an object', () => {
    const root = probe.number('json_new', JSON_TYPES.object);
    for (const key of ['10', '2', 'length']) probe.call('json_set', root, ...probe.text(key), newText(key));
    expect(probe.call('json_type', root)).toBe(JSON_TYPES.object);
    expect(write(root)).toBe('{"2":"2","10":"10","length":"length"}');
  });
});

describe('errors', () => {
  test('say what and where, in bytes', () => {
    expect(parse('{"é":x}')).toBe(0);
    expect(JSON.parse(probe.taken('json_error') ?? '')).toEqual({
      message: 'Expected a value, but "x" came',
      offset: 6,
    });
  });

  test('text that is not UTF-8', () => {
    expect(probe.number('json_parse', ...probe.bytes(Uint8Array.of(0x22, 0xff, 0x22)))).toBe(0);
    expect(JSON.parse(probe.taken('json_error') ?? '')).toEqual({ message: 'Not UTF-8', offset: 1 });
  });

  test('nesting over the limit', () => {
    expect(parse('['.repeat(65) + ']'.repeat(65))).toBe(0);
    expect(JSON.parse(probe.taken('json_error') ?? '')).toMatchObject({ offset: 64 });
  });

  test('none yet', () => {
    expect(new HostProbe().call('json_error')).toBe(0n);
  });
});

describe('building', () => {
  test('every type', () => {
    const list = probe.number('json_new', JSON_TYPES.array);
    const parts = [
      probe.number('json_new', JSON_TYPES.null),
      probe.number('json_new', JSON_TYPES.boolean),
      probe.number('json_new_boolean', 5),
      probe.number('json_new_number', -0.5),
      probe.number('json_new_number', -0),
      newText('"é漢🎵\n'),
      probe.number('json_new', JSON_TYPES.object),
    ];
    for (const part of parts) expect(probe.call('json_push', list, part)).toBe(1);
    expect(write(list)).toBe('[null,false,true,-0.5,0,"\\"é漢🎵\\n",{}]');
  });

  test('what is no JSON', () => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) expect(probe.call('json_new_number', value)).toBe(0);
    for (const type of [0, 3, 4, 7, -1]) expect(probe.call('json_new', type)).toBe(0);
  });

  test('members are set, replaced and removed', () => {
    const object = probe.number('json_new', JSON_TYPES.object);
    const one = probe.number('json_new_number', 1);
    const two = probe.number('json_new_number', 2);
    for (const key of ['a', 'b', '']) expect(probe.call('json_set', object, ...probe.text(key), one)).toBe(1);
    expect(probe.call('json_length', object)).toBe(3);
    expect(probe.call('json_set', object, ...probe.text('a'), two)).toBe(1);
    expect(probe.call('json_remove', object, ...probe.text('b'))).toBe(1);
    expect(probe.call('json_remove', object, ...probe.text('b'))).toBe(0);
    expect(probe.call('json_length', object)).toBe(2);
    // Empty text is nothing to hand over.
    expect(probe.taken('json_key', object, 1)).toBeUndefined();
    expect(probe.taken('json_key', object, 0)).toBe('a');
    expect(write(object)).toBe('{"a":2,"":1}');
  });

  test('`__proto__` and other names of objects are plain members', () => {
    for (const object of [probe.number('json_new', JSON_TYPES.object), parse('{"__proto__":{"x":1}}')]) {
      for (const key of ['__proto__', 'constructor', 'toString']) {
        expect(probe.call('json_set', object, ...probe.text(key), newText('mine'))).toBe(1);
        expect(probe.taken('json_string', member(object, key))).toBe('mine');
      }
      expect(write(object)).toBe('{"__proto__":"mine","constructor":"mine","toString":"mine"}');
    }
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test('items of an array are replaced and removed, not made', () => {
    const list = parse('[1,2,3]');
    const nine = probe.number('json_new_number', 9);
    expect(probe.call('json_set', list, ...probe.text('1'), nine)).toBe(1);
    for (const key of ['3', '-1', 'length', '00', '1e0']) {
      expect(probe.call('json_set', list, ...probe.text(key), nine)).toBe(0);
      expect(probe.call('json_remove', list, ...probe.text(key))).toBe(0);
    }
    expect(probe.call('json_remove', list, ...probe.text('0'))).toBe(1);
    expect(write(list)).toBe('[9,3]');
    expect(probe.call('json_push', newText('no array'), nine)).toBe(0);
  });

  test('a handle to a part refers to that part', () => {
    const root = parse('{"a":{}}');
    expect(probe.call('json_set', get(root, '/a'), ...probe.text('b'), newText('x'))).toBe(1);
    expect(write(root)).toBe('{"a":{"b":"x"}}');
  });

  test('lone surrogates are written as escapes and handed out as U+FFFD', () => {
    const text = parse('"\\ud800"');
    expect(write(text)).toBe('"\\ud800"');
    expect(probe.taken('json_string', text)).toBe('\ufffd');
  });

  test('a document that contains itself is refused when it is written', () => {
    const own = new HostProbe();
    const list = own.number('json_new', JSON_TYPES.array);
    expect(own.call('json_push', list, list)).toBe(1);
    expect(failureSync(() => own.call('json_stringify', list), 'LIMIT_EXCEEDED').details).toMatchObject({
      limit: 'jsonDepth',
    });
  });
});

test('what is written and parsed again is the same', () => {
  const text = '{"a":[1,-2.5e+30,true,null,{"b":"\\u0000 é 🎵"}],"c":{}}';
  expect(JSON.parse(write(parse(text)) ?? '')).toEqual(JSON.parse(text));
});
