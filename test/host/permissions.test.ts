/** What is effective of what a manifest asks for, and the lines that grant the rest. */
import { describe, expect, test } from 'vitest';
import { fillGrants, type GrantsInput, mergeGrants } from '../../engine/grants.ts';
import { permissionDifference } from '../../engine/host/permission-difference.ts';
import { permissionDenied, permitsOf, requiredOf, resolvePermissions } from '../../engine/host/permissions.ts';
import type { Permissions } from '../../engine/validate/index.ts';
import { grantFlags, grantLine } from '../../engine/validate/permission-lines.ts';
import { failureSync } from '../support/errors.ts';

const resolve = (asked: Permissions, grants: GrantsInput) => resolvePermissions(asked, fillGrants(grants));
const names = (items: readonly { capability: string; name?: string }[]) =>
  items.map(({ capability, name }) => (name === undefined ? capability : `${capability} ${name}`));

const ASKED: Permissions = {
  http: [
    { host: 'https://api.example.com', methods: ['GET'], reason: 'catalogue' },
    { host: 'https://*.cdn.example.com', reason: 'covers', optional: true },
  ],
  kv: { reason: 'cache', optional: true },
  clock: true,
  call: ['search', { name: 'Other/one', reason: 'asks it' }],
  emit: ['order.*'],
  custom: [{ name: 'mailer', reason: 'sends letters' }],
};

describe('what is effective', () => {
  test('nothing is granted: everything is missing, with its reason and the line', () => {
    const { asked, granted, missing } = resolve(ASKED, {});
    expect(granted).toEqual([]);
    expect(missing).toHaveLength(asked.length);
    expect(missing[0]).toEqual({
      capability: 'http',
      name: 'https://api.example.com',
      methods: ['GET'],
      reason: 'catalogue',
      optional: false,
      add: '"http": ["https://api.example.com"]',
      flag: '--grant http=https://api.example.com',
    });
    expect(names(requiredOf(missing))).toEqual([
      'http https://api.example.com',
      'call search',
      'call Other/one',
      'emit order.*',
      'custom mailer',
      'clock',
    ]);
  });

  test('what nobody asked for is not granted', () => {
    const all = { http: true, kv: true, clock: true, random: true, call: true, emit: true, custom: true };
    expect(resolve({}, all)).toEqual({ asked: [], granted: [], missing: [] });
    expect(permitsOf(resolve({}, all)).size).toBe(0);
  });

  test('true grants whatever is asked for', () => {
    const { granted, missing } = resolve(ASKED, {
      http: true,
      kv: true,
      clock: true,
      call: true,
      emit: true,
      custom: true,
    });
    expect(missing).toEqual([]);
    expect(granted.every(({ partly }) => !partly)).toBe(true);
  });

  test.each<[string, Permissions, GrantsInput, 'all' | 'part' | 'none']>([
    [
      'the origin itself',
      { http: [{ host: 'api.example.com', reason: 'r' }] },
      { http: ['https://api.example.com'] },
      'all',
    ],
    ['in capitals', { http: [{ host: 'API.example.com', reason: 'r' }] }, { http: ['api.EXAMPLE.com'] }, 'all'],
    ['a wider one', { http: [{ host: 'api.example.com', reason: 'r' }] }, { http: ['*.example.com'] }, 'all'],
    ['a narrower one', { http: [{ host: '*.example.com', reason: 'r' }] }, { http: ['api.example.com'] }, 'part'],
    [
      'one port of any',
      { http: [{ host: 'http://a.example:*', reason: 'r' }] },
      { http: ['http://a.example:81'] },
      'part',
    ],
    [
      'another port',
      { http: [{ host: 'http://a.example:80', reason: 'r' }] },
      { http: ['http://a.example:81'] },
      'none',
    ],
    ['another scheme', { http: [{ host: 'http://a.example', reason: 'r' }] }, { http: ['https://a.example'] }, 'none'],
    ['a name above', { http: [{ host: 'a.example.com', reason: 'r' }] }, { http: ['example.com'] }, 'none'],
    [
      'a suffix that is no name',
      { http: [{ host: 'badexample.com', reason: 'r' }] },
      { http: ['*.example.com'] },
      'none',
    ],
    [
      'crossing patterns',
      { http: [{ host: 'http://*.example.com:80', reason: 'r' }] },
      { http: ['http://a.example.com:*'] },
      'part',
    ],
    ['all events below', { emit: ['order.created'] }, { emit: ['order.*'] }, 'all'],
    ['one event of all', { emit: ['order.*'] }, { emit: ['order.created'] }, 'part'],
    ['another event', { emit: ['order.created'] }, { emit: ['orders.*'] }, 'none'],
    ['the plugin', { call: ['search'] }, { call: ['search'] }, 'all'],
    ['a plugin whose name is longer', { call: ['search'] }, { call: ['search2'] }, 'none'],
    ['a capability of the application', { custom: ['mailer'] }, { custom: ['mailer'] }, 'all'],
    ['another one', { custom: ['mailer'] }, { custom: ['printer'] }, 'none'],
  ])('a list grants what is in it: %s', (_, asked, grants, expected) => {
    const { granted, missing } = resolve(asked, grants);
    const [first] = granted;
    expect(first === undefined ? 'none' : first.partly ? 'part' : 'all').toBe(expected);
    expect(missing).toHaveLength(expected === 'none' ? 1 : 0);
  });

  test('a grant that is malformed is the operator’s mistake, asked for or not', () => {
    for (const asked of [{}, ASKED])
      failureSync(() => resolve(asked, { http: ['example.com/path'] }), 'INVALID_OPTION');
  });
});

describe('what host functions may do', () => {
  test('a capability is linked once some of it is granted; the refusal of another names its line', () => {
    const permits = permitsOf(resolve(ASKED, { http: ['https://api.example.com'], custom: ['mailer'] }));
    expect(permits.get('http')).toEqual({ granted: true });
    expect(permits.get('custom:mailer')).toEqual({ granted: true });
    expect(permits.get('kv')).toEqual({
      granted: false,
      refusal: 'The plugin was not granted kv. Add to its grants: "kv": true',
    });
    expect(permits.get('random')).toBeUndefined();
  });
});

describe('the lines to add', () => {
  test('carry what is granted already', () => {
    const grants = fillGrants({ http: ['https://other.example'], call: ['search'] });
    const { missing } = resolvePermissions(ASKED, grants);
    expect(grantLine(missing, grants)).toBe(
      '"http": ["https://other.example","https://api.example.com","https://*.cdn.example.com"], ' +
        '"call": ["search","Other/one"], "emit": ["order.*"], "custom": ["mailer"], "kv": true, "clock": true',
    );
  });

  test('can be taken over by the command line as they are', () => {
    expect(grantFlags(resolve(ASKED, {}).missing)).toBe(
      "--grant http=https://api.example.com --grant 'http=https://*.cdn.example.com' --grant call=search --grant call=Other/one --grant 'emit=order.*' --grant custom=mailer --grant kv --grant clock",
    );
  });

  test('once added, nothing is missing any more', () => {
    const grants = fillGrants(JSON.parse(`{${grantLine(resolve(ASKED, {}).missing)}}`));
    expect(resolvePermissions(ASKED, grants).missing).toEqual([]);
  });

  test('stand in the error, with the reasons on one line', () => {
    const { missing } = resolve({ kv: { reason: 'keeps\u2028its\u202edata' } }, {});
    const error = permissionDenied('p', missing, {});
    expect(error).toMatchObject({ code: 'PERMISSION_DENIED', details: { add: '"kv": true', flags: '--grant kv' } });
    expect(error.message).toContain('kv (“keeps\\u2028its\\u202edata”). Add to its grants: "kv": true');
  });
});

test('grants add up', () => {
  const merge = (a: GrantsInput, b: GrantsInput) => mergeGrants(fillGrants(a), fillGrants(b));
  expect(merge({ http: ['a.example'], kv: true }, { http: ['b.example', 'a.example'], clock: false })).toEqual({
    http: ['a.example', 'b.example'],
    kv: true,
  });
  expect(merge({ http: ['a.example'] }, { http: true })).toEqual({ http: true });
  expect(merge({}, {})).toEqual({});
});

describe('the difference between two versions', () => {
  const difference = (before: Permissions, after: Permissions) => {
    const { added, removed, nowRequired, asksForMore } = permissionDifference(before, after);
    return { added: names(added), removed: names(removed), nowRequired: names(nowRequired), asksForMore };
  };
  const nothing = { added: [], removed: [], nowRequired: [], asksForMore: false };

  test.each<[string, Permissions, Permissions, Partial<ReturnType<typeof difference>>]>([
    ['none', ASKED, ASKED, {}],
    ['another reason', { clock: { reason: 'a' } }, { clock: { reason: 'b' } }, {}],
    ['one more', { clock: true }, { clock: true, random: true }, { added: ['random'], asksForMore: true }],
    ['one less', { clock: true, random: true }, { random: true }, { removed: ['clock'] }],
    [
      'no longer optional',
      { kv: { reason: 'r', optional: true } },
      { kv: true },
      { nowRequired: ['kv'], asksForMore: true },
    ],
    ['optional now', { kv: true }, { kv: { reason: 'r', optional: true } }, {}],
    [
      'a wider pattern',
      { http: [{ host: 'a.example.com', reason: 'r' }] },
      { http: [{ host: '*.example.com', reason: 'r' }] },
      { added: ['http *.example.com'], asksForMore: true },
    ],
    [
      'a narrower pattern',
      { http: [{ host: '*.example.com', reason: 'r' }] },
      { http: [{ host: 'a.example.com', reason: 'r' }] },
      { removed: ['http *.example.com'] },
    ],
    [
      'one more method',
      { http: [{ host: 'a.example', methods: ['GET'], reason: 'r' }] },
      { http: [{ host: 'a.example', methods: ['GET', 'POST'], reason: 'r' }] },
      { added: ['http a.example'], asksForMore: true },
    ],
    [
      'all methods',
      { http: [{ host: 'a.example', methods: ['GET'], reason: 'r' }] },
      { http: [{ host: 'a.example', reason: 'r' }] },
      { added: ['http a.example'], asksForMore: true },
    ],
    [
      'another event',
      { emit: ['order.*'] },
      { emit: ['order.paid', 'user.new'] },
      { added: ['emit user.new'], removed: ['emit order.*'], asksForMore: true },
    ],
  ])('%s', (_, before, after, expected) => {
    expect(difference(before, after)).toEqual({ ...nothing, ...expected });
  });
});
