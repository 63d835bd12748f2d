/**
 * What a JavaScript plugin finds when it is evaluated: the global `ringfence`, and a `console` that writes to the host's log. It is
 * JavaScript for the engine inside the component, and runs there only. Types for authors are in guest-sdk/js/ringfence.d.ts.
 */
export const PRELUDE = `import * as hostLog from 'ringfence:plugin/log@1.0.0';
import * as hostConfig from 'ringfence:plugin/config@1.0.0';
import * as hostClock from 'ringfence:plugin/clock@1.0.0';
import * as hostHttp from 'ringfence:plugin/http@1.0.0';
import * as hostKv from 'ringfence:plugin/kv@1.0.0';
import * as hostEvents from 'ringfence:plugin/events@1.0.0';
import * as hostPlugins from 'ringfence:plugin/plugins@1.0.0';

/** An error with a code, which the caller of the plugin gets as it is. */
class PluginError extends Error {
  constructor(code, message, details) {
    super(message);
    this.name = 'PluginError';
    this.code = code;
    this.details = details;
  }
}

/** What the host says of a failure, as an error. */
function hostError(thrown) {
  const text = typeof thrown === 'string' ? thrown : (thrown?.payload ?? thrown?.message ?? String(thrown));
  try {
    const { code, message, details } = JSON.parse(text);
    return new PluginError(code, message, details);
  } catch {
    return new PluginError('HOST', String(text));
  }
}
function asking(ask) {
  try {
    return ask();
  } catch (thrown) {
    throw hostError(thrown);
  }
}
const asText = (value) => (value === undefined ? '' : JSON.stringify(value));
const asValue = (text) => (text === '' ? undefined : JSON.parse(text));

function shown(value) {
  if (typeof value === 'string') return value;
  if (value instanceof Error) return value.stack ? String(value) + '\\n' + value.stack : String(value);
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return String(value);
  }
}
const line = (level) => (...values) => hostLog.write(level, values.map(shown).join(' '));
const log = { trace: line(0), debug: line(1), info: line(2), warn: line(3), error: line(4) };

const kv = (request) => asking(() => JSON.parse(hostKv.request(JSON.stringify(request))));

globalThis.console = { ...log, log: log.info };
globalThis.ringfence = Object.freeze({
  PluginError,
  log: Object.freeze(log),
  config: Object.freeze({ get: (key = '') => asValue(hostConfig.get(key)) }),
  clock: Object.freeze({
    now: () => Number(hostClock.now() / 1000000n),
    monotonic: () => Number(hostClock.monotonic() / 1000000n),
  }),
  http: Object.freeze({
    request: (request) =>
      asking(() => JSON.parse(hostHttp.request(JSON.stringify(typeof request === 'string' ? { url: request } : request)))),
  }),
  kv: Object.freeze({
    get: (key) => {
      const { value, version } = kv({ op: 'get', key });
      return { value: value === null ? undefined : JSON.parse(value), version };
    },
    set: (key, value, options) => kv({ ...options, op: 'set', key, value: JSON.stringify(value) }),
    delete: (key, options) => kv({ ...options, op: 'delete', key }),
    list: (options) => kv({ ...options, op: 'list' }),
  }),
  emit: (event, payload) => asking(() => void hostEvents.emit(event, asText(payload))),
  call: (target, input) => asking(() => asValue(hostPlugins.call(target, asText(input)))),
});
`;
