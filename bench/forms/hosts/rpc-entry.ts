/** The plugin as a child of its host. */
import { toMessage } from '../source/failure.ts';
import { createMusicSource, type MusicSource } from '../source/music-source.ts';
import type { FromPlugin, ToPlugin } from './rpc-protocol.ts';

let source: MusicSource = {};
const send = (message: FromPlugin): void => void process.send?.(message);

process.on('message', (message: ToPlugin) => {
  if (message.op === 'init') {
    source = createMusicSource(message);
    send({ op: 'ready' });
    return;
  }
  const { id, name, input } = message;
  Promise.resolve(source[name]?.(input as never)).then(
    (value) => send({ op: 'answer', id, value }),
    (error: unknown) => send({ op: 'failure', id, failure: toMessage(error) }),
  );
});
process.on('disconnect', () => process.exit(0));
