/** A plugin that is too large to be checked and metered on the calling thread. */
import { IN_PLACE_BYTES } from '../../engine/runtime/compiler.ts';
import { compilePlugin, ECHO } from './wat.ts';

const WORK = `(local $i i32)
  (loop $next
    (local.set $i (i32.add (local.get $i) (i32.const 1)))
    (if (i32.and (local.get $i) (i32.const 1)) (then (local.set $i (i32.mul (local.get $i) (i32.const 3)))))
    (br_if $next (i32.lt_u (local.get $i) (local.get 0))))
  (local.get $i)`;

/**
 * A plugin with the functions `echo` and `version`, which returns its version.
 * @param functions each makes it some 45 bytes larger
 * @param version plugins of different versions have different bytes
 */
export function largePlugin(functions = 1_000, version = '1.0.0'): Uint8Array<ArrayBuffer> {
  const bytes = compilePlugin({
    version,
    functions: {
      echo: ECHO,
      version: `(memory.copy (i32.const 8) (i32.const 3000) (i32.const ${version.length + 2})) (call $pack (i32.const 3000) (i32.const ${version.length + 2}))`,
    },
    extra: `(data (i32.const 3000) "\\"${version}\\"")
      ${Array.from({ length: functions }, () => `(func (param i32) (result i32) ${WORK})`).join('\n')}`,
  });
  if (bytes.length <= IN_PLACE_BYTES) throw new Error(`${bytes.length} bytes are done in place`);
  return bytes;
}
