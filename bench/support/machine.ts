/** What the figures were measured on: figures of different machines are not compared. */
import { execFileSync } from 'node:child_process';
import { cpus, totalmem } from 'node:os';

export interface Machine {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryGiB: number;
  readonly platform: string;
  readonly node: string;
  readonly v8: string;
  /** ISO date of the run. */
  readonly date: string;
}

/** @param nodePath the Node.js that runs the measurements */
export function describeMachine(nodePath: string = process.execPath): Machine {
  const versions = execFileSync(nodePath, ['-p', 'process.versions.node + " " + process.versions.v8'], {
    encoding: 'utf8',
  });
  const [node = '', v8 = ''] = versions.trim().split(' ');
  return {
    cpu: cpus()[0]?.model.trim() ?? 'unknown',
    cores: cpus().length,
    memoryGiB: Math.round(totalmem() / 2 ** 30),
    platform: `${process.platform}-${process.arch}`,
    node,
    v8,
    date: new Date().toISOString().slice(0, 10),
  };
}
