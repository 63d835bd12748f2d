/** Numbers on their way between JSON and WebAssembly. */
export type NumberName = 'i32' | 'i64' | 'f32' | 'f64';

export interface Signature {
  readonly params: readonly NumberName[];
  readonly result: NumberName | undefined;
}

const TEXT = /^\(([^)]*)\) -> (.*)$/;

/** Of "(i32, f64) -> i64", as the validator writes it. */
export function parseSignature(text: string): Signature {
  const [, params = '', result = '()'] = TEXT.exec(text) ?? [];
  return {
    params: params === '' ? [] : (params.split(', ') as NumberName[]),
    result: result === '()' ? undefined : (result as NumberName),
  };
}

/**
 * A JSON value as a number of that type. Numbers of 64 bits may come as text, since JSON has no room for them.
 * @returns undefined for what is none, or has no place in the type
 */
export function numberToGuest(value: unknown, type: NumberName): number | bigint | undefined {
  if (typeof value === 'boolean') return type === 'i32' ? Number(value) : undefined;
  if (type === 'i64') return toWide(value);
  if (typeof value !== 'number') return undefined;
  if (type === 'i32') return Number.isInteger(value) && value >= -(2 ** 31) && value < 2 ** 32 ? value : undefined;
  return value;
}

function toWide(value: unknown): bigint | undefined {
  if (typeof value === 'number') return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (typeof value !== 'string' || !/^-?\d{1,20}$/.test(value)) return undefined;
  const wide = BigInt(value);
  return wide >= -(2n ** 63n) && wide < 2n ** 64n ? wide : undefined;
}

/** A number as JSON: wide ones as text where a double would not hold them, what is no number as null. */
export function numberToJson(value: number | bigint): string {
  if (typeof value !== 'bigint') return JSON.stringify(value);
  return Number.isSafeInteger(Number(value)) ? value.toString() : `"${value}"`;
}
