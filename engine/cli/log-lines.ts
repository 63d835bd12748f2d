/** What plugins log, as lines on standard error. */
import type { LogEntry, Logger } from '../index.ts';
import { notes } from './terminal.ts';

const LEVEL_STYLES = { trace: 'dim', debug: 'dim', info: 'cyan', warn: 'yellow', error: 'red' } as const;

/** The logger of commands that run plugins. */
export const LINE_LOGGER: Logger = {
  log({ level, plugin, source, message, dropped, fields = {} }: LogEntry): void {
    const lost = dropped > 0 ? notes.paint('dim', ` (${dropped} lines dropped before)`) : '';
    const who = source === 'engine' ? `${plugin} (engine)`.trimStart() : plugin;
    const beside = Object.entries(fields).map(([name, value]) =>
      notes.paint('dim', ` ${name}=${JSON.stringify(value)}`),
    );
    notes.line(
      `${notes.paint(LEVEL_STYLES[level], level.padEnd(5))} ${notes.paint('dim', who)} ${message}${beside.join('')}${lost}`,
    );
  },
};
