/**
 * What host functions and services hand over, as JSON and back: bytes, big integers, numbers that JSON has none of, and
 * `undefined` are objects of one member whose name starts with `$`. Bytes that are text are kept as text, so that people can read
 * a recording.
 */
import { isUtf8 } from 'node:buffer';
import { setMember } from '../abi/sparse-object.ts';

/** Deeper than what a JSON limit lets through. */
const MAX_DEPTH = 1_100;

/** A value that no recording can hold, or that no recorder has written. */
export class DataProblem extends Error {}

/** @param strike removes secrets from texts. @throws DataProblem for what is no plain data */
export function encodeData(value: unknown, strike: (text: string) => string, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new DataProblem(`is nested deeper than ${MAX_DEPTH}`);
  switch (typeof value) {
    case 'string':
      return strike(value);
    case 'boolean':
      return value;
    case 'number':
      return Number.isFinite(value) && !Object.is(value, -0)
        ? value
        : { $number: Object.is(value, -0) ? '-0' : `${value}` };
    case 'bigint':
      return { $integer: `${value}` };
    case 'undefined':
      return { $nothing: true };
    case 'object':
      break;
    default:
      throw new DataProblem(`is a ${typeof value}`);
  }
  if (value === null) return null;
  if (value instanceof Uint8Array) return encodeBytes(value, strike);
  if (Array.isArray(value)) return value.map((item) => encodeData(item, strike, depth + 1));
  const members = Object.entries(value)
    .filter(([, member]) => member !== undefined)
    .map(([name, member]) => [name, encodeData(member, strike, depth + 1)] as const);
  const plain = Object.fromEntries(members);
  return members.some(([name]) => name.startsWith('$')) ? { $object: plain } : plain;
}

function encodeBytes(bytes: Uint8Array, strike: (text: string) => string): unknown {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  return isUtf8(bytes) ? { $text: strike(buffer.toString()) } : { $bytes: buffer.toString('base64') };
}

/** @throws DataProblem for what {@link encodeData} does not write */
export function decodeData(value: unknown, depth = 0): unknown {
  if (depth > MAX_DEPTH) throw new DataProblem(`is nested deeper than ${MAX_DEPTH}`);
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((item) => decodeData(item, depth + 1));
  const [first, ...rest] = Object.entries(value);
  if (first?.[0].startsWith('$')) {
    if (rest.length > 0) throw new DataProblem(`has ${first[0]} beside other members`);
    return decodeMarked(first[0], first[1], depth);
  }
  return decodeMembers(value, depth);
}

function decodeMembers(value: object, depth: number): unknown {
  const members = {};
  for (const [name, member] of Object.entries(value)) setMember(members, name, decodeData(member, depth + 1));
  return members;
}

const INTEGER = /^-?\d{1,20}$/;
const NUMBERS: Readonly<Record<string, number>> = {
  NaN: Number.NaN,
  Infinity: Number.POSITIVE_INFINITY,
  '-Infinity': Number.NEGATIVE_INFINITY,
  '-0': -0,
};

function decodeMarked(mark: string, value: unknown, depth: number): unknown {
  switch (mark) {
    case '$nothing':
      return undefined;
    case '$object':
      if (typeof value === 'object' && value !== null) return decodeMembers(value, depth);
      break;
    case '$text':
      if (typeof value === 'string') return new TextEncoder().encode(value);
      break;
    case '$bytes':
      if (typeof value === 'string') return new Uint8Array(Buffer.from(value, 'base64'));
      break;
    case '$integer':
      if (typeof value === 'string' && INTEGER.test(value)) return BigInt.asIntN(64, BigInt(value));
      break;
    case '$number':
      if (typeof value === 'string' && Object.hasOwn(NUMBERS, value)) return NUMBERS[value];
      break;
  }
  throw new DataProblem(`has ${JSON.stringify(mark.slice(0, 40))}, which means nothing here`);
}
