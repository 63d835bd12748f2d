/**
 * For tests of plugins: a built plugin in a real engine, with fakes at the boundary of its host. Works with any test framework.
 *
 * @example
 * import { assertUsage, testPlugin } from 'ringfence/testing';
 *
 * await using weather = await testPlugin('build/weather.wasm', {
 *   http: [{ url: 'https://weather.example.com/*', json: { degrees: 21 } }],
 * });
 * const { value, usage } = await weather.invoke('temperature', { town: 'Bern' });
 */
export { assertUsage, type Failure, failureOf } from './checks.ts';
export type { FakeHttp, HttpAnswer, HttpRule, SentRequest } from './fake-http.ts';
export type { FakeKv, KvValue } from './fake-kv.ts';
export { type FakePlugin, type PluginCall, type TestOptions, TestPlugin, testPlugin } from './harness.ts';
