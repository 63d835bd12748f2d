/** The file of a recording while it is written: each line once it is complete, so that a crash loses nothing that had happened. */
import { type FileHandle, open } from 'node:fs/promises';
import { RingfenceError } from '../errors.ts';
import { MOST_RECORDED_BYTES } from './format.ts';

export class RecordingFile {
  readonly #file: FileHandle;
  readonly #warn: (message: string) => void;
  readonly #mostBytes: number;
  #bytes = 0;
  #isFull = false;
  #isClosed = false;
  #written: Promise<void> = Promise.resolve();

  private constructor(file: FileHandle, warn: (message: string) => void, mostBytes: number) {
    this.#file = file;
    this.#mostBytes = mostBytes;
    this.#warn = warn;
  }

  /**
   * @param warn told when writing fails, or the file is full: calls go on without
   * @throws INVALID_OPTION for a path that cannot be written
   */
  static async create(
    path: string,
    warn: (message: string) => void,
    mostBytes: number = MOST_RECORDED_BYTES,
  ): Promise<RecordingFile> {
    try {
      return new RecordingFile(await open(path, 'w'), warn, mostBytes);
    } catch (cause) {
      throw new RingfenceError('INVALID_OPTION', `Cannot write the recording: ${(cause as Error).message}`, {
        stage: 'options',
        details: { option: 'record', path },
        cause,
      });
    }
  }

  append(line: unknown): void {
    if (this.#isFull || this.#isClosed) return;
    const bytes = Buffer.from(`${JSON.stringify(line)}\n`);
    if (this.#bytes + bytes.length > this.#mostBytes) {
      this.#stop(`it would have more than ${this.#mostBytes} bytes`);
      return;
    }
    this.#bytes += bytes.length;
    this.#written = this.#written
      .then(async () => void (await this.#file.write(bytes)))
      .catch((error: Error) => this.#stop(error.message));
  }

  /** Everything is on its way to the disk; what is appended from now on is not. */
  async close(): Promise<void> {
    if (this.#isClosed) return;
    this.#isClosed = true;
    await this.#written;
    await this.#file.close().catch((error: Error) => this.#stop(error.message));
  }

  #stop(why: string): void {
    if (this.#isFull) return;
    this.#isFull = true;
    this.#warn(`The recording ends here: ${why}`);
  }
}
