/** A JavaScript guest in a thread or a process that is there for it: a script of its own, which sees globals and no more. */
import { runInThisContext } from 'node:vm';

const globals = globalThis as unknown as {
  log: (line: string) => void;
  guest: Record<string, (input: string) => string | Promise<string>>;
};

export function startGuest(source: string, log: (line: string) => void): void {
  globals.log = log;
  runInThisContext(source);
}

export async function callGuest(name: string, input: string): Promise<string> {
  return String(await globals.guest[name]?.(input));
}
