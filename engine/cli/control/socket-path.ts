/**
 * Where `ringfence start` listens for other commands: a socket in a folder that only its user can enter, named for the configuration
 * file. On Windows a named pipe.
 */
import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync, realpathSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { RingfenceError } from '../../errors.ts';

/** @throws INVALID_OPTION where the folder is not the user's own; what `mkdir` throws */
export function socketPath(configurationFile: string): string {
  // Paths of sockets may have some 100 bytes only.
  const name = createHash('sha256').update(realpathSync(configurationFile)).digest('hex').slice(0, 24);
  if (process.platform === 'win32') return `\\\\.\\pipe\\ringfence-${name}`;
  const { uid } = userInfo();
  const folder = join(process.env.XDG_RUNTIME_DIR ?? tmpdir(), `ringfence-${uid}`);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const found = lstatSync(folder);
  if (found.isDirectory() && found.uid === uid && (found.mode & 0o077) === 0) return join(folder, `${name}.sock`);
  throw new RingfenceError(
    'INVALID_OPTION',
    `${folder} must be a folder of this user that nobody else can enter (chmod 700): whoever can write to it could give orders`,
    { stage: 'options', details: { path: folder } },
  );
}
