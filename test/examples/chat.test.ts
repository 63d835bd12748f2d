/** The chat as one command runs it: its plugins do their work, outlive the death of their process, and are upgraded live. */
import { execFileSync } from 'node:child_process';
import { cpSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { buildPlugin } from '../../engine/build/index.ts';
import { REPOSITORY, temporaryDir } from '../cli/support/cli.ts';
import { Running } from '../cli/support/running.ts';

const EXAMPLE = join(REPOSITORY, 'examples/chat');
const dir = temporaryDir();
const plugins = ['moderation', 'translation', 'statistics'];

beforeAll(async () => {
  cpSync(EXAMPLE, dir, { recursive: true, filter: (path) => !/build$|\.ts$/.test(path) || path.includes('assembly') });
  for (const name of plugins) await buildPlugin({ source: join(dir, 'plugins', name), release: false });
});

interface Status {
  readonly id: string;
  readonly state: string;
  readonly version: string;
}

class Client {
  readonly #origin: string;

  constructor(origin: string) {
    this.#origin = origin;
  }

  async say(user: string, text: string): Promise<{ readonly status: number; readonly json: Record<string, unknown> }> {
    const response = await fetch(`${this.#origin}/messages`, { method: 'POST', body: JSON.stringify({ user, text }) });
    return { status: response.status, json: (await response.json()) as Record<string, unknown> };
  }

  async get<Value>(path: string): Promise<Value> {
    return (await (await fetch(`${this.#origin}${path}`)).json()) as Value;
  }

  async versionOf(plugin: string): Promise<string | undefined> {
    return (await this.get<Status[]>('/status')).find(({ id }) => id === plugin)?.version;
  }
}

const childrenOf = (pid: number): number[] =>
  execFileSync('ps', ['-o', 'pid=', '--ppid', String(pid)], { encoding: 'utf8' })
    .trim()
    .split(/\s+/)
    .map(Number);

test('a chat with moderation, translation and statistics', async () => {
  await using running = new Running([join(EXAMPLE, 'main.ts'), join(dir, 'ringfence.yaml'), '0'], dir);
  const client = new Client((await running.next(/chat at (\S+)/)).replace('chat at ', ''));

  const said = await client.say('ada', 'hello friend');
  expect(said.status).toBe(201);
  expect(said.json).toMatchObject({ text: 'hello friend', translations: { de: 'hallo Freund', fr: 'bonjour ami' } });
  expect((await client.say('bob', 'darn it')).json.text).toBe('**** it');
  expect(await client.say('eve', 'Casino!')).toMatchObject({ status: 422, json: { by: 'moderation' } });
  expect(await client.get('/statistics')).toMatchObject({ messages: 2, users: { ada: 1, bob: 1 } });

  // A child is killed while people talk: nothing unmoderated goes through, and soon everything works again.
  const pid = running.child.pid as number;
  const children = childrenOf(pid);
  expect(children.length).toBeGreaterThan(0);
  for (const child of children) process.kill(child, 'SIGKILL');
  let through = 0;
  for (let i = 0; through < 5; i++) {
    const { status, json } = await client.say('bob', `darn number ${i}`);
    expect([201, 422]).toContain(status);
    if (status === 201) {
      expect(json.text).toBe(`**** number ${i}`);
      through++;
    }
    expect((await client.say('eve', 'casino')).status).toBe(422);
    if (through === 0) await new Promise((resolve) => setTimeout(resolve, 50));
  }

  // New versions, while people go on talking: each message gets one answer, of the old or of the new one.
  const before = await client.get<{ messages: number }>('/statistics');
  const moderation = join(dir, 'plugins/moderation');
  upgrade(moderation, 'assembly/index.ts', '"*".repeat(words[i].length)', '"[…]"');
  upgrade(join(dir, 'plugins/statistics'), 'assembly/index.ts', 'MOST_USERS = 1000', 'MOST_USERS = 1001');
  for (const name of ['moderation', 'statistics'])
    await buildPlugin({ source: join(dir, 'plugins', name), release: false });
  const answers = new Set<unknown>();
  let sent = 0;
  for (;;) {
    const { status, json } = await client.say('bob', 'darn it');
    expect(status).toBe(201);
    sent++;
    answers.add(json.text);
    if ((await client.versionOf('moderation')) === '2.0.0' && (await client.versionOf('statistics')) === '2.0.0') break;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  expect((await client.say('bob', 'darn it')).json.text).toBe('[…] it');
  expect([...answers].filter((text) => text !== '**** it' && text !== '[…] it')).toEqual([]);
  expect((await client.get<{ messages: number }>('/statistics')).messages).toBe(before.messages + sent + 1);

  expect(await running.stop()).toBe(0);
});

function upgrade(plugin: string, file: string, from: string, to: string): void {
  const replace = (path: string, old: string, next: string): void => {
    const text = readFileSync(path, 'utf8');
    expect(text).toContain(old);
    writeFileSync(path, text.replace(old, next));
  };
  replace(join(plugin, file), from, to);
  replace(join(plugin, 'plugin.json'), '"version": "1.0.0"', '"version": "2.0.0"');
}
