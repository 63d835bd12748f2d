/** Output of guests that do not speak our ABI, under the same limit and in the same forms. */
import type { RingfenceError } from '../../errors.ts';
import { overLimit } from '../../host/account.ts';
import type { HostContext } from '../../host/context.ts';
import { decodeText } from '../../memory/utf8.ts';
import type { Input, Output, OutputKind, OutputSink } from '../guest-calls.ts';

/** A copy of this is the cheapest new empty array in V8. */
const NOTHING = new Uint8Array(0);
const encoder = new TextEncoder();
const lenient = new TextDecoder('utf-8', { ignoreBOM: true });

/** Takes output where it lies. @returns the output, or what is wrong with it */
export function takeOutput(
  { account }: HostContext,
  bytes: Uint8Array<ArrayBuffer>,
  as: OutputKind | OutputSink,
  what: string,
): Output | RingfenceError {
  const { outputBytes } = account.limits;
  account.bytesOut = bytes.length;
  if (bytes.length > outputBytes) return overLimit('outputBytes', outputBytes, 'bytes of output', bytes.length);
  if (as === 'bytes') return bytes.slice();
  if (as !== 'text') return as.take(bytes);
  try {
    return decodeText(bytes, what);
  } catch (error) {
    return error as RingfenceError;
  }
}

/** Input as bytes. @returns what is wrong with it where it is over the limit */
export function inputBytesOf({ account }: HostContext, input: Input): Uint8Array | RingfenceError {
  const { inputBytes } = account.limits;
  // Text has at least a byte for each unit: what is far too long is not encoded.
  const bytes = typeof input === 'string' && input.length <= inputBytes ? encoder.encode(input) : input;
  account.bytesIn = bytes.length;
  if (typeof bytes === 'string' || bytes.length > inputBytes)
    return overLimit('inputBytes', inputBytes, 'bytes of input', bytes.length);
  return bytes;
}

/** Input as text, for guests that get values and no bytes. */
export function inputTextOf({ account }: HostContext, input: Input): string | RingfenceError {
  const { inputBytes } = account.limits;
  account.bytesIn = input.length;
  if (input.length > inputBytes) return overLimit('inputBytes', inputBytes, 'bytes of input', input.length);
  return typeof input === 'string' ? input : lenient.decode(input);
}

/** A value as output: JSON text, or the bytes of it. */
export function giveOutput(host: HostContext, text: string, as: OutputKind | OutputSink): Output | RingfenceError {
  const { outputBytes } = host.account.limits;
  host.account.bytesOut = text.length;
  if (text.length > outputBytes) return overLimit('outputBytes', outputBytes, 'bytes of output', text.length);
  if (as === 'text') return text;
  return takeOutput(host, encoder.encode(text), as, 'output');
}

/** The output of a call that has none. */
export function noOutput(as: OutputKind | OutputSink): Output {
  if (as === 'text') return '';
  return as === 'bytes' ? new Uint8Array(NOTHING) : as.take(NOTHING);
}

/** @throws what is wrong with the answer of a guest that has returned in good order */
export function answerOf(answer: Output | Error): Output {
  if (answer instanceof Error) throw answer;
  return answer;
}
