/** UTF-8 both ways, against the platform's own codecs. */
import fc from 'fast-check';
import { beforeAll, expect, test } from 'vitest';
import { MiniHost } from '../support/mini-host.ts';
import { fixture } from './support/drivers.ts';

let plugin: MiniHost;
beforeAll(async () => {
  plugin = new MiniHost(await fixture('values'));
});

const decode = (bytes: Uint8Array): unknown => JSON.parse(new TextDecoder().decode(plugin.callBytes('decode', bytes)));
const platform = new TextDecoder('utf-8', { ignoreBOM: true });

test.each([
  ['nothing', []],
  ['a NUL', [0x61, 0x00, 0x62]],
  ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61]],
  ['a lone continuation', [0x80]],
  ['a cut sequence', [0xe2, 0x82]],
  ['a cut sequence before text', [0xf0, 0x9f, 0x8e, 0x61, 0x62]],
  ['overlong forms', [0xc0, 0x80, 0xe0, 0x80, 0x80, 0xf0, 0x80, 0x80, 0x80]],
  ['an encoded surrogate', [0xed, 0xa0, 0x80]],
  ['beyond Unicode', [0xf4, 0x90, 0x80, 0x80, 0xf8]],
  ['the last code point', [0xf4, 0x8f, 0xbf, 0xbf]],
])('%s decodes as everywhere else', (_, bytes) => {
  const given = Uint8Array.from(bytes);
  expect(decode(given)).toBe(platform.decode(given));
});

test('any bytes decode as everywhere else', () => {
  const interesting = fc.constantFrom(
    0x00,
    0x41,
    0x7f,
    0x80,
    0x8f,
    0x90,
    0x9f,
    0xa0,
    0xbf,
    0xc1,
    0xc2,
    0xdf,
    0xe0,
    0xed,
    0xef,
    0xf0,
    0xf4,
    0xf5,
    0xff,
  );
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(interesting, { maxLength: 40 }), (random, edges) => {
      for (const bytes of [random, Uint8Array.from(edges)]) expect(decode(bytes)).toBe(platform.decode(bytes));
    }),
    { numRuns: 3_000 },
  );
});

test('any text encodes as everywhere else, a lone surrogate as U+FFFD', () => {
  const text = fc.string({
    unit: fc.oneof(
      fc.constantFrom('a', 'é', '日', '🎵', '\ud800', '\udfff', '\u0000'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    ),
    maxLength: 40,
  });
  fc.assert(
    fc.property(text, (value) => {
      expect(plugin.call('encode', value)).toEqual([...new TextEncoder().encode(value)]);
    }),
    { numRuns: 2_000 },
  );
});

test('a string result may be any text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (value) => {
      expect(plugin.call('text', value)).toBe(value);
    }),
    { numRuns: 1_000 },
  );
});
