/**
 * A chat server whose messages are moderated, translated and counted by plugins: `npm run chat`. Its plugins are those of
 * ringfence.yaml; built anew (`ringfence build examples/chat/plugins/moderation`), one takes the place of its old self while
 * people are talking. `node examples/chat/main.ts <file> <port>` takes another configuration and port.
 */
import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPlugin } from '../../engine/build/index.ts';
import { createManager, loadConfiguration } from '../../engine/index.ts';
import { startChat } from './server.ts';

const OWN = fileURLToPath(new URL('ringfence.yaml', import.meta.url));
const [file = OWN, port = '8080'] = process.argv.slice(2);

await buildMissing(join(dirname(file), 'plugins'));
const { configuration, findings } = await loadConfiguration(file);
for (const { message } of findings) console.warn(message);

const stopped = new Promise((resolve) => process.once('SIGINT', resolve).once('SIGTERM', resolve));
const manager = await createManager({ configuration });
manager.on('state', ({ plugin, to, reason }) => console.log(`${plugin}: ${to} (${reason})`));
manager.on('reload', ({ plugin, outcome, from, to, reason }) =>
  console.log(`${plugin}: ${outcome} ${from ?? 'nothing'} -> ${to ?? 'nothing'} (${reason})`),
);
try {
  await manager.start();
  const chat = await startChat(manager, Number(port));
  console.log(`chat at ${chat.origin}`);
  await stopped;
  await chat.close();
} finally {
  await manager.close();
}

/** In a checkout, where nobody has built them yet. */
async function buildMissing(directory: string): Promise<void> {
  for (const name of readdirSync(directory)) {
    const source = join(directory, name);
    if (existsSync(join(source, 'build')) || !existsSync(join(source, 'assembly'))) continue;
    console.log(`building ${name}`);
    await buildPlugin({ source });
  }
}
