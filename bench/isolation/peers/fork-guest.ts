/** A child for one guest, with a heap limit by flag; the source of the guest goes to it over the channel of `fork`. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { LIMITS } from '../peer.ts';
import type { Remote, ToGuest } from './remote-guest.ts';

export interface ForkedGuest extends Pick<Remote, 'kill'> {
  readonly child: ChildProcess;
}

/**
 * @param entry path of the script of the child
 * @param onEnd told why, once it has ended
 */
export function forkGuest(entry: string, source: string, onEnd: (why: string) => void): ForkedGuest {
  const child = fork(entry, {
    execArgv: [`--max-old-space-size=${LIMITS.memoryBytes / 2 ** 20}`],
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  const ended = once(child, 'exit');
  child.on('error', (error) => onEnd(String(error)));
  child.on('exit', (code, signal) => onEnd(`the child ended with ${signal ?? code}`));
  child.send({ op: 'source', source } satisfies ToGuest);
  return {
    child,
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
