/** The last word on whether bytes are a valid module: the engine that would run them. */
import { RingfenceError } from '../errors.ts';
import { hex } from '../wasm/reader.ts';

/** Above this size V8 is not asked twice: its reason costs as much again as its verdict. */
const EXPLAINED_BYTES = 16 * 1024 * 1024;

/**
 * Lets V8 validate the module. It must have passed the structural limits, because validation has its own bombs.
 * @throws INVALID_MODULE with V8's reason and the offset that it names
 */
export function checkWithV8(bytes: Uint8Array<ArrayBuffer>): void {
  if (WebAssembly.validate(bytes)) return;
  const reason = bytes.length <= EXPLAINED_BYTES ? reasonOf(bytes) : undefined;
  const at = /@\+(\d+)\s*$/.exec(reason ?? '');
  const offset = at === null ? undefined : Number(at[1]);
  const said = reason === undefined ? 'without a reason' : reason.replace(/\s*@\+\d+\s*$/, '');
  const where = offset === undefined ? '' : ` (at offset ${hex(offset)})`;
  throw new RingfenceError('INVALID_MODULE', `The module does not validate: ${said}${where}`, {
    stage: 'validate',
    details: { reason: said, ...(offset === undefined ? {} : { offset }) },
  });
}

/** `new WebAssembly.Module` says what `validate` only answers with false; functions are compiled at their first call only. */
function reasonOf(bytes: Uint8Array<ArrayBuffer>): string | undefined {
  try {
    new WebAssembly.Module(bytes);
  } catch (error) {
    if (error instanceof Error) return error.message.replace(/^WebAssembly\.Module\(\):\s*/, '');
  }
  return undefined;
}
