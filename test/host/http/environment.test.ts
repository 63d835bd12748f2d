/** Proxies that the environment names are not used: behind them nobody can tell where a request goes. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { RawServer } from '../../support/raw-server.ts';

const run = promisify(execFile);
const support = fileURLToPath(new URL('../../support/http-gateway.ts', import.meta.url));

test('proxies of the environment are ignored', async () => {
  await using proxy = await RawServer.answering('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nproxy');
  await using server = await RawServer.answering('HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nserver');
  const script = `
    import { TestGateway } from ${JSON.stringify(support)};
    await using plugin = new TestGateway({ granted: [${JSON.stringify(server.origin)}] });
    console.log(JSON.stringify(await plugin.fetch(${JSON.stringify(server.origin)})));`;
  const names = ['HTTP_PROXY', 'http_proxy', 'HTTPS_PROXY', 'https_proxy', 'ALL_PROXY', 'all_proxy'];
  const { stdout } = await run(process.execPath, ['--input-type=module-typescript', '-e', script], {
    env: {
      ...process.env,
      NODE_USE_ENV_PROXY: '1',
      NO_PROXY: '',
      ...Object.fromEntries(names.map((name) => [name, proxy.origin])),
    },
  });
  expect(JSON.parse(stdout)).toMatchObject({ status: 200, body: 'server' });
  expect(proxy.received).toEqual([]);
});
