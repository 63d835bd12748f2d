/** WASI preview 1 as plugins get it: every function is there, and reaches nothing of the host's. */
import { ERRNO } from '../../abi/wasi.ts';
import type { NumberType } from '../../wasm/types.ts';
import type { WasiRow } from './row.ts';
import { wasiRow } from './row.ts';
import { STREAMS } from './streams.ts';
import { SYSTEM } from './system.ts';

/** Functions of files, directories and sockets, with their parameters: a letter each. There is nothing that they could be about. */
const ABSENT: readonly (readonly [name: string, params: string, errno: number])[] = [
  ['fd_advise', 'illi', ERRNO.badf],
  ['fd_allocate', 'ill', ERRNO.badf],
  ['fd_filestat_set_size', 'il', ERRNO.badf],
  ['fd_filestat_set_times', 'illi', ERRNO.badf],
  ['fd_pread', 'iiili', ERRNO.badf],
  ['fd_pwrite', 'iiili', ERRNO.badf],
  ['fd_readdir', 'iiili', ERRNO.badf],
  ['fd_renumber', 'ii', ERRNO.badf],
  ['path_create_directory', 'iii', ERRNO.notcapable],
  ['path_filestat_get', 'iiiii', ERRNO.notcapable],
  ['path_filestat_set_times', 'iiiilli', ERRNO.notcapable],
  ['path_link', 'iiiiiii', ERRNO.notcapable],
  ['path_open', 'iiiiillii', ERRNO.notcapable],
  ['path_readlink', 'iiiiii', ERRNO.notcapable],
  ['path_remove_directory', 'iii', ERRNO.notcapable],
  ['path_rename', 'iiiiii', ERRNO.notcapable],
  ['path_symlink', 'iiiii', ERRNO.notcapable],
  ['path_unlink_file', 'iii', ERRNO.notcapable],
  ['sock_accept', 'iii', ERRNO.badf],
  ['sock_recv', 'iiiiii', ERRNO.badf],
  ['sock_send', 'iiiii', ERRNO.badf],
  ['sock_shutdown', 'ii', ERRNO.badf],
];

const typesOf = (letters: string): readonly NumberType[] =>
  [...letters].map((letter) => (letter === 'l' ? 'i64' : 'i32'));

export const WASI: readonly WasiRow[] = [
  ...STREAMS,
  ...SYSTEM,
  ...ABSENT.map(([name, params, errno]) => wasiRow(name, typesOf(params), () => errno)),
];
