/** Which modules a child has: bytes go there once, however many plugins consist of them, and are forgotten with the last. */

interface Sent {
  readonly module: number;
  plugins: number;
}

export class ChildModules {
  readonly #sent = new Map<Uint8Array, Sent>();
  #last = 0;

  /** A plugin of these bytes is opened. @param send called where the child does not have them */
  open(bytes: Uint8Array<ArrayBuffer>, send: (module: number) => void): number {
    let sent = this.#sent.get(bytes);
    if (sent === undefined) {
      this.#last++;
      sent = { module: this.#last, plugins: 0 };
      this.#sent.set(bytes, sent);
      send(sent.module);
    }
    sent.plugins++;
    return sent.module;
  }

  /** It is forgotten. @param drop called where it was the last one of them */
  forget(bytes: Uint8Array<ArrayBuffer>, drop: (module: number) => void): void {
    const sent = this.#sent.get(bytes);
    if (sent === undefined || --sent.plugins > 0) return;
    this.#sent.delete(bytes);
    drop(sent.module);
  }
}
