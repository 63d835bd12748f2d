/** Reads a recording: whatever is in the file, it is data, and of a size that is known. */

import { type FileHandle, open } from 'node:fs/promises';
import { oneLine } from '../abi/one-line.ts';
import { RingfenceError } from '../errors.ts';
import {
  checkHead,
  checkOperation,
  invalidRecording,
  MOST_RECORDED_BYTES,
  type RecordedOperation,
  type RecordingHead,
} from './format.ts';

export interface Recording {
  readonly head: RecordingHead;
  readonly operations: readonly RecordedOperation[];
}

/** @throws INVALID_RECORDING */
export async function readRecording(path: string): Promise<Recording> {
  return parseRecording(await readCapped(path));
}

/** Name of the file that was recorded, without its place, if there was one. @throws INVALID_RECORDING */
export async function recordedFile(path: string): Promise<string | undefined> {
  return (await readRecording(path)).head.file;
}

/** @throws INVALID_RECORDING */
function parseRecording(text: string): Recording {
  const lines = text.split('\n');
  // Each line ends with a line break: one that does not was cut off, with what was writing it.
  if (lines.pop() !== '') throw invalidRecording(lines.length + 1, 'is cut off');
  const [first, ...rest] = lines;
  if (first === undefined) throw invalidRecording(1, 'is missing: the file is empty');
  return {
    head: checkHead(parse(first, 1)),
    operations: rest.map((line, i) => checkOperation(parse(line, i + 2), i + 2)),
  };
}

function parse(line: string, number: number): unknown {
  try {
    return JSON.parse(line);
  } catch (cause) {
    throw invalidRecording(number, `is not JSON: ${oneLine((cause as Error).message)}`, cause);
  }
}

const utf8 = new TextDecoder('utf-8', { fatal: true });

async function readCapped(path: string): Promise<string> {
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'r');
    const { size } = await file.stat();
    if (size > MOST_RECORDED_BYTES) {
      throw invalidRecording(1, `the file has ${size} bytes: recordings have at most ${MOST_RECORDED_BYTES}`);
    }
    const bytes = new Uint8Array(size);
    let at = 0;
    // Not to the end of the file: that may be moved while it is read, or have none.
    while (at < size) {
      const { bytesRead } = await file.read(bytes, at, size - at, at);
      if (bytesRead === 0) break;
      at += bytesRead;
    }
    return utf8.decode(bytes.subarray(0, at));
  } catch (cause) {
    if (cause instanceof RingfenceError) throw cause;
    throw new RingfenceError('INVALID_RECORDING', `Cannot read the recording: ${(cause as Error).message}`, {
      stage: 'read',
      details: { path },
      cause,
    });
  } finally {
    await file?.close();
  }
}
