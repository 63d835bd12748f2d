/** Secrets struck from what is written down. */
import { describe, expect, test } from 'vitest';
import { Redactor, STRUCK } from '../../engine/host/redactor.ts';

const SECRET = 'p@ss w0rd/"+é\\~key';
const redactor = new Redactor([SECRET, 'sk-0123456789abcdef']);
const base64 = (text: string, encoding: BufferEncoding = 'utf8'): string =>
  Buffer.from(text, encoding).toString('base64');

describe('a secret is struck', () => {
  test.each<[form: string, text: string]>([
    ['as it is', SECRET],
    ['in JSON', JSON.stringify({ key: SECRET })],
    ['in a query', `?key=${encodeURIComponent(SECRET)}&x=1`],
    ['in a form', `key=${new URLSearchParams({ key: SECRET }).toString().slice(4)}`],
    ['in a URL with small hexadecimal digits', encodeURIComponent(SECRET).replace(/%../g, (it) => it.toLowerCase())],
    ['in base64', base64(SECRET)],
    ['in base64 for URLs', Buffer.from(SECRET).toString('base64url')],
    ['in base64 of Latin-1', base64(SECRET, 'latin1')],
    ['in hexadecimal', Buffer.from(SECRET).toString('hex')],
    ['in large hexadecimal', Buffer.from(SECRET).toString('hex').toUpperCase()],
  ])('%s', (_, text) => {
    const struck = redactor.strike(`before ${text} after`);
    expect(struck).toContain(STRUCK);
    expect(struck).toMatch(/^before /);
    expect(struck).toMatch(/ after$/);
    for (const part of [SECRET, base64(SECRET).slice(4, 16), encodeURIComponent(SECRET).slice(0, 12)]) {
      expect(struck).not.toContain(part);
    }
  });

  test.each(['', 'u', 'us', 'user:', 'a longer name:'])('in base64 behind %j', (before) => {
    for (const after of ['', '!', '!!', ' and more']) {
      const struck = redactor.strike(`Basic ${base64(`${before}sk-0123456789abcdef${after}`)}`);
      expect(struck).toContain(STRUCK);
      expect(Buffer.from(struck.slice(6).replace(STRUCK, ''), 'base64').toString()).not.toContain('0123456789');
    }
  });

  test('wherever it is, and as often', () => {
    expect(redactor.strike(`${SECRET}${SECRET}x${SECRET}`)).toBe(`${STRUCK}${STRUCK}x${STRUCK}`);
  });

  test('at a cut, as far as it was written', () => {
    expect(redactor.strike('key sk-0123456789… [8 of 90 bytes cut]')).toBe(`key ${STRUCK}… [8 of 90 bytes cut]`);
    expect(redactor.strike('key sk-0123456…')).toBe(`key ${STRUCK}…`);
    expect(redactor.strike('key sk-0123456789abcdef…')).toBe(`key ${STRUCK}…`);
  });
});

describe('nothing else is', () => {
  test.each(['', 'no secret here', 'sk-0123', 'p@ss w0rd', 'cut sk-01…', 'cut…', '…', 'sk-9876543210…'])(
    '%j',
    (text) => {
      expect(redactor.strike(text)).toBe(text);
    },
  );

  test('where there are no secrets', () => {
    const none = new Redactor([]);
    const data = { a: [SECRET] };
    expect(none.strike(SECRET)).toBe(SECRET);
    expect(none.strikeData(data)).toBe(data);
  });
});

describe('data', () => {
  test('has them struck from names and texts, however deep', () => {
    const data = { list: [1, { [SECRET]: `x${SECRET}` }], none: null };
    expect(redactor.strikeData(data)).toEqual({ list: [1, { [STRUCK]: `x${STRUCK}` }], none: null });
  });

  test('without any is the same data', () => {
    const data = { a: 1 };
    expect(redactor.strikeData(data)).toBe(data);
  });

  test('keeps names such as `__proto__` as names', () => {
    const struck = redactor.strikeData(JSON.parse(`{"__proto__":{"x":1},"s":${JSON.stringify(SECRET)}}`)) as object;
    expect(Object.getPrototypeOf(struck)).toBeNull();
    expect(Object.keys(struck)).toEqual(['__proto__', 's']);
    expect(({} as { x?: number }).x).toBeUndefined();
  });

  test('that cannot be looked at is left out', () => {
    const cycle: { self?: unknown } = {};
    cycle.self = cycle;
    expect(redactor.strikeData(cycle)).toEqual({});
    expect(redactor.strikeData({ big: 1n })).toEqual({});
  });
});

test('characters that mean something in a pattern are characters', () => {
  const odd = `.*+?^$\${}()|[]\\-/`;
  const own = new Redactor([odd]);
  expect(own.strike(`a${odd}b`)).toBe(`a${STRUCK}b`);
  expect(own.strike('aXb')).toBe('aXb');
});

test('a hundred secrets of the largest size, and a text that nearly holds some', () => {
  const many = Array.from({ length: 100 }, (_, i) => `${i}-${'0123456789abcdef '.repeat(470)}`);
  const own = new Redactor(many);
  const text = many
    .slice(0, 3)
    .map((secret) => secret.slice(0, -1))
    .join('|');
  expect(own.strike(text)).toBe(text);
  expect(own.strike(`${text}|${many[42]}`)).toBe(`${text}|${STRUCK}`);
});
