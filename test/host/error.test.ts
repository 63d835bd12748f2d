import { describe, expect, test } from 'vitest';
import { failureSync } from '../support/errors.ts';
import { HostProbe } from '../support/host-probe.ts';

describe('error_set', () => {
  test('keeps a copy of the last report of the call', () => {
    const probe = new HostProbe();
    const [pointer, length] = probe.text('{"code":"A"}');
    probe.call('error_set', ...probe.text('{"code":"first"}'));
    probe.call('error_set', pointer, length);
    probe.memory.write(pointer, new Uint8Array(length), 'it');
    expect(new TextDecoder().decode(probe.host.guestError)).toBe('{"code":"A"}');
    probe.host.endCall();
    expect(probe.host.guestError).toBeUndefined();
  });

  test('does not keep more than a report needs', () => {
    const probe = new HostProbe();
    probe.call('error_set', ...probe.text('x'.repeat(200_000)));
    expect(probe.host.guestError).toHaveLength(64 * 1024);
  });
});

describe('abort', () => {
  /** Text as AssemblyScript keeps it; the pointer is to the first unit. */
  const string = (probe: HostProbe, text: string): number => {
    const bytes = new Uint8Array(4 + text.length * 2);
    const view = new DataView(bytes.buffer);
    view.setUint32(0, text.length * 2, true);
    for (let i = 0; i < text.length; i++) view.setUint16(4 + i * 2, text.charCodeAt(i), true);
    return probe.bytes(bytes)[0] + 4;
  };

  test('ends the call with the message and the place', () => {
    const probe = new HostProbe();
    const args = [string(probe, 'Index out of range'), string(probe, '~lib/array.ts'), 114, 42] as const;
    const error = failureSync(() => probe.call('abort', ...args), 'TRAP');
    expect(error.message).toBe('The plugin aborted: Index out of range at ~lib/array.ts:114:42');
    expect(error.details).toEqual({
      kind: 'abort',
      message: 'Index out of range',
      file: '~lib/array.ts',
      line: 114,
      column: 42,
    });
  });

  test.each([
    ['null pointers', 0, 0],
    ['pointers outside the memory', -8, 0x7fff_fff0],
  ])('with %s', (_, message, file) => {
    const error = failureSync(() => new HostProbe().call('abort', message, file, -1, -1), 'TRAP');
    expect(error.message).toBe('The plugin aborted');
    expect(error.details).toEqual({ kind: 'abort', message: '' });
  });

  test('cannot forge lines', () => {
    const probe = new HostProbe();
    const error = failureSync(() => probe.call('abort', string(probe, 'a\nb'), 0, 0, 0), 'TRAP');
    expect(error.message).toBe('The plugin aborted: a\\nb');
  });
});
