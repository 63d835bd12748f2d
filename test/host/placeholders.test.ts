/** Placeholders in configurations: what is read, and what is refused. */
import { describe, expect, test } from 'vitest';
import { fillPlaceholders } from '../../engine/host/placeholders.ts';
import { Secrets } from '../../engine/host/secrets.ts';
import { failureSync } from '../support/errors.ts';

const secrets = new Secrets({ API_KEY: 'sk-0123456789' });
const environment: Record<string, string | undefined> = {
  HOST: 'api.example.com',
  PORT: '8080',
  EMPTY: '',
  HOME: '/root',
  TRICK: `\${HOME}`,
};
const ALL = ['HOST', 'PORT', 'EMPTY', 'UNSET', 'TRICK', 'constructor', '__proto__'];
const fill = (value: unknown, allowed: readonly string[] | null = ALL): unknown =>
  fillPlaceholders(value, {
    allowed: allowed ?? undefined,
    environment,
    secrets: secrets.names,
    secret: (name) => secrets.get(name),
  });

describe('are filled in', () => {
  test.each([
    ['no placeholder', 'no placeholder'],
    ['', ''],
    [`https://\${HOST}:\${PORT}/`, 'https://api.example.com:8080/'],
    [`\${UNSET:-fallback}`, 'fallback'],
    [`\${UNSET:-}`, ''],
    [`\${EMPTY:-fallback}`, 'fallback'],
    [`<\${EMPTY}>`, '<>'],
    [`\${HOST:-fallback}`, 'api.example.com'],
    [`\${UNSET:-a b/$c:-{d}`, 'a b/$c:-{d'],
    [`\${UNSET:-two\nlines}`, 'two\nlines'],
    [`$\${HOST} $ {HOST} $HOST {HOST}`, `\${HOST} $ {HOST} $HOST {HOST}`],
    [`$$\${HOST}`, `$\${HOST}`],
  ])('%j is %j', (text, filled) => {
    expect(fill(text)).toBe(filled);
  });

  test('in texts wherever they are, but not in names', () => {
    expect(fill({ a: [1, `\${HOST}`, JSON.parse(`{"\${HOST}":"\${PORT}"}`)], b: true, c: null })).toEqual({
      a: [1, 'api.example.com', JSON.parse(`{"\${HOST}":"8080"}`)],
      b: true,
      c: null,
    });
  });

  test('once: what a variable holds is not looked at again', () => {
    expect(fill(`\${TRICK}`)).toBe(`\${HOME}`);
  });

  test('and the value that was given stays as it was', () => {
    const given = { a: [`\${HOST}`] };
    fill(given);
    expect(given).toEqual({ a: [`\${HOST}`] });
  });

  test('a name such as `__proto__` is a name', () => {
    const filled = fill(JSON.parse(`{"__proto__":{"x":"\${PORT}"}}`)) as object;
    expect(Object.entries(filled)).toEqual([['__proto__', { x: '8080' }]]);
    expect(({} as { x?: string }).x).toBeUndefined();
  });
});

describe('are refused', () => {
  test.each([
    ['a variable that is not listed', `\${HOME}`, 'env: ["HOME"]'],
    ['also with a default', `\${HOME:-x}`, 'env: ["HOME"]'],
    ['one that is not set', `\${UNSET}`, 'not set'],
    ['a name that every object has', `\${constructor}`, 'not set'],
    ['another', `\${__proto__}`, 'not set'],
    ['no name', `\${}`, 'without a placeholder'],
    ['a name with a blank', `\${ HOST }`, 'without a placeholder'],
    ['another form of shells', `\${HOST-x}`, 'without a placeholder'],
    ['no end', `https://\${HOST`, 'without a placeholder'],
    ['a secret that is not there', `\${secret:OTHER}`, 'secret "OTHER"'],
    ['a secret without a name', `\${secret:}`, 'secret ""'],
    ['a secret itself', 'Bearer sk-0123456789', `\${secret:API_KEY}`],
  ])('%s', (_, text, said) => {
    const error = failureSync(() => fill({ list: [{ 'a/b': text }] }), 'INVALID_CONFIG');
    expect(error.message).toContain(said);
    expect(error.message).toContain('/list/0/a~1b');
    expect(error.details).toMatchObject({ path: '/list/0/a~1b' });
  });

  test('and no message has the value of a variable or a secret in it', () => {
    for (const text of [`\${HOST} \${HOME}`, 'sk-0123456789', `\${PORT}\${`]) {
      const said = JSON.stringify(failureSync(() => fill(text), 'INVALID_CONFIG'));
      for (const value of ['api.example.com', '8080', '/root', 'sk-0123456789']) expect(said).not.toContain(value);
    }
  });
});

test('references to secrets stay: the host puts them in where they are sent', () => {
  expect(fill(`Bearer \${secret:API_KEY} \${PORT}`)).toBe(`Bearer \${secret:API_KEY} 8080`);
});

test('without a list, texts are left alone, but for secrets', () => {
  for (const text of [`\${HOST}`, `$\${HOST}`, `\${`, `\${ x }`]) expect(fill(text, null)).toBe(text);
  failureSync(() => fill(`\${secret:OTHER}`, null), 'INVALID_CONFIG');
  expect(fill(`\${secret:API_KEY}`, null)).toBe(`\${secret:API_KEY}`);
});
