import { expect, test } from 'vitest';
import { JSON_TYPES } from '../../engine/host/json-store.ts';
import { failureSync } from '../support/errors.ts';
import { HostProbe } from '../support/host-probe.ts';

test('handles: so many may be open at the same time, and freed ones count no more', () => {
  const probe = new HostProbe({ limits: { jsonHandles: 3 } });
  const open = (): number => probe.number('json_new', JSON_TYPES.null);
  const [first = 0] = [open(), open(), open()];
  probe.call('json_free', first);
  const fourth = open();
  expect(fourth).toBeGreaterThan(3);
  expect(failureSync(open, 'LIMIT_EXCEEDED').details).toMatchObject({ limit: 'jsonHandles', allowed: 3 });
});

test('a document too large to hold is refused with a reason', () => {
  const probe = new HostProbe({ limits: { memory: '1MiB' } });
  const many = `[${'1,'.repeat(20_000)}1]`;
  expect(probe.number('json_parse', ...probe.text(many))).toBe(0);
  expect(probe.taken('json_error')).toContain('limit `memory`');
  expect(probe.number('json_parse', ...probe.text('[1]'))).toBeGreaterThan(0);
});

test('documents held together count together, until no handle is left', () => {
  const probe = new HostProbe({ limits: { memory: '1MiB' } });
  const text = probe.text(`"${'x'.repeat(400_000)}"`);
  const handles = [probe.number('json_parse', ...text), probe.number('json_parse', ...text)];
  expect(handles.every((handle) => handle > 0)).toBe(true);
  expect(probe.number('json_parse', ...text)).toBe(0);
  probe.call('json_free', handles[0] as number);
  expect(probe.number('json_parse', ...text)).toBe(0);
  probe.call('json_free', handles[1] as number);
  expect(probe.number('json_parse', ...text)).toBeGreaterThan(0);
});

test('building without end runs into the limit', () => {
  const probe = new HostProbe({ limits: { memory: '64KiB', hostCalls: 100_000 } });
  const list = probe.number('json_new', JSON_TYPES.array);
  const error = failureSync(() => {
    for (;;) probe.call('json_push', list, list);
  }, 'LIMIT_EXCEEDED');
  expect(error.details).toMatchObject({ limit: 'memory' });
});

test('a document that is exponentially larger written than held costs fuel as it is written', () => {
  const probe = new HostProbe({ limits: { fuel: 100_000_000, jsonDepth: 64, hostCalls: 100_000 } });
  let value = probe.number('json_new', JSON_TYPES.array);
  for (let i = 0; i < 40; i++) {
    const outer = probe.number('json_new', JSON_TYPES.array);
    for (let k = 0; k < 2; k++) probe.call('json_push', outer, value);
    value = outer;
  }
  failureSync(() => probe.call('json_stringify', value), 'OUT_OF_FUEL');
});

test('and has a largest size, however much fuel there is', () => {
  const probe = new HostProbe({ limits: { memory: '64KiB', hostCalls: 100_000 } });
  let value = probe.number('json_new_string', ...probe.text('x'.repeat(1_000)));
  for (let i = 0; i < 10; i++) {
    const outer = probe.number('json_new', JSON_TYPES.array);
    for (let k = 0; k < 4; k++) probe.call('json_push', outer, value);
    value = outer;
  }
  expect(failureSync(() => probe.call('json_stringify', value), 'LIMIT_EXCEEDED').details).toMatchObject({
    limit: 'memory',
  });
});

test('parsing is paid by the byte, before it is done', () => {
  const probe = new HostProbe();
  const short = probe.text('"x"');
  const long = probe.text(`"${'x'.repeat(1_001)}"`);
  const difference =
    probe.cost(() => probe.call('json_parse', ...long)) - probe.cost(() => probe.call('json_parse', ...short));
  expect(difference).toBe(1_000 * 60);
  const poor = new HostProbe({ limits: { fuel: 1_000_000 } });
  const text = poor.text('x'.repeat(60_000));
  failureSync(() => poor.call('json_parse', ...text), 'OUT_OF_FUEL');
  expect(poor.host.json.failure).toBeUndefined();
});

test('nothing is left for the next call', () => {
  const probe = new HostProbe();
  const handle = probe.number('json_parse', ...probe.text('[1]'));
  probe.number('json_parse', ...probe.text('x'));
  probe.host.endCall();
  expect(probe.call('json_type', handle)).toBe(JSON_TYPES.none);
  expect(probe.call('json_error')).toBe(0n);
});
