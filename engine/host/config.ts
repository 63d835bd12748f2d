/** Capability `config`: the plugin reads its own configuration. */
import type { HostFunction } from './function.ts';

export const CONFIG: readonly HostFunction[] = [
  {
    name: 'config_get',
    capability: 'config',
    params: ['i32', 'i32'],
    results: ['i64'],
    spans: [0],
    price: { base: 5_000, perByte: 10 },
    call: (host, pointer, length) => {
      const text = host.config.get(host.memory.readTextLeniently(pointer, length, 'configuration key'));
      return text === undefined ? 0n : host.giveText(text);
    },
  },
];

const EMPTY: ReadonlyMap<string, string> = new Map([['', '{}']]);

/** The configuration as `config_get` hands it out: JSON text by top-level key, and all of it under the empty key. */
export function configTexts(config: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  if (Object.keys(config).length === 0) return EMPTY;
  const texts = new Map(Object.entries(config).map(([key, value]) => [key, JSON.stringify(value)]));
  return texts.set('', JSON.stringify(config));
}
