/** From input to parameters and from results to output: what the generated code takes, returns and refuses. */
import { beforeAll, describe, expect, test } from 'vitest';
import { DRIVERS, type Driver, failureOf, fixture } from './support/drivers.ts';

const ACCEPTED: readonly (readonly [name: string, input: unknown, output: unknown])[] = [
  ['nothing', undefined, undefined],
  ['nothing', { ignored: true }, undefined],
  ['text', 'plain', 'plain'],
  ['text', { value: 'by name' }, 'by name'],
  ['text', '', ''],
  ['text', 'quotes " \\ \b\f\n\r\t \u0000\u001f\u007f', 'quotes " \\ \b\f\n\r\t \u0000\u001f\u007f'],
  ['text', 'žluťoučký 日本 🎵 👩‍👩‍👧', 'žluťoučký 日本 🎵 👩‍👩‍👧'],
  ['text', 'lone \ud800 and \udc00\ud800', 'lone \ud800 and \udc00\ud800'],
  ['number', 1.5, 1.5],
  ['number', { value: -0.1 }, -0.1],
  ['number', 1e300, 1e300],
  ['number', 5e-324, 5e-324],
  ['number', 123456789012345680000, 123456789012345680000],
  ['single', 0.5, 0.5],
  ['flag', true, true],
  ['flag', { value: false }, false],
  ['small', -128, -128],
  ['int', -2147483648, -2147483648],
  ['int', 1e3, 1000],
  ['unsigned', 4294967295, 4294967295],
  ['long', -9007199254740992, -9007199254740992],
  ['any', { a: [1, { b: null }] }, { a: [1, { b: null }] }],
  ['any', 'text', 'text'],
  ['any', null, null],
  ['any', undefined, null],
  ['alias', 'as its target', 'as its target'],
  ['maybe', null, null],
  ['maybe', {}, null],
  ['maybe', undefined, null],
  ['maybe', 'here', 'here'],
  ['texts', ['a', 'é', ''], ['a', 'é', '']],
  ['texts', [], []],
  ['numbers', { value: [1, 2.5] }, [1, 2.5]],
  ['grid', [[1, 2], [], [3]], [[1, 2], [], [3]]],
  ['values', [1, 'two', { three: 3 }], [1, 'two', { three: 3 }]],
  ['named', { a: 'x' }, 'x 7 true it\'s "d" null'],
  ['named', 'x', 'x 7 true it\'s "d" null'],
  ['named', { e: 'E', d: 'D', c: false, b: -1, a: 'x' }, 'x -1 false D E'],
  ['withJson', { first: { a: 1 }, times: 2 }, { first: { a: 1 }, times: 2 }],
  ['withJson', { times: 2, first: null }, { first: null, times: 2 }],
  ['fallbacks', undefined, [-0.0015, 1000]],
  ['fallbacks', {}, [-0.0015, 1000]],
  ['fallbacks', 2, [2, 1000]],
  ['fallbacks', { size: 3 }, [-0.0015, 3]],
];

const REFUSED: readonly (readonly [name: string, input: unknown, code: string, message: RegExp])[] = [
  ['text', 5, 'INVALID_ARGUMENT', /^expected "value" to be a string, got 5$/],
  ['text', { value: null }, 'INVALID_ARGUMENT', /^expected "value" to be a string, got null$/],
  ['text', undefined, 'INVALID_ARGUMENT', /^expected an argument "value", got none$/],
  ['text', { Value: 'x' }, 'INVALID_ARGUMENT', /^expected an argument "value", got none$/],
  ['text', { value: 'x', extra: 1 }, 'INVALID_ARGUMENT', /^unknown argument "extra": expected value$/],
  ['number', '5', 'INVALID_ARGUMENT', /got "5"$/],
  ['number', 'a very long text that would only make the message longer', 'INVALID_ARGUMENT', /got a string$/],
  ['flag', 1, 'INVALID_ARGUMENT', /^expected "value" to be a boolean, got 1$/],
  ['small', 128, 'INVALID_ARGUMENT', /to be a whole number from -128 to 127, got 128$/],
  ['int', 1.5, 'INVALID_ARGUMENT', /to be a whole number from -2147483648 to 2147483647, got 1.5$/],
  ['unsigned', -1, 'INVALID_ARGUMENT', /from 0 to 4294967295, got -1$/],
  ['long', 1e300, 'INVALID_ARGUMENT', /from -9007199254740992 to 9007199254740992, got 1e\+300$/],
  ['texts', 'a', 'INVALID_ARGUMENT', /^expected "value" to be an array, got "a"$/],
  ['texts', ['a', 1], 'INVALID_ARGUMENT', /^expected "value\[1\]" to be a string, got 1$/],
  ['grid', [[1], [2, 'x']], 'INVALID_ARGUMENT', /^expected "value\[1\]\[1\]" to be a whole number/],
  ['named', {}, 'INVALID_ARGUMENT', /^expected an argument "a", got none$/],
  ['named', { a: 'x', b: null }, 'INVALID_ARGUMENT', /^expected "b" to be a whole number .* got null$/],
  ['withJson', [1], 'INVALID_INPUT', /^expected a JSON object with the arguments, got an array$/],
  ['withJson', undefined, 'INVALID_INPUT', /^expected a JSON object with the arguments, got no input$/],
  ['withJson', { first: 1 }, 'INVALID_ARGUMENT', /^expected an argument "times", got none$/],
];

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

describe.each(DRIVERS)('under %s', (_, start) => {
  let plugin: Driver;
  beforeAll(async () => {
    plugin = await start(await fixture('values'));
    return () => plugin[Symbol.asyncDispose]();
  });

  test.each(ACCEPTED)('%s takes %j', async (name, input, output) => {
    expect(await plugin.call(name, input)).toEqual(output);
  });

  test.each(REFUSED)('%s refuses %j', async (name, input, code, message) => {
    const failure = await failureOf(plugin.call(name, input));
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) });
    if (code === 'INVALID_ARGUMENT') expect(failure.details).toHaveProperty('argument');
  });

  test('bytes go in and out as they are', async () => {
    for (const bytes of [[], [0], [0xff, 0xfe, 0x00, 0x80], [...utf8('{"not": "parsed"')]]) {
      expect([...(await plugin.callBytes('bytes', Uint8Array.from(bytes)))]).toEqual(bytes);
    }
    expect(await plugin.callBytes('emptyBytes', new Uint8Array())).toHaveLength(0);
  });

  test('JSON that is passed through is not rewritten: large numbers and white space stay', async () => {
    const text = '{ "n" : 123456789012345678901234567890.5e-3, "s":"\\u00e9\\/" }';
    const out = await plugin.callBytes('any', utf8(text));
    expect(new TextDecoder().decode(out)).toBe(text);
  });

  test.each([
    ['{', 1, /^the input is not JSON: expected a key in double quotes, got the end of the text at byte 1$/],
    ['[1,]', 3, /expected a value, got ']'/],
    ['nul', 0, /expected a value, got 'n'/],
    ['"\u0001"', 1, /expected no bare control character/],
  ])('input that is not JSON (%s) is refused with its offset', async (text, offset, message) => {
    for (const name of ['any', 'text', 'named']) {
      const failure = await failureOf(plugin.callBytes(name, utf8(text)));
      expect(failure).toMatchObject({ code: 'INVALID_INPUT', details: { offset } });
      expect(failure.message).toMatch(message);
    }
  });

  test('input that is not UTF-8 is refused', async () => {
    const failure = await failureOf(plugin.callBytes('text', Uint8Array.of(0x22, 0xc3, 0x28, 0x22)));
    expect(failure).toMatchObject({ code: 'INVALID_INPUT', details: { offset: 1 } });
    expect(failure.message).toContain('expected valid UTF-8, got byte 0xc3');
  });

  test('an argument that is given twice is refused', async () => {
    const failure = await failureOf(plugin.callBytes('named', utf8('{"a":"x","a":"y"}')));
    expect(failure).toMatchObject({ code: 'INVALID_ARGUMENT', message: 'argument "a" was given twice' });
  });

  test('keys may be written with escapes', async () => {
    const out = await plugin.callBytes('text', utf8('{"\\u0076alue":"x"}'));
    expect(new TextDecoder().decode(out)).toBe('"x"');
  });

  test('a megabyte of text goes through', async () => {
    const text = 'é日🎵"\\ plain text in between '.repeat(25_000);
    expect(await plugin.call('text', text)).toBe(text);
    expect(await plugin.call('units', text)).toBe(text.length);
  });

  test('a failed call leaves nothing behind', async () => {
    await failureOf(plugin.call('number', 'x'));
    expect(await plugin.call('number', 1)).toBe(1);
  });
});
