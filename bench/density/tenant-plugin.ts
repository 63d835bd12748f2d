/** The plugin of the benchmark: it keeps what it is told, 16 KiB of it by and by, and says how much that was. */
import { compilePlugin } from '../../test/support/wat.ts';

/** Where it keeps it: a page of its own, so that its memory is two. */
const KEPT_AT = 65_536;

export const KEEP_FUNCTION = 'keep';
export const compileTenantPlugin = (): Uint8Array<ArrayBuffer> =>
  compilePlugin({
    name: 'tenant',
    memory: '2 16',
    functions: {
      [KEEP_FUNCTION]: `
        (memory.copy (i32.add (i32.const ${KEPT_AT}) (i32.and (global.get $kept) (i32.const 16383)))
          (local.get $ptr) (local.get $len))
        (global.set $kept (i32.add (global.get $kept) (local.get $len)))
        (i32.store (i32.const 8) (i32.const 0x30303030))
        (i32.store8 (i32.const 8) (i32.add (i32.const 49) (i32.rem_u (global.get $kept) (i32.const 9))))
        (call $pack (i32.const 8) (i32.const 1))`,
    },
    extra: '(global $kept (mut i32) (i32.const 0))',
  });
