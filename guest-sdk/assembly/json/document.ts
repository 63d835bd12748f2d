// A parsed JSON text that outlives the call: its own copy of the bytes and of the tape.

import { tapeStart, tapeSize, ENTRY_SHIFT } from "./tape";

@final
export class Document {
  private constructor(
    private readonly text: StaticArray<u8>,
    private readonly entries: StaticArray<u32>,
  ) {}

  /** A copy of what `parseTape` has just parsed, and of the text. */
  static copy(ptr: usize, len: usize): Document {
    const text = new StaticArray<u8>(<i32>len);
    memory.copy(changetype<usize>(text), ptr, len);
    const size = <usize>tapeSize() << ENTRY_SHIFT;
    const entries = new StaticArray<u32>(<i32>(size >> 2));
    memory.copy(changetype<usize>(entries), tapeStart(), size);
    return new Document(text, entries);
  }

  /** Where the text starts. */
  get source(): usize {
    return changetype<usize>(this.text);
  }

  get tape(): usize {
    return changetype<usize>(this.entries);
  }
}
