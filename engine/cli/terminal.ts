/** The two streams of the command line. Colours only where a person looks (and NO_COLOR is not set); text of plugins made safe. */
import { styleText } from 'node:util';
import { escapeInvisible } from '../validate/quote.ts';

export type Style = Parameters<typeof styleText>[0];

/** One of standard output and standard error. */
export interface Stream {
  line(text?: string): void;
  /** Text in a style, if the stream goes to a terminal that shows it. */
  paint(style: Style, text: string): string;
}

/** What was asked for: values, listings. */
export const output: Stream = streamOf(process.stdout);
/** What is said about it: logs, errors, usage. */
export const notes: Stream = streamOf(process.stderr);

function streamOf(stream: NodeJS.WriteStream): Stream {
  // A reader that has seen enough (`| head`) is no failure.
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
    process.exit();
  });
  return {
    line: (text = '') => {
      stream.write(`${text}\n`);
    },
    paint: (style, text) => styleText(style, text, { stream, validateStream: true }),
  };
}

/** Text of several lines that somebody else wrote, for a terminal: line breaks stay, other controls are shown escaped. */
export function printable(text: string): string {
  return text.split('\n').map(escapeInvisible).join('\n');
}

/** Indents every line but the first. */
export function hang(text: string, indent: string): string {
  return text.replaceAll('\n', `\n${indent}`);
}
